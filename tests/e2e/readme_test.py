"""README alone leads through: its commands, taken out of it, are what runs here.

What is changed in them: the port of the gateway, the address of the search index, where results
are written, and the reader of names, which is the fast one."""
import collections
import glob
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess

import pytest

from e2e.system import System, wait_until
from tests import readme
from tests.clients.scrapy_site import news_site
from tests.deliver.receiver import Receiver
from tests.deliver.sinks_test import Elastic
from tests.venv import python_of

STORY = "The mayor of Springfield opened a bridge over river {} on Monday. It took four years to build.\n"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def shell(programs, root, tmp_path):
    """Runs a line as somebody in the folder of the project would who has `make install`ed it."""
    for name in ("tests", "config", "services"):
        os.symlink(f"{root}/{name}", tmp_path / name)

    def run(line, seconds=60, **environment):
        done = subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=tmp_path, capture_output=True, text=True,
                              timeout=seconds, stdin=subprocess.DEVNULL,
                              env={**os.environ, "no_proxy": "*", "PATH": f"{programs}:{os.environ['PATH']}", **environment})
        return done.returncode, done.stdout, done.stderr

    return run


# --- a newcomer with curl ---------------------------------------------------------------------


@pytest.fixture
def served(programs, tmp_path):
    """`nutgraf run --serve`, as README has it, at a free port."""
    assert "`nutgraf run --serve`" in readme.chapter("HTTP, and a page")
    port = free_port()
    process = subprocess.Popen([f"{programs}/nutgraf", "run", "--serve", "--port", str(port)], cwd=tmp_path,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    probe = ["curl", "-sf", "--noproxy", "*", f"http://127.0.0.1:{port}/readyz"]
    wait_until(lambda: subprocess.run(probe, capture_output=True).returncode == 0, "it is ready")
    yield port
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0


def test_a_newcomer_with_curl(shell, served, root):
    texts = {os.path.basename(path) for path in glob.glob(f"{root}/tests/samples/*.txt")}
    script = readme.block(readme.chapter("HTTP, and a page")).replace("\\\n", " ").replace("|\n", "|")
    first, comment, journey, page, lines, results = script.strip().splitlines()
    replies = []
    for line in (first, journey, page, lines):
        assert "curl -s " in line and "127.0.0.1:8080" in line
        status, output, notes = shell(line.replace("8080", str(served)))
        assert (status, notes) == (0, ""), line
        replies.append(output)
    assert replies[0].strip() == comment.removeprefix("# ")
    assert json.loads(replies[1])["sentences"][0]["text"]
    assert json.loads(replies[2])["state"] == "done" and json.loads(replies[2])["article"]["clean"]["title"]
    assert {item["id"]: item["status"] for item in json.loads(replies[3])["items"]} == dict.fromkeys(texts, "accepted")
    for text in texts:
        assert shell(f"curl -sf 'http://127.0.0.1:{served}/v1/articles/{text}?wait=30s'")[0] == 0
    status, output, _ = shell(f"timeout 3 {results.replace('8080', str(served))}")
    assert status == 124  # it follows
    assert {json.loads(line)["id"] for line in output.splitlines()} >= {"a-1", *texts}


# --- a newcomer with Scrapy -------------------------------------------------------------------


@pytest.fixture
def project(tmp_path, root):
    """A new project of Scrapy on a site of the loopback, finished with what README gives."""
    text = readme.chapter("Feeding it")
    settings, method = readme.block(text, "python").split("\n\n")
    source = re.search(r"\[scrapy_pipeline.py\]\(([^)]+)\)", text).group(1)
    with news_site(tmp_path / "site") as site:
        scrapy = os.path.join(os.path.dirname(python_of("scrapy")), "scrapy")
        folder = tmp_path / "paper"
        subprocess.run([scrapy, "startproject", "paper", str(folder)], check=True, capture_output=True)
        assert "beside `scrapy.cfg`" in text
        shutil.copy(f"{root}/{source}", folder)
        with open(folder / "paper/settings.py", "a", encoding="utf-8") as file:
            file.write(f"\n{settings}\nTELNETCONSOLE_ENABLED = False\nDOWNLOAD_DELAY = 0\nCONCURRENT_REQUESTS_PER_DOMAIN = 8\n")
        indented = "".join(f"    {line}\n" for line in method.strip().splitlines())
        (folder / "paper/spiders/news.py").write_text(
            f"import scrapy\n\n\nclass News(scrapy.Spider):\n    name = 'news'\n    start_urls = ['{site}/index.html']\n\n"
            "    def parse(self, response):\n"
            f"        yield from response.follow_all(css='a', callback=self.parse_article)\n\n{indented}")
        yield folder, os.path.dirname(scrapy)


def test_a_newcomer_with_scrapy(shell, project, programs, tmp_path):
    folder, venv = project
    crawl, pipe = [line for line in readme.commands(readme.chapter("Feeding it")) if line.startswith("scrapy ")]
    promise = re.search(r"`(12 accepted[^`]+)`", readme.chapter("Feeding it")).group(1)
    system = System(tmp_path / "first", programs, [{"name": "clean"}])
    try:
        system.start_broker()
        for name in ("clean", "deliver"):
            system.start(system.program(name))
        path = {"PATH": f"{programs}:{venv}:{os.environ['PATH']}", "NUTGRAF_CONFIG": f"{system.folder}/config"}
        status, _, notes = shell(f"cd {folder} && {crawl}", 120, **path)
        assert status == 0 and promise in notes, notes
        assert len({row["url"] for row in system.results_of(12)}) == 12
        (folder / "paper/settings.py").write_text("BOT_NAME = 'paper'\nSPIDER_MODULES = ['paper.spiders']\n")
        status, output, notes = shell(f"cd {folder} && {pipe}", 120, **path)
        assert status == 0 and "0 accepted, 12 duplicates, 0 refused" in notes, notes
        assert len(output.splitlines()) == 12
    finally:
        system.close()


# --- an operator with a dead destination ------------------------------------------------------


@pytest.fixture
def newsroom(programs, tmp_path):
    """The route that ships, with the ready line for a search index appended; nothing serves it yet."""
    with open(f"{readme.ROOT}/config/pipeline.json", encoding="utf-8") as file:
        shipped = json.load(file)
    system = System(tmp_path / "newsroom", programs, [])
    port = free_port()
    sink = shipped["//elasticsearch"]
    sink["options"]["url"] = sink["options"]["url"].replace("9200", str(port))
    sink["options"]["index"] = "news"
    shipped["stages"][-1]["options"]["path"] = system.results_path
    shipped["stages"][1]["options"]["model"] = "fast"
    system.write_config("pipeline", {**shipped, "stages": [*shipped["stages"], sink]})
    system.write_config("gateway", {"port": 0})
    system.index_port = port
    try:
        system.start_broker()
        for name in ("clean", "tag", "summarise", "deliver"):
            system.start(system.program(name))
        yield system
    finally:
        system.close()


def search_index(port, refused):
    """Elasticsearch at that port, which refuses some articles for good."""
    server = Receiver(lambda count: "ok", Elastic, port)
    server.templates, server.index, server.sizes, server.seen = {}, {}, [], collections.Counter()
    server.judge = lambda key, times: 400 if key in refused else 201
    return server


def test_an_operator_with_a_dead_destination(newsroom):
    system = newsroom
    text = readme.chapter("Where results go")
    start = shlex.split(readme.block(text))
    asked = iter(readme.commands(text))
    heard = []

    def do_next(*words, status=0):
        """The next command of the chapter; each has to come."""
        command = shlex.split(next(asked).replace(" ID", " n7"))
        assert command[:1 + len(words)] == ["nutgraf", *words], command
        done = system.ask(*command[1:])
        heard.append(done[1] + done[2])
        assert done[0] == status, done
        return done[1]

    assert start[0] == "nutgraf-deliver"
    search = system.start(system.program("deliver"), *start[1:])
    system.submit([{"id": f"n{n}", "text": STORY.format(n)} for n in range(20)])
    assert len(system.results_of(20)) == 20  # the others go on

    # 1: doctor, status, the log
    said = do_next("doctor", status=1)
    assert re.search(r"FAIL\s+search\s.*Failed to connect.*\n\s+-> start it, or correct its url", said), said
    said = do_next("status")
    columns, row = (re.search(rf"^{word}\s.*$", said, re.M).group().split() for word in ("STAGE", "search"))
    waiting = dict(zip(columns, row))
    assert sum(int(waiting[word]) for word in ("READY", "DELAYED", "LEASED")) == 20, said
    assert all(f"`{word}`" in text for word in ("READY", "DELAYED", "LEASED"))
    assert (waiting["DEAD"], waiting["DONE"]) == ("0", "0"), said
    wait_until(lambda: "; the last: " in system.ask("trace", "n7")[1], "it has been tried")
    assert re.match(r"n7: \w+ at search, .*; the last: [A-Z]+ http://127.*Failed to connect", do_next("trace")), heard[-1]
    wait_until(lambda: "destination is down" in system.log_of(search), "the log says so")
    assert "Failed to connect" in system.log_of(search)

    # 2: it is left alone, on demand wholly
    do_next("pause", "search")
    assert "search is paused" in heard[-1], heard[-1]
    do_next("resume", "search")

    # 3: it comes back, and what it refuses is a letter
    refused = {"n3"}
    server = search_index(system.index_port, refused)
    try:
        wait_until(lambda: len(server.index) == 19, "all that it takes is there", 90)
        wait_until(lambda: "n3" in system.ask("dead-letters", "list")[1], "what it refused is a letter")
        said = do_next("dead-letters", "list", "--stage", "search")
        assert "n3" in said and "status 400" in said and "it is 400" in said, said
        assert "status 400" in system.ask("trace", "n3")[1]
        refused.clear()
        do_next("dead-letters", "retry", "--stage", "search")
        wait_until(lambda: len(server.index) == 20, "the letter is delivered")
        assert max(server.seen.values()) <= 2  # nothing came twice but the letter

        # 4: the room
        assert re.search(r"[\d.]+ [KMGT]iB", do_next("status")), heard[-1]
        assert next(asked, None) is None
        assert "FAIL" not in system.ask("doctor")[1]
    finally:
        server.shutdown()
        server.server_close()
