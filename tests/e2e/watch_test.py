"""A drop folder: what is put into it is submitted once and moved away when it is safe."""
import json
import os
import time

import pytest

from e2e.system import System, wait_until

TEXT = ("The bridge over the river has opened again, the council said on Monday, and buses will use "
        "it from next week, the mayor told reporters on day {n} of the repairs.\n")


@pytest.fixture
def system(tmp_path, programs):
    system = System(tmp_path, programs, [{"name": "clean"}])
    system.start_broker()
    system.start(system.program("clean"))
    system.start(system.program("deliver"))
    system.drop = tmp_path / "drop"
    system.drop.mkdir()
    yield system
    system.close()


def watch(system, *words):
    return system.start(system.program(""), "submit", "--watch", *words, str(system.drop))


def names(folder):
    return sorted(os.listdir(folder)) if folder.exists() else []


def lines(count, start=0):
    return "".join(json.dumps({"id": f"n{n}", "text": TEXT.format(n=n)}) + "\n"
                   for n in range(start, start + count))


@pytest.mark.release
def test_files_are_submitted_and_moved_whole_ones_and_faulty_ones(system):
    drop = system.drop
    (drop / "early.jsonl").write_text(lines(3))
    watcher = watch(system, "--json")
    (drop / "a.txt").write_text(TEXT.format(n=100))
    (drop / "half.jsonl").write_text(lines(1, 10) + "no json\n" + lines(1, 11))
    (drop / ".being-written.txt").write_text("not yet")
    (drop / "notes.csv").write_text("a,b")
    wait_until(lambda: names(drop / "done") == ["a.txt", "early.jsonl"], "two are done")
    wait_until(lambda: names(drop / "failed") == ["half.jsonl"], "one failed")
    assert len(system.results_of(6)) == 6
    assert names(drop) == [".being-written.txt", "done", "failed", "notes.csv"]
    os.rename(drop / ".being-written.txt", drop / "early.jsonl")  # a name that was there before
    (drop / "early.jsonl").write_text(lines(1, 20))
    wait_until(lambda: names(drop / "done") == ["a.txt", "early.jsonl", "early.jsonl.1"],
               "it is kept beside the other")
    system.stop(watcher)
    log = system.log_of(watcher)
    assert '{"id":"n1","duplicate":false}' in log
    assert "half.jsonl:2: invalid JSON" in log
    assert "half.jsonl: 2 accepted, 0 duplicates, 1 refused" in log


def test_a_file_that_is_still_written_to_waits(system):
    watch(system)
    with open(system.drop / "slow.jsonl", "w", encoding="utf-8") as file:
        for n in range(8):
            file.write(lines(1, n))
            file.flush()
            time.sleep(0.4)
    wait_until(lambda: names(system.drop / "done") == ["slow.jsonl"], "it is done")
    assert len(system.results_of(8)) == 8


def test_a_writer_that_pauses_loses_nothing(system):
    watch(system)
    with open(system.drop / "paused.jsonl", "w", encoding="utf-8") as file:
        file.write(lines(3))
        file.flush()
        time.sleep(4)
        file.write(lines(3, 3))
    wait_until(lambda: names(system.drop / "done") == ["paused.jsonl"], "it is done")
    assert len(system.results_of(6)) == 6


def test_what_is_appended_while_a_file_is_read_is_read_too(system):
    path = system.drop / "log.jsonl"
    system.kill(system.running[0])
    path.write_text(lines(3))
    watcher = watch(system)
    time.sleep(3)                       # it is read, and waits for the broker
    with open(path, "a", encoding="utf-8") as file:
        file.write(lines(3, 3))
    system.start_broker()
    wait_until(lambda: names(system.drop / "done") == ["log.jsonl"], "it is done")
    assert len(system.results_of(6)) == 6
    assert "log.jsonl: has grown meanwhile and is read again" in system.log_of(watcher)


def test_files_wait_for_a_broker_that_is_away_and_none_is_lost(system):
    broker = system.running[0]
    watcher = watch(system)
    (system.drop / "1.jsonl").write_text(lines(50))
    wait_until(lambda: names(system.drop / "done") == ["1.jsonl"], "the first is done")
    system.kill(broker)
    (system.drop / "2.jsonl").write_text(lines(50, 50))
    time.sleep(2.5)
    assert names(system.drop) == ["2.jsonl", "done"]
    system.start_broker()
    wait_until(lambda: names(system.drop / "done") == ["1.jsonl", "2.jsonl"], "the second is done")
    system.kill(watcher)  # after that, what stays in the folder comes again
    (system.drop / "3.jsonl").write_text(lines(60, 45))
    watch(system)
    wait_until(lambda: "3.jsonl" in names(system.drop / "done"), "the third is done")
    assert sorted(row["id"] for row in system.results_of(105)) == sorted(f"n{n}" for n in range(105))


def test_a_folder_that_is_not_there_is_said(system):
    status, _, notes = system.ask("submit", "--watch", str(system.drop / "none"))
    assert status == 1 and "none: No such file or directory" in notes
