"""The README's chapter on Compose, run as it stands in a new clone where there is no image yet."""
import contextlib
import json
import os
import re
import urllib.error
import urllib.request
from types import SimpleNamespace

import pytest

from deploy import compose, tree
from deploy.images import built
from deploy.stack import call, free_port, pages, wait_until
from deploy.tree import recipe, scripts
from e2e.page import STORY, Page

NAME = f"nutgraf-test-{os.getpid()}-readme"


@contextlib.contextmanager
def clone_of(folder, program, image, port):
    """A clone, and what its commands run with; all that they made goes again."""
    tree.clone(folder)
    environment = {"NUTGRAF_IMAGE": image, "COMPOSE_PROJECT_NAME": NAME, "NUTGRAF_HTTP_PORT": port}
    with built(image):
        try:
            yield environment
        finally:
            call(*program, "-f", "docker/compose.yaml", "down", "-v", "-t", "10", cwd=folder,
                 **environment)


def adapted(script, program, port):
    """For a port of its own, with all that is said in one place and, for Compose 1.29, without the
    option that it lacks."""
    script = "exec 2>&1\n" + script.replace("8080", port).replace("docker compose", " ".join(program))
    if program == compose.old():
        script = script.replace("up --wait", "up -d")
        # What --wait does.
        script = script.replace("curl -sf", "curl -sf --retry 60 --retry-all-errors --retry-delay 1")
    return script


def answers_in(said):
    """The objects that lines begin with; an answer to curl ends without a line feed."""
    return [json.JSONDecoder().raw_decode(line)[0] for line in said.splitlines()
            if line.startswith('{"id"')]


def status_without_a_token(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/results", timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def see_the_page(port):
    """A person's way: the page is opened and reads an article."""
    page = Page(SimpleNamespace(port=port)).open()
    page.try_text(STORY)
    page.until_read()
    assert "Springfield" in page.text("#outcome")
    page.close()


def articles(count):
    """Lines for `nutgraf submit`."""
    texts = [page["text"] for page in pages() if "text" in page]
    return "".join(json.dumps({"id": f"readme-{i}", "text": texts[i % len(texts)]}) + "\n"
                   for i in range(count))


def volumes():
    return call("docker", "volume", "ls", "-q", "-f", f"label=com.docker.compose.project={NAME}").split()


def waiting_and_kept(run):
    """Articles under way or given up, and those that the broker keeps as finished, each once."""
    said = run("docker compose -f docker/compose.yaml exec -T gateway nutgraf status --json")
    status = json.loads(said.strip().splitlines()[-1])
    return status["queued"] + status["buried"], status["kept"]


def change_source(folder):
    """Another version of nutgraf, which its programs and the image say they are."""
    file = folder / "docker/Dockerfile"
    file.write_text(file.read_text().replace("ARG VERSION=", "ARG VERSION=9."))


def try_dev(folder, run, programs):
    """The overlay's own words; then an article from the host, through the doors they open."""
    ports = {door: str(free_port()) for door in ("INGEST", "WORK", "ADMIN")}
    run(recipe("docker/compose.dev.yaml"), **{f"NUTGRAF_{door}_PORT": port for door, port in ports.items()})
    assert "9." in run("docker compose -f docker/compose.yaml exec -T tag nutgraf --version")
    keys = f"{folder}/var/keys"
    words = {"NUTGRAF_BROKER_SECURITY": "curve", "NUTGRAF_BROKER_SERVER_PUBLIC": f"{keys}/broker.public",
             "NUTGRAF_BROKER_PEER_SECRET": f"{keys}/host.secret", "NUTGRAF_CONFIG": f"{folder}/config",
             **{f"NUTGRAF_BROKER_{door}": f"tcp://127.0.0.1:{ports[door]}" for door in ("INGEST", "ADMIN")}}
    said = call(f"{programs}/nutgraf", "submit", "--wait", "-", **words,
                text='{"id": "from-host", "text": "The mayor of Springfield opened a bridge."}')
    assert said == "from-host\tdone\n"


@pytest.mark.parametrize("find", [compose.new, compose.old], ids=["compose v2", "docker-compose 1.29"])
def test_the_chapter_on_compose_is_true_in_a_new_clone_and_without_an_image(image, tmp_path, find, programs):
    """`image` is there for the base alone. First everybody may, then who has the token; then there is
    another version, built by the overlay for developers, and in the end nothing."""
    program = find()
    if program is None:
        pytest.skip("this Compose cannot be had")
    port = str(free_port())
    steps = [script for script in scripts("With Docker Compose") if "docker compose" in script]
    assert len(steps) == 3 and steps[0].startswith("docker compose -f docker/compose.yaml up --wait")
    own = image.replace(":", "-readme:")
    clone = tmp_path / "clone"
    with clone_of(clone, program, own, port) as environment:
        def run(script, **more):
            return call("sh", "-ec", adapted(script, program, port), cwd=clone, **environment, **more)
        (clone / "articles.jsonl").write_text(articles(4))
        said = run(steps[0])
        assert not re.search(r"\bError\b.*registry", said), said  # nobody was asked for our own image
        assert {f"readme-{i}" for i in range(4)} <= {row["id"] for row in answers_in(said)}
        assert status_without_a_token(port) == 200
        see_the_page(port)
        said = run(steps[1])
        assert [row["status"] for row in answers_in(said)] == ["accepted"]
        assert status_without_a_token(port) == 401
        before = volumes()
        if program == compose.new():
            wait_until(lambda: waiting_and_kept(run)[0] == 0, "what the chapter sent is finished")
            finished = waiting_and_kept(run)[1]
            (clone / "articles.jsonl").write_text(articles(60))
            change_source(clone)
            run("docker compose -f docker/compose.yaml exec -T gateway nutgraf submit - < articles.jsonl")
            try_dev(clone, run, programs)
            (clone / "articles.jsonl").write_text(articles(400))  # some seconds of work
            run("docker compose -f docker/compose.yaml exec -T gateway nutgraf submit - < articles.jsonl")
        build, up, down, clear = steps[2].splitlines()
        run(f"{build}\n{up}")
        if program == compose.new():  # 4 of the 400 were not new, one came from the host
            wait_until(lambda: waiting_and_kept(run) == (0, finished + 397), "what was under way is finished")
        run(down)
        assert sorted(volumes()) == sorted(before) and len(before) == 8
        run(clear)
        assert volumes() == []
