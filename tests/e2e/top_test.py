"""The live view, on a terminal and without one."""
import json
import os
import signal

import pytest

from e2e.system import System
from e2e.terminal import Terminal, plain

TEXT = "The bridge over the river has opened again, the council said on Monday, and buses will use it.\n"


@pytest.fixture
def system(tmp_path, programs):
    system = System(tmp_path, programs, [{"name": "clean"}])
    system.start_broker()
    yield system
    system.close()


@pytest.fixture
def terminal(system):
    opened = []

    def start(*words, env=None, **size):
        command = [system.program(""), *words]
        environment = {**system.environment(), "TERM": "xterm", **(env or {})}
        opened.append(Terminal(command, environment, cwd=system.folder, **size))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def test_it_follows_the_articles_and_the_dead_letters(system, terminal):
    top = terminal("top")
    top.wait_for("q ends")
    system.submit([{"id": "good", "text": TEXT}, {"id": "bad\u202e", "text": "!"}])
    system.start(system.program("clean"))
    system.start(system.program("deliver"))
    top.wait_for("DEAD LETTERS")
    seen = plain(top.text)
    assert "clean  bad" in seen and "\u202e" not in seen
    assert "DONE/S" in seen
    top.type("d")
    top.wait_for("d shows dead letters")
    assert "DEAD LETTERS" not in top.text
    top.type(" ")
    top.wait_for("held now")
    top.type("q")
    assert top.wait() == 0
    assert top.text.endswith("\x1b[?25h\x1b[?1049l") and top.is_as_before()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_the_terminal_is_left_as_it_was_after_a_signal(terminal, end):
    top = terminal("top")
    top.wait_for("q ends")
    assert not top.is_as_before()
    os.kill(top.process.pid, end)
    assert top.wait() == 0
    assert top.text.endswith("\x1b[?25h\x1b[?1049l") and top.is_as_before()


def test_it_goes_on_when_the_broker_comes_back(system, terminal):
    top = terminal("top")
    top.wait_for("q ends")
    system.kill(system.running[0])
    top.wait_for("no broker answers at")
    system.start_broker()
    top.text = ""
    top.wait_for("q ends")


def test_a_small_screen_never_scrolls(system, terminal):
    top = terminal("top", "-n", "2", rows=6, columns=40)
    assert top.wait() == 0
    for view in top.text.split("\x1b[H")[1:]:
        assert view.count("\n") <= 5


@pytest.mark.parametrize("variables, has_colour", [
    ({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colours_are_for_terminals_that_want_them(terminal, variables, has_colour):
    top = terminal("top", "-n", "1", env=variables)
    assert top.wait() == 0
    assert ("\x1b[1m" in top.text or "\x1b[2m" in top.text) == has_colour


def test_without_a_terminal_each_view_is_plain_lines(system):
    status, output, _ = system.ask("top", "-n", "2")
    assert status == 0 and "\x1b" not in output and output.count("STAGE") == 2
    status, output, _ = system.ask("top", "-n", "2", "--json")
    assert status == 0
    assert [json.loads(line)["accepted"] for line in output.splitlines()] == [0, 0]


def test_no_broker_is_status_4(system):
    system.kill(system.running[0])
    status, _, notes = system.ask("top", "-n", "1")
    assert status == 4 and "no broker answers" in notes


def test_submit_draws_its_progress_on_a_terminal_alone(system, terminal, tmp_path):
    lines = "".join(json.dumps({"id": f"n{i}", "text": TEXT}) + "\n" for i in range(20000))
    (tmp_path / "many.jsonl").write_text(lines)
    shown = terminal("submit", "--json", "many.jsonl")
    assert shown.wait() == 0
    assert "\r" in shown.text.replace("\r\n", "") and "20000 accepted" in plain(shown.text)
    status, output, notes = system.ask("submit", "--json", "many.jsonl")
    assert status == 0 and "\r" not in notes and "\x1b" not in notes + output
    assert all(json.loads(line)["duplicate"] for line in output.splitlines())
