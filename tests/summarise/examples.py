#!/usr/bin/python3
"""Writes a page of 30 articles and what summarise makes of them, for a person to judge.

    make examples            writes build/examples.html

The articles are ours: the pages of tests/samples through clean, and tests/summarise/examples
(a title, then one paragraph a line), all of them through tag. Marked is what the summary takes; struck out is what
`compress` cuts.
"""
import base64
import glob
import html
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("NUTGRAF_BUILD", os.path.join(ROOT, "build")))
STYLE = """
:root { color-scheme: light dark; --text: #222; --back: #fdfcf9; --line: #bbb; --dim: #6b6b6b;
        --taken: #ffe9a8; --cut: #a33 }
@media (prefers-color-scheme: dark) { :root { --text: #ddd; --back: #1b1b1d; --line: #555;
        --dim: #a0a0a0; --taken: #51451a; --cut: #ff9b8f } }
body { font: 16px/1.5 Georgia, serif; margin: 2em auto; max-width: 76em; padding: 0 1em;
       color: var(--text); background: var(--back) }
article { display: grid; grid-template-columns: 3fr 2fr; gap: .6em 2.5em;
          border-top: 1px solid var(--line); padding: 1.2em 0 }
h2 { font-size: 1.15em; grid-column: 1 / -1; margin: 0 } h2 small { font-weight: normal }
mark { color: inherit; background: var(--taken) } del { color: var(--cut) }
p { margin: 0 0 .6em } p.heading { font-weight: bold } p.caption { font-style: italic }
ul { margin: 0; padding-left: 1.2em }
h3 { font: bold .75em sans-serif; text-transform: uppercase; color: var(--dim);
     margin: 1em 0 .2em } h3:first-child { margin-top: 0 }
small { color: var(--dim); font-family: sans-serif }
@media (max-width: 50em) { article { grid-template-columns: 1fr } }
"""


def run(program, items, *options):
    done = subprocess.run([os.path.join(BUILD, "bin", program), "--filter", *options],
                          input="".join(json.dumps(item) + "\n" for item in items), text=True,
                          stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def samples():
    """The pages of tests/samples, as a scraper hands them in."""
    items = []
    for path in sorted(glob.glob(f"{ROOT}/tests/samples/*")):
        with open(path, "rb") as file:
            data = file.read()
        items.append({"id": os.path.basename(path), **(
            {"html_base64": base64.b64encode(data).decode()} if path.endswith(".html")
            else {"text": data.decode()})})
    return run("nutgraf-clean", items)


def own_articles():
    for path in sorted(glob.glob(f"{ROOT}/tests/summarise/examples/*.txt")):
        with open(path, encoding="utf8") as file:
            title, text = file.read().split("\n", 1)
        yield {"id": os.path.basename(path),
               "clean": {"title": title, "text": text, "lang": "en"}}


def marked(article):
    """The text with what was taken marked and what was cut struck out."""
    text, out, at = article["clean"]["text"], [], 0
    for sentence in article["summary"]["sentences"]:
        out += [html.escape(text[at:sentence["start"]]), "<mark>"]
        at = sentence["start"]
        for cut in sentence["deleted"]:
            out += [html.escape(text[at:cut["start"]]),
                    f"<del>{html.escape(cut['text'])}</del>"]
            at = cut["end"]
        out += [html.escape(text[at:sentence["end"]]), "</mark>"]
        at = sentence["end"]
    out.append(html.escape(text[at:]))
    kinds = {p["start"]: p["kind"] for p in article["clean"].get("paragraphs") or ()}
    at = 0
    for line, plain in zip("".join(out).split("\n"), text.split("\n")):
        if line:
            yield f"<p class={kinds.get(at, 'text')}>{line}</p>"
        at += len(plain) + 1


def counted(text):
    return len(text.split())


def section(article):
    clean, summary = article["clean"], article["summary"]
    short = " ".join(s["text"] for s in summary["sentences"])
    items = "".join(f"<li>{html.escape(point)}</li>" for point in summary["key_points"])
    return (f"<article><h2>{html.escape(clean.get('title') or 'no title')} "
            f"<small>{html.escape(article['id'])}</small></h2>"
            f"<div>{''.join(marked(article))}</div><div>"
            f"<h3>headline</h3><p>{html.escape(summary['headline'] or '')}</p>"
            f"<h3>summary</h3><p>{html.escape(short)}</p>"
            f"<small>{counted(short)} of {counted(clean['text'])} words</small>"
            f"<h3>key points</h3><ul>{items}</ul>"
            f"<h3>keywords</h3><p>{html.escape(', '.join(summary['keywords']))}</p>"
            "</div></article>\n")


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(BUILD, "examples.html")
    articles = [{**article, "options": {"summarise": {"compress": True}}}
                for article in (*samples(), *own_articles())]
    done = run("nutgraf-summarise", run("nutgraf-tag", articles))
    with open(path, "w", encoding="utf8") as out:
        out.write('<!doctype html><html lang="en"><meta charset="utf-8">'
                  '<meta name="viewport" content="width=device-width"><title>Summaries</title>'
                  f"<style>{STYLE}</style>\n<h1>{len(done)} articles and their summaries</h1>\n"
                  "<p>Marked: taken. Struck out: cut from what was taken.</p>\n")
        out.writelines(section(article) for article in done)
    print(f"{path}: {len(done)} articles", file=sys.stderr)


if __name__ == "__main__":
    main()
