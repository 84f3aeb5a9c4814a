"""`nutgraf run`: articles in, enriched articles out, and nothing is left behind."""
import base64
import errno
import gzip
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time

import pytest

import schemas
from e2e.system import wait_until

SECONDS = 120
# Words of the clutter around the sample articles; none may be in a clean text.
CLUTTER = ("ADVERTISEMENT", "Advertisement", "PUBLICIDAD", "Anzeige", "cookie", "Cookie", "Share on",
           "Share this", "Sign up", "Subscribe", "All rights reserved", "Newsletter", "newsletter",
           "Reply", "Most read", "Privacy Policy", "Copyright", "Accept all", "All Rights")


def article(name, text="The bridge in Leeds opened again on Monday after ten years of work. "
                       "Mayor Ann Brook cut the ribbon and thanked the engineers."):
    return {"id": name, "text": text}


def lines_of(articles):
    return "".join(json.dumps(one) + "\n" for one in articles).encode()


@pytest.fixture
def place(tmp_path):
    """The folder that `run` makes its private folders in; empty again at the end."""
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    yield folder
    assert os.listdir(folder) == []


@pytest.fixture
def run(programs, place, root):
    """Runs `nutgraf run WORDS`: (exit status, rows, stderr)."""
    def start(*words, text=b"", **environment):
        done = subprocess.run([f"{programs}/nutgraf", "run", *map(str, words)], input=text,
                              cwd=root, timeout=SECONDS, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE,
                              env={**os.environ, "XDG_RUNTIME_DIR": str(place), **environment})
        return done.returncode, done.stdout.decode().splitlines(), done.stderr.decode()
    return start


@pytest.fixture(scope="module")
def samples(programs, root, tmp_path_factory):
    """The sample pages, enriched: {id: article}, and what was said."""
    done = subprocess.run([f"{programs}/nutgraf", "run"], cwd=root, timeout=SECONDS,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    assert done.returncode == 0, done.stderr.decode()
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    return {row["id"]: row for row in rows}, rows, done.stderr.decode()


# --- the sample pages ----------------------------------------------------------------------


@pytest.mark.release
def test_each_sample_page_becomes_one_result(samples, root):
    by_id, rows, notes = samples
    assert sorted(by_id) == sorted(os.listdir(f"{root}/tests/samples"))
    assert len(rows) == len(by_id)
    assert f"{len(rows)} articles enriched" in notes
    for row in rows:
        schemas.check("result", row)


def test_the_clutter_is_gone_and_the_article_is_there(samples):
    for name, row in samples[0].items():
        text = row["clean"]["text"]
        found = [word for word in CLUTTER if word in text]
        assert not found, f"{name}: {found} in\n{text}"
        assert row["clean"]["removed"], name


@pytest.mark.parametrize("name, first, last", [
    ("01-harbour-bridge.html", "The Kestrel Bridge will carry", "mooring lines were worn."),
    ("03-council-library.html", "Fenwick’s public library", "£8 for everybody else."),
    ("05-hochwasser.html", "Der Wasserstand der Elbe", "teilte die Deutsche Bahn mit."),
    ("07-tsunagari.html", "地震で蔵が倒壊した", "小学校の再建に充てる。"),
    ("09-wildfire.txt", "A wind-driven wildfire forced", "I won't do it again.\""),
    ("13-water-law.txt", "Australia's Senate passed a bill", "report to parliament each year."),
])
def test_the_text_runs_from_the_first_to_the_last_sentence(samples, name, first, last):
    text = samples[0][name]["clean"]["text"]
    assert first in text.replace("REDROCK LAKE, Colo. — A", "A")
    assert last in text


def test_offsets_count_code_points(samples):
    for name, row in samples[0].items():
        text = row["clean"]["text"]
        for item in row["entities"]["items"]:
            for mention in item["mentions"]:
                assert text[mention["start"]:mention["end"]] == mention["text"], name
        for sentence in row["summary"]["sentences"]:
            assert text[sentence["start"]:sentence["end"]].startswith(sentence["text"][:10]), name


def test_a_second_run_gives_the_same(samples, run, root):
    status, rows, notes = run(f"{root}/tests/samples")
    assert status == 0, notes

    def lasting(row):
        return {key: value for key, value in row.items() if key not in ("trace", "received")}
    again = {row["id"]: lasting(row) for row in map(json.loads, rows)}
    assert again == {name: lasting(row) for name, row in samples[0].items()}


# --- kinds of input ------------------------------------------------------------------------


def test_lines_files_and_pipes_give_the_same(run, tmp_path):
    data = lines_of([article("one"), article("two")])
    (tmp_path / "in.jsonl").write_bytes(data)
    (tmp_path / "in.jsonl.gz").write_bytes(gzip.compress(data))
    for words, text in ((["in.jsonl"], b""), (["in.jsonl.gz"], b""), (["-"], data),
                        (["-"], gzip.compress(data))):
        words = [tmp_path / word if word != "-" else word for word in words]
        status, rows, notes = run(*words, text=text)
        assert status == 0, notes
        assert [json.loads(row)["id"] for row in rows] == ["one", "two"]


def test_make_run_takes_a_path_with_a_space(programs, place, root, tmp_path):
    (tmp_path / "my pages").mkdir()
    (tmp_path / "my pages" / "a.txt").write_text(article("")["text"])
    build = os.path.dirname(os.path.abspath(programs))
    done = subprocess.run(["make", "-s", "-o", "deps", "run", f"BUILD={build}",
                           f"IN={tmp_path}/my pages"], cwd=root, timeout=SECONDS,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          env={**os.environ, "XDG_RUNTIME_DIR": str(place)})
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["id"] == "a.txt"


def test_one_document_by_file_or_pipe(run, root):
    page = f"{root}/tests/samples/01-harbour-bridge.html"
    status, rows, notes = run(page)
    assert status == 0, notes
    by_file = json.loads(rows[0])
    assert by_file["id"] == "01-harbour-bridge.html"
    with open(page, "rb") as file:
        status, rows, notes = run("-", text=file.read())
    assert status == 0, notes
    assert json.loads(rows[0])["clean"] == by_file["clean"]


def test_html_with_its_bytes_in_base64(run, root):
    with open(f"{root}/tests/samples/03-council-library.html", "rb") as file:
        page = base64.b64encode(file.read()).decode()
    status, rows, notes = run("-", text=lines_of([{"id": "lib", "html_base64": page}]))
    assert status == 0, notes
    assert "retired café owner" in json.loads(rows[0])["clean"]["text"]


# --- bad input -----------------------------------------------------------------------------


BAD_LINES = [
    (b'{"id":"cut","text":"abc', "invalid JSON at column 23"),
    (b'{"id":"deep","x":' + b"[" * 100000 + b"]" * 100000 + b',"text":"x"}', "deeper than 32"),
    (b'{"id":"empty","text":""}', '"text" is empty'),
    (b'{"id":"nothing"}', "needs one of"),
    (b'{"id":"twice","id":"key","text":"x"}', "duplicate object key"),
    (b'{"id":"latin","text":"\xff"}', "byte 0xff"),
    (b'[1,2]', "must be an object"),
    (b'{"id":"' + b"x" * 300 + b'","text":"x"}', "300 bytes"),
    (b'{"id":7,"text":"x"}', '"id" must be a string'),
]


def test_each_bad_line_is_named_and_the_others_are_enriched(run, tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_bytes(b"\n".join([lines_of([article("first")]).strip(),
                                 *(line for line, _ in BAD_LINES),
                                 lines_of([article("last")])]))
    status, rows, notes = run(path)
    assert status == 1
    assert [json.loads(row)["id"] for row in rows] == ["first", "last"]
    for number, (_, reason) in enumerate(BAD_LINES, 2):
        assert re.search(rf"bad\.jsonl:{number}: .*{re.escape(reason)}", notes), notes
    assert f"{len(BAD_LINES)} refused" in notes


def test_what_has_no_article_becomes_a_dead_letter_with_a_reason(run):
    status, rows, notes = run("-", text=lines_of(
        [article("good"), {"id": "bare", "html": "<html></html>"}, article("blank", " \n "),
         article("nul", "a\0b")]))
    assert status == 1
    assert [json.loads(row)["id"] for row in rows] == ["good"]
    for name in ("bare", "blank", "nul"):
        assert re.search(rf"{name}: dead at stage clean: .+", notes), notes
    assert "3 dead-lettered" in notes


def test_a_duplicate_id_is_said_and_the_first_one_stands(run):
    status, rows, notes = run("-", text=lines_of(
        [article("same"), article("same", "Another text that is long enough to be an article.")]))
    assert status == 0, notes
    assert len(rows) == 1 and "Ann Brook" in rows[0]
    assert "same: a duplicate" in notes


def test_200_megabytes_are_refused_by_name(run, tmp_path):
    (tmp_path / "in").mkdir()
    with open(tmp_path / "in" / "huge.txt", "wb") as file:
        file.truncate(200 << 20)
    (tmp_path / "in" / "small.txt").write_text(article("")["text"])
    status, rows, notes = run(tmp_path / "in")
    assert status == 1
    assert [json.loads(row)["id"] for row in rows] == ["small.txt"]
    assert "huge.txt: 209715200 bytes (200.0 MiB), an article has at most 64 MiB" in notes


def test_a_million_nested_tags_cost_one_article(run, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "deep.html").write_bytes(b"<div>" * 1000000 + b"x" + b"</div>" * 1000000)
    (tmp_path / "in" / "small.txt").write_text(article("")["text"])
    status, rows, notes = run(tmp_path / "in")
    assert "small.txt" in [json.loads(row)["id"] for row in rows], notes
    assert len(rows) == 2 or (status == 1 and "deep.html: dead at stage clean" in notes)


def test_damaged_files_are_named(run, tmp_path):
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(lines_of([article("a")] * 50))[:-9])
    status, _, notes = run(tmp_path / "cut.jsonl.gz")
    assert status == 1 and "gzip data ends too early" in notes
    status, _, notes = run(tmp_path / "nowhere")
    assert status == 1 and "nowhere: No such file or directory" in notes
    (tmp_path / "none").mkdir()
    status, _, notes = run(tmp_path / "none")
    assert status == 1 and "no .html, .htm, .txt, .json or .warc file in it" in notes


def test_an_input_without_an_article_is_said(run, tmp_path):
    (tmp_path / "none.jsonl").write_text("\n\n")
    status, rows, notes = run(tmp_path / "none.jsonl")
    assert (status, rows) == (0, []) and "none.jsonl: there is no article in it" in notes


def test_text_in_another_charset_is_read_and_said(run, tmp_path):
    text = "Die Oberbürgermeisterin eröffnete am Montag die Brücke über die Elbe in Dresden. " * 4
    (tmp_path / "page.txt").write_bytes(text.encode("latin-1"))
    status, rows, notes = run(tmp_path / "page.txt")
    assert status == 0, notes
    assert "Brücke über" in json.loads(rows[0])["clean"]["text"]
    assert "page.txt: not UTF-8, read as" in notes


# --- bad configuration ---------------------------------------------------------------------


def config_with(tmp_path, root, edit):
    shutil.copytree(f"{root}/config", tmp_path / "config")
    path = tmp_path / "config" / "pipeline.json"
    pipeline = json.loads(path.read_text())
    edit(pipeline)
    path.write_text(json.dumps(pipeline))
    return {"NUTGRAF_CONFIG": str(tmp_path / "config")}


def test_a_wrong_value_names_file_stage_and_value(run, tmp_path, root):
    def edit(pipeline):
        pipeline["stages"][1]["lease_ms"] = -5
    status, _, notes = run("-", **config_with(tmp_path, root, edit))
    assert status == 3
    assert re.search(r'pipeline\.json: stage "tag": lease_ms is -5', notes), notes


def test_a_stage_without_a_program_is_named(run, tmp_path, root):
    def edit(pipeline):
        pipeline["stages"].insert(1, {"name": "translate"})
    status, _, notes = run("-", text=lines_of([article("a")]), **config_with(tmp_path, root, edit))
    assert status == 3
    assert re.search(r'pipeline\.json: stage "translate": .*/nutgraf-translate: No such file', notes)


def test_a_stage_that_cannot_start_is_told_with_its_words(run, tmp_path, root):
    def edit(pipeline):
        pipeline["stages"][-1]["options"]["colour"] = "blue"
    status, _, notes = run("-", text=lines_of([article("a")]), **config_with(tmp_path, root, edit))
    assert status == 3
    assert "deliver 1 ended with status 3" in notes
    assert "colour" in notes
    assert '"level"' not in notes  # the stage's words, not the broker's events


@pytest.mark.parametrize("setting, words", [
    ("NUTGRAF_SUMMARISE_SENTENCES", 'NUTGRAF_SUMMARISE_SENTENCES is "-3"'),
    ("NUTGRAF_BROKER_STORE_MB", "NUTGRAF_BROKER_STORE_MB")])
def test_a_wrong_setting_is_told_by_its_name(run, setting, words):
    status, _, notes = run("-", text=lines_of([article("a")]), **{setting: "-3"})
    assert status == 3
    assert words in notes


def test_a_missing_model_is_named(run, tmp_path):
    status, _, notes = run("-", text=lines_of([article("a")]), NUTGRAF_MODELS=str(tmp_path))
    assert status == 3
    assert re.search(r"nutgraf: nutgraf-\w+: .*No such file or directory", notes), notes


def test_a_stage_without_a_worker_is_named(run):
    status, rows, notes = run("-", text=lines_of([article("a")]), NUTGRAF_TAG_WORKERS="0")
    assert (status, rows) == (3, [])
    assert 'stage "tag": workers is 0' in notes and "NUTGRAF_TAG_WORKERS" in notes


@pytest.mark.parametrize("words", [["--colour"], ["a", "b"], ["--dir"], ["--json=yes"]])
def test_wrong_usage_is_status_2(run, words):
    status, rows, notes = run(*words)
    assert (status, rows) == (2, [])
    assert "nutgraf run --help" in notes


# --- on a terminal -------------------------------------------------------------------------


def on_terminal(command, environment):
    """Runs a command on a pseudo terminal of its own: (exit status, what it showed)."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(command[0], command, environment)
    shown = b""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if select.select([terminal], [], [], 1)[0]:
            try:
                piece = os.read(terminal, 65536)
            except OSError as fault:  # Linux says EIO when the other side has closed
                assert fault.errno == errno.EIO
                break
            if not piece:
                break
            shown += piece
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), shown.decode()


@pytest.fixture
def terminal(programs, place, root):
    def start(path=None, **environment):
        base = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
        return on_terminal([f"{programs}/nutgraf", "run", path or f"{root}/tests/samples"],
                           {**base, "TERM": "xterm", "XDG_RUNTIME_DIR": str(place), **environment})
    return start


def test_a_terminal_shows_articles_to_read_and_a_progress_bar(terminal):
    status, shown = terminal()
    assert status == 0, shown
    assert "\033[1mStorm-damaged harbour bridge to reopen a month early\033[0m" in shown
    assert "By Maren Holloway · 2025-04-14 · Port Alder Courier" in shown
    assert re.search(r"\d+ words kept, \d+ removed", shown)
    assert re.search(r"\d+/13", shown) and "\033[K" in shown
    assert '{"id"' not in shown
    assert "13 articles enriched" in shown


def test_a_terminal_says_that_names_are_found_in_english(terminal, tmp_path):
    (tmp_path / "de.txt").write_text("Der Bundestag tagte am Montag in Berlin. Die Regierung in Frankreich schwieg dazu, "
                                     "wie es scheint, noch immer, und auch die Opposition sagte nichts.")
    status, shown = terminal(str(tmp_path / "de.txt"))
    assert status == 0 and "no model reads the language" in shown, shown
    (tmp_path / "de.txt").write_text("The parliament met in Berlin on Monday. The French government said nothing of it, "
                                     "it seems, and neither did the opposition.")
    status, shown = terminal(str(tmp_path / "de.txt"))
    assert status == 0 and "Berlin" in shown and "no model reads" not in shown, shown


def test_no_color_shows_no_colours(terminal):
    status, shown = terminal(NO_COLOR="1")
    assert status == 0, shown
    assert "Storm-damaged harbour bridge" in shown
    assert not re.search(r"\033\[[0-9;]*m", shown)


# --- ends ----------------------------------------------------------------------------------


@pytest.fixture
def started(programs, place, tmp_path, root):
    """Starts `nutgraf run -` and keeps its input open; gives (process, write)."""
    process = subprocess.Popen([f"{programs}/nutgraf", "run", "-"], cwd=root,
                               stdin=subprocess.PIPE, stdout=open(tmp_path / "rows", "wb"),
                               stderr=open(tmp_path / "notes", "wb"),
                               env={**os.environ, "XDG_RUNTIME_DIR": str(place)})
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()
    process.stdin.close()


def children_of(process):
    """{name: pid} of its children."""
    with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
        pids = [int(word) for word in file.read().split()]
    found = {}
    for pid in pids:
        try:
            found[os.path.basename(os.readlink(f"/proc/{pid}/exe"))] = pid
        except OSError:
            pass
    return found


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def rows_in(tmp_path):
    return [line for line in (tmp_path / "rows").read_bytes().splitlines() if line]


def feed(process, articles):
    process.stdin.write(lines_of(articles))
    process.stdin.flush()


def test_results_come_while_the_input_is_still_open(started, tmp_path):
    feed(started, [article("early")])
    wait_until(lambda: len(rows_in(tmp_path)) == 1, "the first result")
    feed(started, [article("late")])
    started.stdin.close()
    assert started.wait(SECONDS) == 0, (tmp_path / "notes").read_text()
    assert [json.loads(row)["id"] for row in rows_in(tmp_path)] == ["early", "late"]


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything(started, tmp_path, signal_number):
    feed(started, [article("one")])
    wait_until(lambda: len(rows_in(tmp_path)) == 1, "the first result")
    children = children_of(started)
    assert "nutgraf-broker" in children and "nutgraf-clean" in children
    started.send_signal(signal_number)
    assert started.wait(SECONDS) == 130, (tmp_path / "notes").read_text()
    assert not [name for name, pid in children.items() if is_alive(pid)]


@pytest.mark.parametrize("name", ["nutgraf-clean", "nutgraf-broker", "nutgraf-deliver"])
def test_a_child_that_dies_is_started_again_and_nothing_is_lost(started, tmp_path, name):
    feed(started, [article(f"a{number}") for number in range(40)])
    wait_until(lambda: len(rows_in(tmp_path)) >= 1, "the first result")
    os.kill(children_of(started)[name], signal.SIGKILL)
    feed(started, [article(f"b{number}") for number in range(40)])
    started.stdin.close()
    notes = tmp_path / "notes"
    assert started.wait(SECONDS) == 0, notes.read_text()
    ids = [json.loads(row)["id"] for row in rows_in(tmp_path)]
    assert sorted(ids) == sorted([f"a{n}" for n in range(40)] + [f"b{n}" for n in range(40)])
    assert "was ended by signal 9" in notes.read_text()


def test_children_do_not_outlive_a_killed_run(started, tmp_path, place):
    feed(started, [article("one")])
    wait_until(lambda: len(rows_in(tmp_path)) == 1, "the first result")
    children = children_of(started)
    started.kill()
    started.wait()
    wait_until(lambda: not any(is_alive(pid) for pid in children.values()), "all have ended")
    for name in os.listdir(place):
        shutil.rmtree(place / name)


def test_a_reader_that_goes_away_ends_the_run_quietly(programs, place, tmp_path, root):
    started = subprocess.Popen([f"{programs}/nutgraf", "run", "-"], cwd=root,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=open(tmp_path / "notes", "wb"),
                               env={**os.environ, "XDG_RUNTIME_DIR": str(place)})
    feed(started, [article("one")])
    assert json.loads(started.stdout.readline())["id"] == "one"
    children = children_of(started)
    started.stdout.close()
    feed(started, [article("two")])
    assert started.wait(SECONDS) == 0  # and `place` finds the private folder gone
    started.stdin.close()
    assert (tmp_path / "notes").read_text() == ""
    assert not [name for name, pid in children.items() if is_alive(pid)]


def test_a_given_folder_stays_and_a_second_run_knows_its_ids(run, tmp_path):
    words = ["--dir", tmp_path / "kept", "-"]
    status, rows, notes = run(*words, text=lines_of([article("a")]))
    assert (status, len(rows)) == (0, 1), notes
    status, rows, notes = run(*words, text=lines_of([article("a"), article("b")]))
    assert status == 0 and "a: a duplicate" in notes
    assert {"log", "results.jsonl", "store"} <= set(os.listdir(tmp_path / "kept"))
    assert [json.loads(row)["id"] for row in rows] == ["b"]
