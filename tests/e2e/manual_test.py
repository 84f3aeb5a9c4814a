"""The man page, the completions and the measuring: each is about the commands as they are."""
import json
import os
import re
import shutil
import subprocess

import pytest

from e2e.terminal import Terminal


def nutgraf(programs, *words, **more):
    return subprocess.run([f"{programs}/nutgraf", *words], capture_output=True, text=True,
                          timeout=120, **more)


def commands(programs):
    return [word for word in nutgraf(programs, "completion", "commands").stdout.split()
            if not word.startswith("-") and word != "help"]


def test_the_list_of_commands_is_that_of_the_help(programs):
    listed = nutgraf(programs, "--help").stdout.split("COMMANDS\n")[1].split("\n\n")[0]
    assert [line.split()[0] for line in listed.splitlines()] == commands(programs)
    assert {"top", "bench", "doctor", "completion"} <= set(commands(programs))


def test_the_man_page_has_every_command_and_option_and_no_fault(programs, tmp_path):
    page = nutgraf(programs, "help", "--man").stdout
    (tmp_path / "nutgraf.1").write_text(page)
    for command in commands(programs):
        escaped = command.replace("-", "\\-")
        assert f".SS {escaped}\n" in page
        for option in nutgraf(programs, command, "--help-options").stdout.split():
            assert option == "--help" or option.replace("-", "\\-") in page, (command, option)
    if shutil.which("groff"):
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-rLL=78n", str(tmp_path / "nutgraf.1")],
                              capture_output=True, text=True, check=True)
        assert done.stderr == ""
        assert "nutgraf - cleans, tags and summarises" in re.sub("\x1b\\[[0-9;]*m", "", done.stdout)


def complete(programs, *words):
    """What bash offers for the last of the words."""
    script = ('source <(nutgraf completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
              '_nutgraf; printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True, text=True,
                          env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}, timeout=60)
    assert done.stderr == "", done.stderr
    return done.stdout.split()


def test_bash_completes_commands_options_and_stages(programs):
    assert complete(programs, "nutgraf", "do") == ["doctor"]
    assert complete(programs, "nutgraf", "submit", "--w") == ["--wait", "--watch"]
    assert complete(programs, "nutgraf", "pause", "cl") == ["clean"]
    assert complete(programs, "nutgraf", "dead-letters", "re") == ["retry"]


# Each begins a shell in which somebody who follows the manual has just set it up.
SHELLS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"], "bash, installed": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"], "zsh, installed": ["zsh", "-f", "-i"],
}
SETUPS = {
    "bash": "source <(nutgraf completion bash)",
    "bash, installed": "source {folder}/nutgraf",  # which bash-completion does at the first TAB
    "zsh": "autoload -U compinit; compinit -D -u; source <(nutgraf completion zsh)",
    "zsh, installed": "fpath=({folder} $fpath); autoload -U compinit; compinit -D -u",
}
# What is typed, with TAB twice, and what the shell makes of it or offers.
TYPED = [
    ("nutgraf doc", ["nutgraf doctor "]), ("nutgraf pause cl", ["nutgraf pause clean "]),
    ("nutgraf dead-letters re", ["nutgraf dead-letters retry "]), ("nutgraf submit --wat", ["nutgraf submit --watch "]),
    ("nutgraf submit my\\ pa", ["nutgraf submit my\\ page.html "]), ("nutgraf completion ", ["bash", "zsh"]),
    ("nutgraf re", ["reprocess", "resume"]), ("nutgraf drain ", ["clean", "tag", "summarise", "deliver"]),
]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_completes_what_is_typed(programs, root, tmp_path, shell):
    (tmp_path / "my page.html").write_text("x")
    for kind, name in (("bash", "nutgraf"), ("zsh", "_nutgraf")):
        (tmp_path / name).write_text(nutgraf(programs, "completion", kind).stdout)
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(tmp_path), "TERM": "dumb", "PS1": "> ",
                   "LC_ALL": "C.UTF-8", "NUTGRAF_CONFIG": f"{root}/config", "INPUTRC": "/dev/null"}
    terminal = Terminal(SHELLS[shell], environment, columns=200, cwd=tmp_path)
    try:
        terminal.type(SETUPS[shell].format(folder=tmp_path) + "; PS1='> '; echo rea''dy\n")
        terminal.wait_for("ready\r\n")
        for typed, offered in TYPED:
            terminal.type(f"{typed}\t")
            terminal.read(0.3)
            os.write(terminal.master, b"\t")
            for words in offered:
                terminal.wait_for(words)
            os.write(terminal.master, b"\x15echo clear''ed\n")  # ^U takes the line back
            terminal.wait_for("cleared\r\n")
            assert "rror" not in terminal.text and "not found" not in terminal.text, terminal.text
    finally:
        terminal.close()


def test_another_shell_is_refused(programs):
    done = nutgraf(programs, "completion", "fish")
    assert done.returncode == 2 and "bash or zsh" in done.stderr


def test_it_measures_each_stage_and_all_together(programs, root):
    done = nutgraf(programs, "bench", "-n", "30", "--json", cwd=root)
    assert done.returncode == 0, done.stderr
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert [step["step"] for step in steps] == ["clean", "tag", "summarise", "all, by a broker"]
    assert all(step["articles"] == 30 and step["rate"] > 0 for step in steps)
    assert all(abs(step["rate"] * step["seconds"] - 30) < 1 for step in steps)


def test_what_cannot_be_measured_is_said(programs, tmp_path):
    (tmp_path / "in.jsonl").write_text("no json\n")
    done = nutgraf(programs, "bench", str(tmp_path / "in.jsonl"))
    assert done.returncode == 1 and "no article could be read of it" in done.stderr


def test_installed_files_lie_where_man_and_shells_look(programs, root, tmp_path):
    subprocess.run(["make", "-s", "install", f"DESTDIR={tmp_path}", "PREFIX=/usr",
                    f"BUILD={os.path.dirname(programs)}"], cwd=root, check=True, timeout=300,
                   stdout=subprocess.DEVNULL)
    assert (tmp_path / "usr/share/man/man1/nutgraf.1").read_text().startswith(".TH NUTGRAF 1")
    words = tmp_path / "usr/share/bash-completion/completions/nutgraf"
    assert "complete -o default -F _nutgraf nutgraf" in words.read_text()
    assert (tmp_path / "usr/share/zsh/site-functions/_nutgraf").read_text().startswith("#compdef")
