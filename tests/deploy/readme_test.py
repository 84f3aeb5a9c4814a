"""The README's chapter on Compose, run as it stands where there is no image yet."""
import contextlib
import json
import os
import re
import urllib.error
import urllib.request

import pytest

from deploy import compose, tree
from deploy.images import built
from deploy.stack import call, free_port, pages

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


@pytest.mark.parametrize("find", [compose.new, compose.old], ids=["compose v2", "docker-compose 1.29"])
def test_the_chapter_on_compose_is_true_in_a_new_clone_and_without_an_image(image, tmp_path, find):
    """`image` is there for the base alone. First everybody may, then who has the token."""
    program = find()
    if program is None:
        pytest.skip("this Compose cannot be had")
    port = str(free_port())
    steps = [script for script in tree.scripts("With Docker Compose") if "docker compose" in script]
    assert len(steps) == 2 and steps[0].startswith("docker compose -f docker/compose.yaml up --wait")
    own = image.replace(":", "-readme:")
    with clone_of(tmp_path, program, own, port) as environment:
        articles = [{"id": f"readme-{i}", "text": page["text"]}
                    for i, page in enumerate(pages()) if "text" in page]
        (tmp_path / "articles.jsonl").write_text("".join(json.dumps(each) + "\n" for each in articles))
        said = call("sh", "-ec", adapted(steps[0], program, port), cwd=tmp_path, **environment)
        assert not re.search(r"\bError\b.*registry", said), said  # nobody was asked for our own image
        assert {each["id"] for each in articles} <= {row["id"] for row in answers_in(said)}
        assert status_without_a_token(port) == 200
        said = call("sh", "-ec", adapted(steps[1], program, port), cwd=tmp_path, **environment)
        assert [row["status"] for row in answers_in(said)] == ["accepted"]
        assert status_without_a_token(port) == 401
