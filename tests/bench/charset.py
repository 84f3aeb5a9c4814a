#!/usr/bin/python3
"""How often the clean stage reads a page in another charset as it reads it in UTF-8.

    make bench-charset

Takes the multilingual development pages of DATA (../shared/data) that are UTF-8, writes each in
the charsets that its language was printed in, and cleans them with the charset told

    header      by the content type alone
    meta        by the page alone
    nowhere     not at all: it has to be found
    liar        by both, wrongly: as UTF-8
    utf-8 liar  the page is UTF-8, and both say that it is the other
    page right  by the page; the content type names another one
    page wrong  by the content type; the page names another one

A page counts where text and title come out as from UTF-8. The last line is
`BENCH charset key=value …`.
"""
import base64
import collections
import os
import re

os.environ.setdefault("BUILD", os.environ.get("NUTGRAF_BUILD", "build"))
import score_clean as sc  # noqa: E402

PAGES_MAX = 12  # of one language
CHARSETS = {
    "zh": ("gb2312", "gbk", "gb18030", "big5"), "ja": ("shift_jis", "euc_jp", "iso2022_jp"),
    "ko": ("euc_kr",), "ru": ("windows-1251", "koi8_r", "iso8859-5"), "uk": ("windows-1251",),
    "cs": ("windows-1250", "iso8859-2"), "pl": ("windows-1250", "iso8859-2"),
    "hu": ("windows-1250", "iso8859-2"), "tr": ("windows-1254", "iso8859-9"),
    "ar": ("windows-1256", "iso8859-6"), "el": ("windows-1253", "iso8859-7"),
    "he": ("windows-1255",), "th": ("windows-874",),
}
WESTERN = ("windows-1252", "iso8859-1")
NAMES = {"iso2022_jp": "iso-2022-jp", "euc_jp": "euc-jp", "euc_kr": "euc-kr", "koi8_r": "koi8-r"}
CODECS = {"windows-874": "cp874"}
MODES = ("header", "meta", "nowhere", "liar", "utf-8 liar", "page right", "page wrong")
META = re.compile(r"<meta[^>]*charset[^>]*>", re.I)


def name_of(charset):
    return NAMES.get(charset, charset.replace("iso8859", "iso-8859"))


def told(html, charset):
    """The page with a meta element that names the charset, or with none."""
    bare = META.sub("", html)
    meta = f'<meta charset="{charset}">' if charset else ""
    return re.sub(r"(<head[^>]*>)", lambda m: m.group(1) + meta, bare, count=1, flags=re.I)


def variant(html, charset, mode):
    """The bytes of the page, and the content type that comes with them."""
    name, codec = name_of(charset), CODECS.get(charset, charset)
    other = "iso-8859-2" if name in ("iso-8859-1", "windows-1252") else "windows-1252"
    in_page = {"meta": name, "liar": "utf-8", "utf-8 liar": name, "page right": name,
               "page wrong": other}.get(mode)
    in_header = {"header": name, "liar": "utf-8", "utf-8 liar": name, "page right": other,
                 "page wrong": name}.get(mode)
    data = told(html, in_page).encode("utf-8" if mode == "utf-8 liar" else codec,
                                      errors="xmlcharrefreplace")
    return data, f"text/html; charset={in_header}" if in_header else "text/html"


def submission(key, data, content_type):
    return {"id": key, "html_base64": base64.b64encode(data).decode(),
            "content_type": content_type}


def utf8_pages():
    """Pages by language, with what is read from them."""
    found = {}
    for name in ("fundus-dev", "trafilatura"):
        folder = sc.pages_of(name)
        for record in sc.truth_of(name):
            data = sc.page_bytes(folder, record["id"])
            try:
                html = data.decode("utf-8")
            except UnicodeDecodeError:
                continue
            if "<head" in html.lower() and not data.isascii() and data[:3] != b"\xef\xbb\xbf":
                found[record["id"]] = told(html, "utf-8")
    articles, _ = sc.run_filter([submission(k, v.encode(), "text/html; charset=utf-8")
                                 for k, v in found.items()], None)
    by_language = collections.defaultdict(list)
    for article in articles:
        clean = article.get("clean") or {}
        if not (clean.get("text") or "x").isascii() and len(by_language[clean["lang"]]) < PAGES_MAX:
            by_language[clean["lang"]].append((article["id"], found[article["id"]], clean))
    return by_language


def main():
    asked, wanted = [], {}
    for language, listed in utf8_pages().items():
        for page_id, html, clean in listed:
            for charset in CHARSETS.get(language, WESTERN):
                for mode in MODES:
                    key = f"{page_id}|{charset}|{mode}"
                    asked.append(submission(key, *variant(html, charset, mode)))
                    wanted[key] = (clean["text"], clean["title"])
    answers, _ = sc.run_filter(asked, None)
    right, count = collections.Counter(), collections.Counter()
    for answer in answers:
        clean = answer.get("clean") or {}
        _, charset, mode = answer["id"].rsplit("|", 2)
        for cell in ((charset, mode), ("all", mode), ("all", "all")):
            count[cell] += 1
            right[cell] += (clean.get("text"), clean.get("title")) == wanted[answer["id"]]
    print(f"{'charset':<14}{'pages':>6}" + "".join(f"{mode:>12}" for mode in MODES))
    for charset in sorted({c for c, _ in count if c != "all"}) + ["all"]:
        print(f"{charset:<14}{count[charset, 'header']:>6}" +
              "".join(f"{right[charset, m] / count[charset, m]:12.3f}" for m in MODES))
    print("\nBENCH charset " + " ".join(
        f"{m.replace(' ', '_').replace('-', '')}={right['all', m] / count['all', m]:.3f}"
        for m in (*MODES, "all")))


if __name__ == "__main__":
    main()
