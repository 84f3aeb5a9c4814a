"""The words of the `nutgraf` command against a broker that runs."""
import hashlib
import json
import os
import re
import signal
import subprocess
import threading
import time

import pytest

from e2e.gateway import Gateway
from e2e.system import System, wait_until

COMMANDS = ("run", "submit", "tail", "status", "top", "dead-letters", "trace", "pause", "resume",
            "drain", "cancel", "reprocess", "metrics", "health", "doctor", "bench", "completion",
            "keygen")
TEXT = ("The bridge in Leeds opened again on Monday after ten years of work. "
        "Mayor Ann Brook cut the ribbon and thanked the engineers.")


def article(name, text=TEXT):
    return {"id": name, "text": text}


def lines_of(articles):
    return "".join(json.dumps(one) + "\n" for one in articles)


@pytest.fixture
def system(tmp_path, programs):
    """A folder, a configuration and no process yet."""
    made = System(tmp_path, programs, [{"name": "clean"}])
    yield made
    made.close()


@pytest.fixture
def serving(system):
    """Broker, clean and deliver."""
    system.broker = system.start_broker()
    for stage in ("clean", "deliver"):
        system.start(system.program(stage))
    return system


# --- pages ---------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_a_page(system, command):
    status, page, notes = system.ask(command, "--help")
    assert (status, notes) == (0, "")
    for part in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "EXAMPLES"):
        assert f"\n{part}\n" in f"\n{page}"
    assert max(map(len, page.splitlines())) <= 100


def test_help_of_a_command_is_its_page(system):
    assert system.ask("help", "submit") == system.ask("submit", "--help")
    assert system.ask("help", "sing")[0] == 2
    assert system.ask("help") == system.ask("--help")


def test_the_list_names_every_command(system):
    status, page, _ = system.ask("--help")
    assert status == 0
    assert re.findall(r"^    (\S+) +\S.*$", page.split("COMMANDS")[1].split("DESCRIPTION")[0],
                      re.MULTILINE) == list(COMMANDS)


def test_the_version_is_that_of_the_changelog(system, root):
    status, output, _ = system.ask("--version")
    with open(f"{root}/CHANGELOG.md", encoding="utf-8") as file:
        latest = re.search(r"^## (\d+\.\d+\.\d+)", file.read(), re.MULTILINE).group(1)
    assert (status, output) == (0, f"nutgraf {latest}\n")


@pytest.mark.parametrize("words", [
    [], ["sing"], ["submit"], ["submit", "a", "b"], ["submit", "--priority", "4", "-"],
    ["submit", "--priority", "x", "-"], ["submit", "-p"], ["status", "now"],
    ["dead-letters"], ["dead-letters", "burn"], ["dead-letters", "show"],
    ["dead-letters", "drop"], ["dead-letters", "list", "--all"], ["health", "--timeout=0"],
    ["trace"], ["trace", "a", "b"], ["pause"], ["resume", "a", "b"], ["drain", "-t", "0", "a"],
    ["cancel"], ["reprocess", "--since", "1d"], ["reprocess", "--from", "tag"],
    ["reprocess", "--from", "tag", "--since", "1d", "id"], ["metrics", "now"],
    ["reprocess", "--from", "tag", "--since", "yesterday"]])
def test_wrong_usage_is_status_2_and_points_to_the_page(system, words):
    status, output, notes = system.ask(*words)
    assert (status, output) == (2, "")
    assert "--help" in notes


# --- no broker, no configuration -----------------------------------------------------------


@pytest.mark.parametrize("words", [["health", "-t", "200"], ["status"],
                                   ["submit", "-t", "1", "-"], ["dead-letters", "list"], ["metrics"],
                                   ["trace", "a"], ["drain", "tag"], ["cancel", "a"],
                                   ["reprocess", "--from=tag", "a"]])
def test_no_broker_is_status_4_and_says_where(system, words):
    status, output, notes = system.ask(*words, text=lines_of([article("a")]))
    assert (status, output) == (4, "")
    assert f"no broker answers at ipc://{system.folder}/run/" in notes


def test_a_broker_elsewhere_is_found_by_the_folder_of_its_sockets(system, tmp_path):
    for door in ("ingest", "work", "admin"):
        del system.broker_options[door]
    system.write_config("broker", system.broker_options)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    broker = system.start(system.program("broker"))  # its sockets are in var/run of its folder

    def health(**more):
        done = subprocess.run([system.program(""), "health", "-t", "300"], cwd=elsewhere, text=True,
                              env={**system.environment(), **more}, stderr=subprocess.PIPE, check=False)
        return done.returncode, done.stderr

    wait_until(lambda: broker.poll() is not None or os.path.exists(f"{system.folder}/var/run/admin"), "it listens")
    status, notes = health()
    assert status == 4 and "below this folder, and NUTGRAF_BROKER=FOLDER names" in notes, notes
    assert health(NUTGRAF_BROKER=f"{system.folder}/var/run") == (0, "")
    assert health(NUTGRAF_BROKER=f"{elsewhere}", NUTGRAF_BROKER_ADMIN=f"ipc://{system.folder}/var/run/admin")[0] == 0


def test_wrong_configuration_is_status_3_and_names_the_place(system):
    with open(f"{system.folder}/config/broker.json", "w", encoding="utf-8") as file:
        file.write('{\n  "store": "x",\n  "store_mb": }\n')
    status, _, notes = system.ask("health")
    assert status == 3 and re.search(r"broker\.json.*line 3", notes), notes
    system.write_config("broker", {**system.broker_options, "window": 0})
    status, _, notes = system.ask("status")
    assert status == 3 and "window is 0, needs 1" in notes, notes


# --- submit --------------------------------------------------------------------------------


def test_health_is_0_when_the_broker_answers(system):
    system.start_broker()
    assert system.ask("health") == (0, "", "")
    status, output, _ = system.ask("health", "--json")
    assert status == 0 and json.loads(output)["ok"] is True


def test_health_of_a_worker_is_0_while_it_shows_life(system, tmp_path, monkeypatch):
    assert system.ask("health", "--worker")[0] == 4
    monkeypatch.setenv("NUTGRAF_ALIVE", str(tmp_path / "alive"))
    worker = system.start(system.program("clean"))
    time.sleep(0.5)
    assert system.ask("health", "--worker")[0] == 4  # no broker knows it
    system.start_broker()
    wait_until(lambda: system.ask("health", "--worker")[0] == 0, "it shows life")
    system.stop(worker)
    os.utime(tmp_path / "alive", (1, 1))
    status, _, notes = system.ask("health", "--worker")
    assert status == 4 and "the worker showed life" in notes


def test_health_of_a_gateway_is_0_when_it_answers_and_has_a_broker(tmp_path, programs):
    gate = Gateway(tmp_path, programs)
    try:
        gate.start_broker()
        gate.start_gateway()
        words = ["health", "--gateway", str(gate.port)]
        wait_until(lambda: gate.ask(*words)[0] == 0, "it is well")
        gate.stop(gate.running[0])
        wait_until(lambda: gate.ask(*words)[0] == 4, "it has no broker")
        gate.stop(gate.process)
        assert gate.ask(*words)[0] == 4
    finally:
        gate.close()


def test_submit_without_a_broker_counts_what_it_has_sent(system):
    _, _, notes = system.ask("submit", "-t", "1", "-", text=lines_of([article("a")]))
    assert "nothing has been sent" in notes or "0 confirmed, 1 not" in notes
    assert "0 articles" not in notes


def test_dead_letters_without_a_broker_do_not_count(system):
    status, _, notes = system.ask("dead-letters", "drop", "a")
    assert status == 4 and "no broker answers" in notes
    assert "0 dropped" not in notes


def test_submit_wait_gives_up_at_the_admin_door_in_time(system):
    system.start_broker()
    before = time.monotonic()
    done = subprocess.run(
        [system.program(""), "submit", "--wait", "-t", "1", "-"], input=lines_of([article("a")]),
        env={**system.environment(), "NUTGRAF_BROKER_ADMIN": f"ipc://{system.folder}/nobody"},
        cwd=system.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (4, "")
    assert "admin endpoint" in done.stderr and "within 1 s" in done.stderr
    assert time.monotonic() - before < 5


def test_submit_prints_each_id_that_is_safe(system):
    system.start_broker()
    status, output, notes = system.ask("submit", "-", text=lines_of(
        [article("a"), article("b"), article("a")]))
    assert (status, output.split()) == (0, ["a", "b", "a"])
    assert "a: a duplicate" in notes and "2 accepted, 1 duplicate, 0 refused" in notes
    status, output, _ = system.ask("status", "--json")
    counts = json.loads(output)
    assert (counts["accepted"], counts["queued"], counts["duplicates"]) == (2, 2, 1)
    assert counts["stages"][0]["ready"] == 2


def test_submit_wait_says_how_each_article_ended(serving):
    status, output, notes = serving.ask("submit", "--wait", "-", text=lines_of(
        [article("good"), article("blank", " ")]))
    assert status == 1, notes
    ends = dict(line.split("\t", 1) for line in output.splitlines())
    assert ends["good"] == "done"
    assert re.match(r"buried\tclean: \S+", ends["blank"])
    assert [row["id"] for row in serving.results()] == ["good"]


def test_submit_wait_does_not_wait_for_ever_for_a_dead_sink(tmp_path, programs):
    system = System(tmp_path, programs, [])
    try:
        jsonl = {"name": "deliver", "sink": True, "options": {"type": "jsonl", "path": system.results_path}}
        dead = {"name": "hook", "program": "deliver", "sink": True, "backoff_ms": 100,
                "options": {"type": "webhook", "url": "http://127.0.0.1:1/", "breaker_ms": 100}}
        system.write_config("pipeline", {"stages": [{"name": "clean"}, jsonl, dead]})
        system.start_broker()
        system.start(system.program("deliver"))
        system.start(system.program("deliver"), "--stage", "hook")
        # before the sinks an article may take as long as it likes
        late = threading.Timer(3, lambda: system.start(system.program("clean")))
        late.start()
        names = [f"n{n}" for n in range(250)]  # more than are asked for at once
        status, output, notes = system.ask("submit", "--wait", "-t", "2", "-",
                                           text=lines_of([article("blank", " "), *map(article, names)]))
        assert status == 1, notes
        ends = dict(line.split("\t", 1) for line in output.splitlines())
        assert ends.pop("blank").startswith("buried\tclean: ")
        assert sorted(ends) == sorted(names)
        assert all(re.match(r"(ready|delayed|leased)\thook", end) for end in ends.values()), ends
        assert any("Failed to connect" in end for end in ends.values()), ends
        assert "250 wait for a sink and are safe in the broker" in notes
    finally:
        system.close()


def test_submit_reads_a_folder_and_names_what_it_cannot(serving, tmp_path):
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "a.txt").write_text(TEXT)
    (pages / "b.html").write_text(f"<html><body><p>{TEXT}</p></body></html>")
    (pages / "c.txt").write_text("")
    status, output, notes = serving.ask("submit", "--wait", str(pages))
    assert status == 1
    ids = dict(line.split("\t") for line in output.splitlines())
    assert set(ids.values()) == {"done"}
    assert sorted(name.split("#")[0] for name in ids) == ["a.txt", "b.html"]
    assert f"a.txt#{hashlib.sha256(TEXT.encode()).hexdigest()[:8]}" in ids
    assert "c.txt: an empty file" in notes


def test_pages_of_one_name_are_told_apart_by_their_bytes(system, tmp_path):
    system.start_broker()
    first, second = (tmp_path / folder / "a.txt" for folder in ("one", "two"))
    for path, text in ((first, TEXT), (second, TEXT + " The bridge was full by noon.")):
        path.parent.mkdir()
        path.write_text(text)
    ids = [system.ask("submit", str(path))[1].strip() for path in (first, second)]
    assert ids[0] != ids[1]
    status, output, notes = system.ask("submit", str(first))
    assert (status, output.strip()) == (0, ids[0])
    assert f"{ids[0]}: a duplicate" in notes
    assert json.loads(system.ask("status", "--json")[1])["accepted"] == 2


def test_priority_is_served_first(system):
    system.start_broker()
    system.submit([article(f"late{number}") for number in range(20)], "--priority", "3")
    system.submit([article("early")], "--priority", "0")
    for stage in ("clean", "deliver"):
        system.start(system.program(stage))
    ids = [row["id"] for row in system.results_of(21)]
    assert ids.index("early") < 15


def test_a_broker_that_restarts_loses_no_confirmed_article(serving):
    process = subprocess.Popen([serving.program(""), "submit", "-"], env=serving.environment(),
                               cwd=serving.folder, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    expected = []
    for turn in range(3):
        names = [f"{turn}-{number}" for number in range(200)]
        process.stdin.write(lines_of(map(article, names)))
        process.stdin.flush()
        expected += names
        time.sleep(0.2)
        serving.kill(serving.broker)
        serving.broker = serving.start_broker()
    output, notes = process.communicate(timeout=60)
    assert process.returncode == 0, notes
    assert sorted(output.split()) == sorted(expected)
    assert sorted(row["id"] for row in serving.results_of(600)) == sorted(expected)


def test_a_full_store_makes_submit_wait_until_there_is_room(tmp_path, programs):
    system = System(tmp_path, programs, [{"name": "clean"}], store_mb=24, full_retry_ms=50)
    system.start_broker()
    names = [f"n{number}" for number in range(60)]
    (tmp_path / "articles.jsonl").write_text(
        lines_of(article(name, f"{TEXT} " * 6000) for name in names), encoding="utf-8")
    process = subprocess.Popen([system.program(""), "submit", "-t", "60", "articles.jsonl"],
                               env=system.environment(), cwd=system.folder,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    time.sleep(2)
    assert process.poll() is None  # 45 MB do not fit into 24
    status = json.loads(system.ask("status", "--json")[1])
    assert 0 < status["accepted"] < 60
    for stage in ("clean", "deliver"):
        system.start(system.program(stage))
    output = process.stdout.read()
    notes = process.stderr.read()
    assert process.wait(60) == 0, notes
    assert "the broker has no room on its disk" in notes
    assert sorted(output.split()) == sorted(names)
    system.results_of(60)
    system.close()


def test_an_article_over_the_limit_is_refused_by_name(tmp_path, programs):
    system = System(tmp_path, programs, [{"name": "clean"}], body_max_mb=1)
    system.start_broker()
    status, output, notes = system.ask("submit", "-", text=lines_of(
        [article("big", "x" * (1 << 20)), article("small")]))
    assert (status, output) == (1, "small\n")
    assert re.search(r"stdin:1: 10\d+ bytes .*an article has at most 1 MiB", notes), notes
    system.close()


# --- dead letters --------------------------------------------------------------------------


@pytest.fixture
def dead(serving):
    """Three dead letters of clean."""
    serving.ask("submit", "--wait", "-", text=lines_of(article(name, " ") for name in "xyz"))
    return serving


def test_dead_letters_are_listed_with_reasons(dead):
    status, output, _ = dead.ask("dead-letters", "list")
    rows = [line.split("\t") for line in output.splitlines()]
    assert status == 0
    assert [row[:2] for row in rows] == [["x", "clean"], ["y", "clean"], ["z", "clean"]]
    assert all(row[2] for row in rows)
    status, output, _ = dead.ask("dead-letters", "list", "--json", "--stage", "deliver")
    assert (status, output) == (0, "")
    status, _, notes = dead.ask("dead-letters", "list", "--stage", "nothing")
    assert status == 1 and "no such stage" in notes


def test_a_dead_letter_shows_the_article_as_it_stands(dead):
    status, output, notes = dead.ask("dead-letters", "show", "x")
    assert status == 0
    assert json.loads(output)["id"] == "x"
    assert "x: dead at stage clean: " in notes
    status, _, notes = dead.ask("dead-letters", "show", "nobody")
    assert status == 1 and notes.startswith("nutgraf: ")


def test_a_retried_letter_goes_through_its_stage_again(dead):
    status, _, notes = dead.ask("dead-letters", "retry", "x", "nobody")
    assert status == 1 and "nobody" in notes and "1 ready again" in notes
    wait_until(lambda: len(dead.ask("dead-letters", "list")[1].splitlines()) == 3,
               "x is dead again")
    status, _, notes = dead.ask("dead-letters", "retry", "--stage", "clean")
    assert status == 0 and "3 ready again" in notes


def test_dropped_letters_are_gone(dead):
    assert dead.ask("dead-letters", "drop", "y")[0] == 0
    assert [line[0] for line in dead.ask("dead-letters", "list")[1].splitlines()] == ["x", "z"]
    status, output, _ = dead.ask("dead-letters", "drop", "--all", "--json")
    assert (status, json.loads(output)) == (0, {"count": 2})
    assert dead.ask("dead-letters", "list")[1] == ""
    # and an article that was mended may take the id of one that no sink had
    assert "y\tdone" in dead.ask("submit", "--wait", "-", text=json.dumps(article("y")))[1]
    assert "y" in [row["id"] for row in dead.results()]


# --- tail, status --------------------------------------------------------------------------


def test_tail_gives_the_last_rows_and_follows(serving):
    serving.submit([article("one"), article("two")])
    serving.results_of(2)
    status, output, _ = serving.ask("tail", "-n", "1", "--no-follow")
    assert status == 0 and json.loads(output)["id"] == "two"
    process = subprocess.Popen([serving.program(""), "tail"], env=serving.environment(),
                               cwd=serving.folder, stdout=subprocess.PIPE, text=True)
    time.sleep(0.5)
    serving.submit([article("three")])
    assert json.loads(process.stdout.readline())["id"] == "three"
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    process.stdout.close()


def test_tail_says_that_its_file_is_not_there(serving):
    process = subprocess.Popen([serving.program(""), "tail", "none.jsonl"], env=serving.environment(),
                               cwd=serving.folder, stderr=subprocess.PIPE, text=True)
    assert "waits for none.jsonl, which is not there" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    process.stderr.close()


def test_a_line_that_is_refused_is_told_by_its_name(serving):
    lines = [{"id": "n1", "html": ""}, {"url": "http://x.org/2", "html": ""}, {"id": "a\nb", "html": ""}]
    status, _, notes = serving.ask("submit", "-", text="".join(json.dumps(it) + "\n" for it in lines))
    assert status == 1
    assert 'stdin:1: field "html" is empty (id n1)\n' in notes, notes
    assert 'stdin:2: field "html" is empty (url http://x.org/2)\n' in notes, notes
    assert "(id a?b)\n" in notes, notes


def test_status_shows_stages_and_workers(serving):
    serving.submit([article("one")])
    serving.results_of(1)
    status, output, _ = serving.ask("status")
    assert status == 0
    assert output.startswith("1 accepted")
    assert re.search(r"^clean( +\d+){6} +-$", output, re.MULTILINE), output
    assert re.search(r"^clean@\S+ +clean +0 +[\d.]+ m?s$", output, re.MULTILINE), output
