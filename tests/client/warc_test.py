"""`nutgraf run` reads web archives as warcio and crawlers write them, and says what is damaged."""
import gzip
import json
import os
import subprocess
import zlib

import pytest

from tests.venv import python_of

TEXT = ("<html><head><title>Bridge {n}</title></head><body><article><p>The bridge over the river {n} "
        "has opened again, the council said on Monday. Repairs took fourteen months.</p>"
        "<p>Buses will use it from next week, the mayor told reporters.</p></article></body></html>")

WRITE = """
import io, sys, json
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter
path, packed, records = json.load(sys.stdin)
with open(path, "wb") as file:
    writer = WARCWriter(file, gzip=packed, warc_version="1.1")
    writer.write_record(writer.create_warcinfo_record("x.warc", {"software": "test"}))
    for kind, url, status, headers, body in records:
        http = StatusAndHeaders(status, headers, protocol="HTTP/1.1") if kind != "metadata" else None
        writer.write_record(writer.create_warc_record(
            url, kind, payload=io.BytesIO(bytes.fromhex(body)), http_headers=http,
            warc_headers_dict={"WARC-Date": "2026-11-25T08:00:00Z"}))
"""


def record(url, body, kind="response", status="200 OK", content_type="text/html; charset=utf-8",
           **headers):
    fields = [["Content-Type", content_type]]
    fields += [[name.replace("_", "-"), value] for name, value in headers.items()]
    return [kind, url, status, fields, body.hex()]


def page(n):
    return TEXT.format(n=n).encode()


def chunked(body):
    cut = len(body) // 2
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:cut], body[cut:])) + b"0\r\n\r\n"


def write(path, records):
    question = json.dumps([str(path), str(path).endswith(".gz"), records])
    subprocess.run([python_of("warc"), "-c", WRITE], input=question, text=True, check=True)


def run(programs, *words):
    done = subprocess.run([f"{programs}/nutgraf", "run", *map(str, words)], capture_output=True,
                          text=True, timeout=120)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


RECORDS = [
    record("http://news.example/1", page(1)),
    record("http://news.example/1", b"", kind="request", status="GET / HTTP/1.1"),
    record("http://news.example/gone", b"<p>gone</p>", status="404 Not Found"),
    record("http://news.example/x.png", b"\x89PNG", content_type="image/png"),
    record("http://news.example/2", chunked(page(2)), Transfer_Encoding="chunked"),
    record("http://news.example/3", gzip.compress(page(3)), Content_Encoding="gzip"),
    record("http://news.example/4", chunked(gzip.compress(page(4))), Transfer_Encoding="chunked",
           Content_Encoding="gzip"),
    record("http://news.example/5", zlib.compress(page(5)), Content_Encoding="deflate"),
    record("http://news.example/6", page(6), Transfer_Encoding="chunked"),  # joined by the archive
    record("http://news.example/7", page(7), Content_Encoding="gzip"),  # unpacked by it
    record("http://news.example/8", page(8).replace(b"bridge", "brücke".encode("latin-1")),
           content_type="text/html; charset=iso-8859-1"),
    record("http://news.example/m", b"some: data", kind="metadata"),
    record("http://news.example/" + "9" * 300, page(9)),
]


@pytest.mark.release
@pytest.mark.parametrize("name", ["crawl.warc", "crawl.warc.gz"])
def test_each_html_response_of_an_archive_is_an_article(programs, tmp_path, name):
    write(tmp_path / name, RECORDS)
    status, rows, notes = run(programs, tmp_path / name)
    assert status == 0, notes
    by_url = {row["url"]: row for row in rows}
    assert sorted(by_url) == sorted([*(f"http://news.example/{n}" for n in range(1, 9)),
                                     "http://news.example/" + "9" * 300])
    for n in range(1, 8):
        row = by_url[f"http://news.example/{n}"]
        assert row["id"] == row["url"]
        assert f"river {n} has opened" in row["clean"]["text"]
        assert row["extra"] == {"warc_date": "2026-11-25T08:00:00Z"}
    assert "The brücke over" in by_url["http://news.example/8"]["clean"]["text"]
    assert len(by_url["http://news.example/" + "9" * 300]["id"]) == 32


def test_an_archive_in_a_folder_and_on_standard_input_is_read_too(programs, tmp_path):
    write(tmp_path / "a.warc.gz", RECORDS[:1])
    (tmp_path / "b.html").write_bytes(page(2))
    status, rows, notes = run(programs, tmp_path)
    assert status == 0, notes
    assert {row["id"] for row in rows} == {"http://news.example/1", "b.html"}
    with open(tmp_path / "a.warc.gz", "rb") as file:
        done = subprocess.run([f"{programs}/nutgraf", "run", "-"], stdin=file, capture_output=True,
                              timeout=120)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["http://news.example/1"]


def test_a_page_that_cannot_be_unpacked_costs_itself_alone(programs, tmp_path):
    damaged = bytearray(gzip.compress(page(1)))
    damaged[40] ^= 255
    write(tmp_path / "c.warc", [
        record("http://news.example/1", bytes(damaged), Content_Encoding="gzip"),
        record("http://news.example/2", b"\x0b\x02\x80abc", Content_Encoding="br"),
        record("http://news.example/3", page(3))])
    status, rows, notes = run(programs, tmp_path / "c.warc")
    assert status == 1
    assert [row["url"] for row in rows] == ["http://news.example/3"]
    assert "http://news.example/1: damaged compression" in notes
    assert 'http://news.example/2: packed as "br", needs gzip, deflate or none' in notes


@pytest.mark.parametrize("mend, reason", [
    (lambda data: data[:-200], "the archive ends inside a record"),
    (lambda data: data + b"garbage\r\n", "what follows is no WARC record"),
    (lambda data: data + b"WARC/1.0\r\nWARC-Type: response\r\n\r\n", "a record has no length"),
    (lambda data: data + b"WARC/1.0\r\nContent-Length: -5\r\n\r\n", "a record has no length"),
    (lambda data: data + b"WARC/1.0\r\nContent-Length: 99999999999999999999999\r\n\r\n",
     "a record has no length"),
    (lambda data: data + b"WARC/1.0\r\nContent-Length: 9999999999\r\n\r\nx", "ends inside a record"),
])
def test_a_damaged_archive_is_read_as_far_as_it_is_whole(programs, tmp_path, mend, reason):
    write(tmp_path / "d.warc", [record("http://news.example/1", page(1)),
                                record("http://news.example/2", page(2))])
    (tmp_path / "d.warc").write_bytes(mend((tmp_path / "d.warc").read_bytes()))
    status, rows, notes = run(programs, tmp_path / "d.warc")
    assert status == 1 and reason in notes, notes
    assert rows[0]["url"] == "http://news.example/1"


def test_what_only_bears_the_name_is_said(programs, tmp_path):
    (tmp_path / "e.warc").write_text("<p>no archive</p>")
    status, rows, notes = run(programs, tmp_path / "e.warc")
    assert status == 1 and rows == []
    assert "after 0 pages: what follows is no WARC record" in notes
    assert os.path.basename(str(tmp_path / "e.warc")) in notes
