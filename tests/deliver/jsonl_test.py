"""A result reaches the file once, whatever happens to the processes that write it."""
import collections
import json
import os
import random
import subprocess
import threading

import pytest

from tests.deliver.deliver_process import Deliver, article

SEED = 20


def rows(path):
    """{id: how often}; every line must be whole."""
    data = path.read_bytes()
    assert data.endswith(b"\n")
    return collections.Counter(json.loads(line)["id"] for line in data.splitlines())


def options(path, **more):
    return {"type": "jsonl", "path": str(path), **more}


@pytest.mark.release
def test_redelivered_after_restart_is_written_once(programs, tmp_path):
    path = tmp_path / "var" / "results.jsonl"
    for _ in range(3):
        deliver = Deliver(programs, tmp_path, options(path))
        for number in range(20):
            assert deliver.send(article(number)) == article(number)
        assert deliver.close() == 0
    assert rows(path) == {article(n)["id"]: 1 for n in range(20)}
    assert json.loads(path.read_text().splitlines()[0]) == article(0)


def test_killed_at_random_moments_loses_and_doubles_nothing(programs, tmp_path):
    """As the queue does: what was not answered is delivered again."""
    chance = random.Random(SEED)
    path = tmp_path / "results.jsonl"
    waiting = [article(number, size=chance.randrange(20000)) for number in range(300)]
    done = []  # the articles
    kills = 0
    while waiting:
        deliver = Deliver(programs, tmp_path, options(path))
        killer = threading.Timer(chance.uniform(0, 0.06), deliver.process.kill)
        killer.start()
        try:
            while waiting:
                answer = deliver.send(waiting[0])
                if answer is None:
                    break
                assert "fault" not in answer
                done.append(waiting.pop(0))
        except BrokenPipeError:
            pass
        killer.cancel()
        deliver.kill()
        kills += 1
        if done and chance.random() < 0.3:  # and what was answered may come again
            waiting.append(chance.choice(done))
        assert kills < 2000
    assert kills > 5
    assert rows(path) == {article(n)["id"]: 1 for n in range(300)}
    assert len(done) >= 300


def test_another_result_of_an_article_is_another_row(programs, tmp_path):
    path = tmp_path / "results.jsonl"
    for _ in range(2):
        deliver = Deliver(programs, tmp_path, options(path))
        for size in (10, 20):
            assert deliver.send(article(1, size)) == article(1, size)
        assert deliver.close() == 0
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        article(1, 10), article(1, 20)]


@pytest.mark.parametrize("step", ["row_written", "row_synced"])
def test_dying_at_a_named_step_doubles_nothing(programs, tmp_path, step):
    path = tmp_path / "results.jsonl"
    deliver = Deliver(programs, tmp_path, options(path), crash_at=f"{step}:3")
    assert [deliver.send(article(n)) is not None for n in range(3)] == [True, True, False]
    assert deliver.close() == 137
    deliver = Deliver(programs, tmp_path, options(path))
    for number in range(4):
        assert deliver.send(article(number)) == article(number)
    assert deliver.close() == 0
    assert rows(path) == {article(n)["id"]: 1 for n in range(4)}


def test_every_torn_tail_is_repaired(programs, tmp_path):
    path = tmp_path / "results.jsonl"
    whole = "".join(json.dumps(article(n), ensure_ascii=False, separators=(",", ":")) + "\n"
                    for n in range(2)).encode()
    first = whole.index(b"\n") + 1
    for length in range(first, len(whole), 17):
        path.write_bytes(whole[:length])
        deliver = Deliver(programs, tmp_path, options(path))
        assert "fault" not in deliver.send(article(1))
        deliver.close()
        assert path.read_bytes() == whole


def test_several_processes_share_a_file(programs, tmp_path):
    path = tmp_path / "results.jsonl"
    workers = [Deliver(programs, tmp_path / str(i), options(path)) for i in range(4)]

    def feed(worker, seed):
        numbers = list(range(60))
        random.Random(seed).shuffle(numbers)
        for number in numbers:
            assert "fault" not in worker.send(article(number))

    threads = [threading.Thread(target=feed, args=(worker, seed))
               for seed, worker in enumerate(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [worker.close() for worker in workers] == [0] * 4
    assert rows(path) == {article(n)["id"]: 1 for n in range(60)}


def test_a_full_disk_is_tried_again_and_leaves_whole_rows(programs, tmp_path):
    """A file size limit stands for the disk: the write that meets it is cut in the middle."""
    path = tmp_path / "results.jsonl"
    limited = ["prlimit", "--fsize=2000", f"{programs}/nutgraf-deliver"]
    deliver = Deliver(programs, tmp_path, options(path))
    deliver.close()
    lines = "".join(json.dumps(article(n, size=500)) + "\n" for n in range(6))
    done = subprocess.run(
        ["/bin/sh", "-c", 'trap "" XFSZ; exec "$0" "$@"', *limited, "--filter", "--config",
         str(tmp_path)], input=lines.encode(), stdout=subprocess.PIPE, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    faults = [a["fault"] for a in answers if "fault" in a]
    assert [("fault" in a) for a in answers] == [False] * 3 + [True] * 3
    assert {f["kind"] for f in faults} == {"retry"}
    assert faults[0]["reason"] == f"{path}: cannot append 550 bytes: File too large"
    assert rows(path) == {article(n)["id"]: 1 for n in range(3)}

    deliver = Deliver(programs, tmp_path, options(path))
    for number in range(6):
        assert "fault" not in deliver.send(article(number, size=500))
    deliver.close()
    assert rows(path) == {article(n)["id"]: 1 for n in range(6)}


def test_wrong_options_end_the_program_with_the_reason(programs, tmp_path):
    with open(tmp_path / "log", "w+b") as log:
        deliver = Deliver(programs, tmp_path, {"type": "jsonl", "pfad": "x"}, log)
        assert deliver.close() == 3
        log.seek(0)
        assert log.read().decode() == ('nutgraf-deliver: stage "deliver": unknown key "pfad", '
                                       'the nearest is "path"\n')


def test_a_path_that_cannot_be_is_named(programs, tmp_path):
    with open(tmp_path / "log", "w+b") as log:
        deliver = Deliver(programs, tmp_path, options("/dev/null/x"), log)
        assert deliver.close() == 1
        log.seek(0)
        assert log.read().decode() == ("nutgraf-deliver: /dev/null/x: cannot open: "
                                       "Not a directory\n")
    assert not os.path.exists("/dev/null/x")
