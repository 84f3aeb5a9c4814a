"""A Scrapy item pipeline that hands each item to nutgraf: copy it beside scrapy.cfg.

    ITEM_PIPELINES = {"scrapy_pipeline.NutgrafPipeline": 300}
    NUTGRAF_SUBMIT = ["nutgraf", "submit", "-"]     # the usual; or with a path, --priority 0 …

An item is a submission: html (or text), and url, title, published … as far as you have them.
"""
import json
import subprocess


class NutgrafPipeline:
    def open_spider(self, spider):
        command = spider.settings.getlist("NUTGRAF_SUBMIT") or ["nutgraf", "submit", "-"]
        self.submit = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)

    def process_item(self, item, spider):
        self.submit.stdin.write(json.dumps(dict(item)).encode() + b"\n")
        self.submit.stdin.flush()  # fails aloud, item by item, if the command has ended
        return item

    def close_spider(self, spider):
        self.submit.stdin.close()
        if self.submit.wait() != 0:  # it said which articles, and why
            spider.logger.error("nutgraf did not take all items: status %d", self.submit.returncode)
