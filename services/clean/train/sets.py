"""The development data: pages and lines with their true bodies, and the folds of their sites."""
import base64
import gzip
import hashlib
import json
import re
import tarfile

FOLDS = 5
PAGE_SETS = ("fundus-dev", "wcxb-dev", "readability", "trafilatura")
LINE_SETS = ("fundus-dev", "wcxb-dev", "readability")


def read_jsonl(path):
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(
            path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def truth_of(data, name):
    path = data / name / "truth.jsonl"
    return read_jsonl(path if path.exists() else path.with_suffix(".jsonl.gz"))


SHARED = re.compile(r"\.(co|com|org|gov|ac|net|edu)$")


def site_of(record):
    """The registered name of the host, without country and kind; "nytimes" of an id."""
    host = re.match(r"https?://([^/:]+)", record.get("url") or "")
    if not host:
        return re.match(r"[^-._]*", record["id"]).group()
    return SHARED.sub("", host.group(1).lower().rpartition(".")[0]).rpartition(".")[2]


def hash_of(text):
    return hashlib.sha1(text.encode()).digest()


def fold_of(record):
    """All pages of a site are in one fold."""
    return hash_of(site_of(record))[1] % FOLDS


def page_bytes(data, name, cache):
    """A function from a page's id to its bytes; large sets are unpacked once."""
    archive = data / f"{name}.pages.tar.xz"
    if archive.exists() and not (cache / name / "pages").is_dir():
        with tarfile.open(archive) as tar:
            tar.extractall(cache)
    folder = (cache if archive.exists() else data) / name / "pages"

    def read(page_id):
        path = folder / f"{page_id}.html"
        return (path.read_bytes() if path.exists()
                else gzip.decompress(path.with_suffix(".html.gz").read_bytes()))
    return read


def submissions(data, name, cache):
    """Each page's record and what the stage is given of it."""
    read = page_bytes(data, name, cache)
    for record in truth_of(data, name):
        given = {"html_base64": base64.b64encode(read(record["id"])).decode()}
        if str(record.get("url")).startswith("http"):
            given["url"] = record["url"]
        yield record, given
