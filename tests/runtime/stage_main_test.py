"""What every stage program does with its command line, and as a filter."""
import base64
import glob
import json
import os
import resource
import subprocess

import pytest
import schemas

SECONDS = 120
FULL_MB = 200       # of one line
MEMORY_MB = 120     # that this line may cost: the limit of a line, and the program
GOOD = {"id": "good", "text": "The ferry to Port Alder was late again on Monday, the harbour "
                              "office said. It will be late on Tuesday too.\n" * 3}
HELP_PARTS = ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "ENVIRONMENT", "EXIT STATUS")


@pytest.fixture
def clean(programs):
    return os.path.join(programs, "nutgraf-clean")


def line_of(item):
    return json.dumps(item, ensure_ascii=False).encode() + b"\n"


def run(*command, data=b"", **more):
    return subprocess.run(command, input=data, capture_output=True, timeout=SECONDS,
                          check=False, **more)


def write_config(folder, text):
    (folder / "pipeline.json").write_text(text)
    return str(folder)


# --- the command line --------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["clean", "tag", "summarise", "deliver"])
def test_help_is_a_manual(programs, stage):
    done = run(os.path.join(programs, f"nutgraf-{stage}"), "--help")
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0
    parts = [line for line in lines if line and line[0] != " "]
    assert parts in ([*HELP_PARTS], [*HELP_PARTS, "STAGE OPTIONS"])
    assert lines[1].startswith(f"    nutgraf-{stage} - ")
    assert max(map(len, lines)) <= 92


def test_version_is_told(clean):
    name, version = run(clean, "--version").stdout.decode().split()
    assert name == "nutgraf-clean" and version


@pytest.mark.parametrize("words", [["--bad"], ["more"], ["--stage"], ["--filter=x"]])
def test_wrong_words_are_usage_errors(clean, words):
    done = run(clean, *words)
    assert done.returncode == 2
    assert b"--help" in done.stderr and done.stdout == b""


@pytest.mark.parametrize("words", [[], ["--filter"]])
@pytest.mark.parametrize("text, reason", [
    (None, "pipeline.json: "),
    ("{\"stages\": [", "pipeline.json"),
    ("{\"stages\": [{\"name\": \"clean\", \"lease_ms\": -5}]}", "lease_ms is -5"),
    ("{\"stages\": [{\"name\": \"clean\", \"program\": \"tag\"}]}", "nutgraf-tag"),
])
def test_wrong_configuration_is_named(clean, tmp_path, words, text, reason):
    if text is not None:
        write_config(tmp_path, text)
    done = run(clean, *words, "--config", str(tmp_path))
    assert done.returncode == 3
    assert reason in done.stderr.decode()


def test_unknown_stage_is_named(clean, tmp_path):
    config = write_config(tmp_path, '{"stages": [{"name": "clean"}]}')
    done = run(clean, "--config", config, "--stage", "polish")
    assert done.returncode == 3
    assert 'there is no stage "polish"' in done.stderr.decode()


def test_variable_names_the_configuration(clean, tmp_path):
    config = write_config(tmp_path, "{")
    done = run(clean, env={**os.environ, "NUTGRAF_CONFIG": config})
    assert done.returncode == 3
    assert config in done.stderr.decode()


# --- the filter --------------------------------------------------------------------------


def test_full_disk_is_a_failure(clean):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([clean, "--filter"], input=line_of(GOOD), stdout=full,
                              stderr=subprocess.PIPE, timeout=SECONDS, check=False)
    assert done.returncode == 1
    assert b"No space left on device" in done.stderr


def test_closed_pipe_is_a_failure(clean):
    process = subprocess.Popen([clean, "--filter"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    process.stdin.write(line_of(GOOD))
    process.stdin.flush()
    assert process.wait(SECONDS) == 1
    assert b"Broken pipe" in process.stderr.read()
    process.stdin.close()
    process.stderr.close()


def test_answer_comes_before_the_next_line(clean):
    with subprocess.Popen([clean, "--filter"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        for name in ("a", "b"):
            process.stdin.write(line_of({**GOOD, "id": name}))
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == name
        process.stdin.close()
        assert process.wait(SECONDS) == 0


@pytest.mark.release
def test_a_huge_line_costs_itself_alone(clean, programs):
    with subprocess.Popen([clean, "--filter"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        process.stdin.write(b'{"id":"huge","text":"')
        for _ in range(FULL_MB):
            process.stdin.write(b"x" * 1_000_000)
        process.stdin.write(b'"}\n' + line_of(GOOD))
        process.stdin.close()
        lines = [json.loads(line) for line in process.stdout]
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    assert [line["id"] for line in lines] == [None, "good"]
    assert "200000023 bytes, at most 67108864" in lines[0]["fault"]["reason"]
    if "asan" not in programs: # a sanitizer keeps what is freed
        assert usage.ru_maxrss / 1024 < MEMORY_MB


@pytest.mark.release
def test_small_address_space_is_a_fault_not_a_crash(clean, programs):
    if "asan" in programs:
        pytest.skip("a sanitizer needs the address space")
    limit = 256 << 20
    data = line_of({"id": "large", "text": "x" * (60 << 20)}) + line_of(GOOD)
    done = run(clean, "--filter", data=data,
               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert [line["id"] for line in lines][1:] == ["good"]
    assert lines[0]["fault"]["kind"] == "retry"


def samples(root):
    """The bundled pages, and lines that are no article."""
    lines = [line_of({"id": "none"}), b"rubbish\n", b"\n"]
    for path in sorted(glob.glob(f"{root}/tests/samples/*")):
        with open(path, "rb") as file:
            data = file.read()
        item = {"html_base64": base64.b64encode(data).decode()} if path.endswith(".html") \
            else {"text": data.decode()}
        lines.insert(-1, line_of({"id": os.path.basename(path), **item}))
    return lines


def piped(programs, data):
    for stage in ("clean", "tag", "summarise"):
        done = run(os.path.join(programs, f"nutgraf-{stage}"), "--filter", data=data)
        assert done.returncode == 0, done.stderr
        data = done.stdout
    return data


@pytest.mark.release
def test_three_filters_compose(programs, root):
    given = samples(root)
    out = piped(programs, b"".join(given))
    results = [json.loads(line) for line in out.splitlines()]
    assert len(results) == len(given) > 10
    assert [result["id"] for result in results] == \
        ["none", None] + [json.loads(line)["id"] for line in given[2:-1]] + [None]
    for result in results:
        assert schemas.faults("result", result) == []
    for result in results[2:-1]:
        assert result["clean"]["text"]
        assert result["entities"]["items"] or not result["entities"]["lang_supported"]
        assert result["summary"]["sentences"] and "trace" not in result
    assert piped(programs, b"".join(given)) == out, "the same lines, other bytes"
