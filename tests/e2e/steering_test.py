"""trace, pause, resume, drain, cancel, reprocess and metrics against a broker that runs."""
import json
import re
import signal
import subprocess
import time

import pytest

from e2e.system import System, wait_until

TEXT = ("The bridge in Leeds opened again on Monday after ten years of work. "
        "Mayor Ann Brook cut the ribbon and thanked the engineers.")
STAGES = ("clean", "tag", "deliver")


def article(name, text=TEXT):
    return {"id": name, "text": text}


@pytest.fixture
def system(tmp_path, programs):
    """A broker on the route clean, tag, deliver; no worker yet."""
    made = System(tmp_path, programs, [{"name": "clean"}, {"name": "tag"}],
                  heartbeat_ms=5000)
    made.broker = made.start_broker()
    yield made
    made.close()


@pytest.fixture
def serving(system):
    system.workers = {stage: system.start(system.program(stage)) for stage in STAGES}
    return system


def stage_of(system, name):
    stages = json.loads(system.ask("status", "--json")[1])["stages"]
    return next(stage for stage in stages if stage["name"] == name)


def finish(system, *names):
    """Submits articles and waits for their ends; what the command said."""
    lines = "".join(json.dumps(article(name)) + "\n" for name in names)
    status, output, notes = system.ask("submit", "--wait", "-", text=lines)
    assert status == 0, notes
    return output


# --- trace ---------------------------------------------------------------------------------


def test_trace_tells_every_hop_of_a_finished_article(serving):
    finish(serving, "one")
    status, output, _ = serving.ask("trace", "one")
    lines = output.splitlines()
    assert (status, lines[0]) == (0, "one: done")
    assert re.fullmatch(r"STAGE +WORKER +ATTEMPT +WAITED +WORKED +MODEL", lines[2])
    for line, stage in zip(lines[3:], ("clean", "tag"), strict=True):
        assert re.match(rf"{stage} +{stage}@\S+ +1 +[\d.]+ m?s +[\d.]+ m?s +\S+$", line), line
    status, output, _ = serving.ask("trace", "--json", "one")
    journey = json.loads(output)
    assert (status, journey["id"], journey["state"]) == (0, "one", "done")
    assert [hop["stage"] for hop in journey["trace"]] == ["clean", "tag"]
    assert journey["trace"] == serving.results()[0]["trace"]


def test_trace_tells_where_an_article_waits(system):
    system.submit([article("one")])
    status, output, notes = system.ask("trace", "one")
    assert status == 0 and "no stage has finished with it yet" in notes
    assert re.fullmatch(r"one: ready at clean, attempt 1, for [\d.]+ m?s\n", output), output
    system.start(system.program("clean"))
    wait_until(lambda: stage_of(system, "tag")["ready"] == 1, "the article waits at tag")
    status, output, _ = system.ask("trace", "one")
    assert status == 0 and output.startswith("one: ready at tag, ")
    assert re.search(r"^clean +clean@", output, re.MULTILINE)


def test_trace_tells_why_an_article_is_dead(serving):
    serving.ask("submit", "--wait", "-", text=json.dumps(article("blank", " ")))
    reason = json.loads(serving.ask("dead-letters", "list", "--json")[1])["reason"]
    status, output, _ = serving.ask("trace", "blank")
    assert (status, output) == (0, f"blank: dead at clean: {reason}\n")


def test_trace_of_nobody_is_status_1(system):
    status, output, notes = system.ask("trace", "nobody")
    assert (status, output) == (1, "")
    assert notes == "nutgraf: nobody: the broker knows no article of this id\n"


# --- pause, resume, drain ------------------------------------------------------------------


def test_a_paused_stage_waits_until_it_is_resumed_over_a_restart_too(serving):
    status, _, notes = serving.ask("pause", "tag")
    assert (status, notes) == (0, "nutgraf: tag is paused, its workers are idle\n")
    serving.submit([article("one")])
    wait_until(lambda: stage_of(serving, "tag")["ready"] == 1, "the article waits at tag")
    assert re.search(r"^tag .* paused$", serving.ask("status")[1], re.MULTILINE)
    serving.kill(serving.broker)
    serving.broker = serving.start_broker()
    wait_until(lambda: stage_of(serving, "tag")["workers"] == 1, "tag is back")
    time.sleep(0.3)
    assert stage_of(serving, "tag")["ready"] == 1 and not serving.results()
    status, output, _ = serving.ask("resume", "--json", "tag")
    assert (status, json.loads(output)) == (0, {"stage": "tag", "paused": False, "leased": 0})
    assert [row["id"] for row in serving.results_of(1)] == ["one"]
    assert "paused" not in serving.ask("status")[1]


def stopped_with_work(system, name):
    """Stops the worker of `tag` so that it holds an article for as long as the lease."""
    worker = system.workers["tag"]
    wait_until(lambda: stage_of(system, "tag")["workers"] == 1, "tag is there")
    worker.send_signal(signal.SIGSTOP)
    system.submit([article(name)])
    wait_until(lambda: stage_of(system, "tag")["leased"] == 1, "tag holds the article")
    return worker


def test_drain_waits_for_what_a_worker_holds(serving):
    worker = stopped_with_work(serving, "one")
    status, output, _ = serving.ask("drain", "--timeout", "1", "--json", "tag")
    worker.send_signal(signal.SIGCONT)
    assert status == 1, "the time is over"
    assert json.loads(output) == {"stage": "tag", "paused": True, "leased": 1}
    wait_until(lambda: stage_of(serving, "tag")["leased"] == 0, "tag answers")
    assert stage_of(serving, "tag")["paused"]
    assert serving.ask("resume", "tag")[0] == 0

    worker = stopped_with_work(serving, "two")
    draining = subprocess.Popen([serving.program(""), "drain", "tag"], cwd=serving.folder,
                                env=serving.environment(), stderr=subprocess.PIPE, text=True)
    time.sleep(0.5)
    assert draining.poll() is None
    worker.send_signal(signal.SIGCONT)
    assert draining.communicate(timeout=30)[1] == \
        "nutgraf: tag is paused; waiting for the 1 that its workers hold\n" \
        "nutgraf: tag is paused, its workers are idle\n"
    assert draining.returncode == 0


def test_a_stage_that_is_not_there_is_named(system):
    for word in ("pause", "resume", "drain"):
        assert system.ask(word, "nothing") == (1, "", "nutgraf: nothing: no such stage\n")


# --- cancel --------------------------------------------------------------------------------


def test_cancelled_articles_are_dead_letters_that_a_retry_brings_back(system):
    system.submit([article(name) for name in "abc"])
    status, _, notes = system.ask("cancel", "a", "-", text="b\tdone\n\n")
    assert (status, notes) == (0, "nutgraf: 2 cancelled; they are dead letters now\n")
    listed = [line.split("\t") for line in system.ask("dead-letters", "list")[1].splitlines()]
    assert listed == [[name, "clean", "cancelled on request"] for name in "ab"]
    assert system.ask("dead-letters", "retry", "a")[0] == 0
    for stage in STAGES:
        system.start(system.program(stage))
    assert {row["id"] for row in system.results_of(2)} == {"a", "c"}


def test_what_cannot_be_cancelled_is_named_with_its_state(serving):
    finish(serving, "one")
    status, output, notes = serving.ask("cancel", "--json", "one", "nobody")
    assert (status, json.loads(output)) == (1, {"count": 0})
    assert notes == ("nutgraf: one: does not wait, it is done\n"
                     "nutgraf: nobody: does not wait, it is unknown\n")


# --- reprocess -----------------------------------------------------------------------------


def test_a_reprocessed_article_is_another_row_of_the_same_id(serving):
    finish(serving, "one")
    status, _, notes = serving.ask("reprocess", "--from", "tag", "--since", "1d")
    assert (status, notes) == (0, "nutgraf: 1 go through the route again, from tag on\n")
    rows = serving.results_of(2)
    assert [row["id"] for row in rows] == ["one", "one"]
    assert [[hop["stage"] for hop in row["trace"]] for row in rows] == [
        ["clean", "tag"], ["clean", "tag", "tag"]]
    assert rows[0]["clean"] == rows[1]["clean"] and rows[0]["entities"] == rows[1]["entities"]


def test_reprocess_takes_ids_and_says_how_many_it_does_not_know(serving):
    output = finish(serving, "one", "two", "three")
    serving.ask("pause", "tag")
    status, output, notes = serving.ask("reprocess", "--from=tag", "--json", "nobody", "-",
                                        text=output)
    assert (status, json.loads(output)) == (1, {"count": 3})
    assert notes == ("nutgraf: 1 of 4 ids are not those of finished articles that are still "
                     "kept\n")
    assert stage_of(serving, "tag")["ready"] == 3
    serving.ask("resume", "tag")
    assert sorted(row["id"] for row in serving.results_of(6)) == [
        name for name in ("one", "three", "two") for _ in range(2)]


def test_reprocess_since_leaves_older_articles_alone(serving):
    finish(serving, "old")
    time.sleep(2.1)
    finish(serving, "new")
    status, output, _ = serving.ask("reprocess", "--from", "tag", "--since", "1s", "--json")
    assert (status, json.loads(output)) == (0, {"count": 1})
    assert [row["id"] for row in serving.results_of(3)] == ["old", "new", "new"]


def test_reprocess_begins_at_a_stage_that_is_there_and_is_no_sink(system):
    for stage in ("nothing", "deliver"):
        status, _, notes = system.ask("reprocess", "--from", stage, "--since", "1d")
        assert (status, notes) == (1, f"nutgraf: {stage}: reprocess: from must be a stage that is no sink\n")


# --- status, metrics -----------------------------------------------------------------------


def test_status_marks_a_stage_that_nobody_serves(system):
    system.submit([article("one")])
    output = system.ask("status")[1]
    assert re.search(r"^clean .*  no worker$", output, re.MULTILINE), output
    assert not re.search(r"^tag .*no worker", output, re.MULTILINE)
    assert "0 kept for reprocessing" in output


def test_status_watches_until_it_is_interrupted(serving):
    watching = subprocess.Popen([serving.program(""), "status", "--watch"],
                                env=serving.environment(), cwd=serving.folder, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    finish(serving, "one")
    time.sleep(2.5)
    watching.send_signal(signal.SIGINT)
    output, notes = watching.communicate(timeout=10)
    assert (watching.returncode, notes) == (0, "")
    assert output.count("STAGE ") >= 4 and "\033" not in output
    assert re.search(r"OLDEST +DONE/S +P50 +P95$", output, re.MULTILINE)
    assert "1 accepted · 1 finished" in output


def test_metrics_are_those_of_prometheus(serving):
    finish(serving, "one")
    status, output, notes = serving.ask("metrics")
    assert (status, notes) == (0, "")
    for line in output.splitlines():
        assert re.fullmatch(r"#.*|[a-z_]+(\{[^}]*\})? [-+0-9.einfNa]+", line), line
    assert 'nutgraf_jobs{stage="tag",state="ready"} 0' in output
    assert "# TYPE nutgraf_jobs gauge" in output


def test_metrics_come_as_json_as_well(serving):
    finish(serving, "one")
    status, output, notes = serving.ask("metrics", "--json")
    samples = [json.loads(line) for line in output.splitlines()]
    assert (status, notes) == (0, "")
    assert all(set(it) == {"name", "labels", "value"} for it in samples)
    assert {"name": "nutgraf_jobs", "labels": {"stage": "tag", "state": "ready"}, "value": 0.0} in samples
    text = serving.ask("metrics")[1].splitlines()
    assert len(samples) == sum(not line.startswith("#") for line in text)
