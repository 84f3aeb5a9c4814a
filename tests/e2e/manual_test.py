"""The man page, the completions and the measuring: each is about the commands as they are."""
import json
import os
import re
import shutil
import subprocess

import pytest


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


def complete(programs, *words, cwd=None):
    """What bash offers for the last of the words."""
    script = ('source <(nutgraf completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
              '_nutgraf; printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True, text=True,
                          env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
                          cwd=cwd, timeout=60)
    assert done.stderr == "", done.stderr
    return done.stdout.split()


def test_bash_completes_commands_options_stages_and_files(programs, tmp_path):
    (tmp_path / "page.html").write_text("x")
    assert complete(programs, "nutgraf", "do") == ["doctor"]
    assert complete(programs, "nutgraf", "submit", "--w") == ["--wait", "--watch"]
    assert complete(programs, "nutgraf", "pause", "cl") == ["clean"]
    assert complete(programs, "nutgraf", "dead-letters", "re") == ["retry"]
    assert complete(programs, "nutgraf", "submit", "pa", cwd=tmp_path) == ["page.html"]


@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh here")
def test_zsh_reads_its_script(programs):
    script = nutgraf(programs, "completion", "zsh").stdout
    assert script.startswith("#compdef nutgraf\n")
    subprocess.run(["zsh", "-n"], input=script, text=True, check=True)


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
    assert "complete -o filenames -F _nutgraf nutgraf" in words.read_text()
    assert (tmp_path / "usr/share/zsh/site-functions/_nutgraf").read_text().startswith("#compdef")
