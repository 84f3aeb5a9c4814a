"""One peer over pages: run by bench-clean with the Python of build/bench/peers.

    ask.py NAME < PAGES > ANSWERS

PAGES: {"id", "url", "path"} a line; ANSWERS: {"id", "body", "title", "authors", "date"} a
line, and last {"seconds": processor time of the extraction alone, "version"}.
"""
import importlib.metadata
import json
import re
import sys
import time

BLOCKS = {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "pre", "tr", "br",
          "section", "article", "ul", "ol", "table", "figure", "td"}


def text_of(html):
    """The text of an HTML fragment, a block a line."""
    import lxml.html
    if not html.strip():
        return ""
    parts = []

    def walk(node):
        if not isinstance(node.tag, str):
            return
        mark = "\n" if node.tag in BLOCKS else ""
        parts.append(mark + (node.text or ""))
        for child in node:
            walk(child)
            parts.append(child.tail or "")
        parts.append(mark)

    walk(lxml.html.fromstring(html))
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)


def trafilatura_peer():
    import trafilatura

    def extract(data, url):
        found = trafilatura.bare_extraction(data, url=url, with_metadata=True,
                                            include_comments=False)
        if found is None:
            return {}
        authors = re.split(r";\s*", found.author) if found.author else None
        return {"body": found.text, "title": found.title, "authors": authors,
                "date": found.date}
    return extract


def readability_peer():
    import readability

    def extract(data, url):
        page = readability.Document(decoded(data))
        return {"body": text_of(page.summary(html_partial=True)), "title": page.short_title()}
    return extract


def newspaper_peer():
    import newspaper

    def extract(data, url):
        page = newspaper.Article(url or "http://localhost/", fetch_images=False)
        page.download(input_html=decoded(data))
        page.parse()
        date = page.publish_date
        return {"body": page.text, "title": page.title, "authors": page.authors,
                "date": date.strftime("%Y-%m-%d") if hasattr(date, "strftime") else date}
    return extract


def justext_peer():
    import justext
    words = frozenset().union(*map(justext.get_stoplist, justext.get_stoplists()))

    def extract(data, url):
        found = justext.justext(decoded(data), words)
        return {"body": "\n".join(x.text for x in found if not x.is_boilerplate)}
    return extract


def resiliparse_peer():
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    def extract(data, url):
        tree = HTMLTree.parse(decoded(data))
        return {"body": extract_plain_text(tree, main_content=True, alt_texts=False),
                "title": tree.title}
    return extract


PEERS = {"trafilatura": ("trafilatura", trafilatura_peer),
         "readability-lxml": ("readability-lxml", readability_peer),
         "newspaper4k": ("newspaper4k", newspaper_peer),
         "jusText": ("jusText", justext_peer),
         "resiliparse": ("resiliparse", resiliparse_peer)}


def decoded(data):
    from trafilatura.utils import decode_file
    return decode_file(data)


def main():
    package, make = PEERS[sys.argv[1]]
    extract, seconds = make(), 0.0
    for line in sys.stdin:
        page = json.loads(line)
        with open(page["path"], "rb") as file:
            data = file.read()
        before = time.process_time()
        try:
            answer = extract(data, page["url"])
        except Exception as error:  # a page that a peer fails on counts as empty
            print(f"{sys.argv[1]}: {page['id']}: {error!r}"[:200], file=sys.stderr)
            answer = {}
        seconds += time.process_time() - before
        print(json.dumps({"id": page["id"]} | answer))
    print(json.dumps({"seconds": seconds, "version": importlib.metadata.version(package)}))


if __name__ == "__main__":
    main()
