"""The description of the interface holds: Schemathesis asks a running gateway all that
openapi.json allows, and what it does not, and checks each answer against it. Only `follow` is
left to gateway_test.py: such an answer has no end."""
import json
import os
import subprocess

import pytest

from e2e.gateway import TOKENS
from tests.venv import python_of

EXAMPLES = 15      # requests made up for each operation, beside those at the edges
SECONDS = 900

# 422 is right for what the schema allows and the key, the query or the sum of both does not.
CONFIG = """
[checks]
positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "406", "409", "422", "429", "503"]
"""


@pytest.fixture(scope="session")
def schemathesis():
    """The program."""
    return os.path.join(os.path.dirname(python_of("openapi")), "schemathesis")


def test_the_interface_is_as_described(guarded, schemathesis, tmp_path):
    base = f"http://127.0.0.1:{guarded.port}"
    spec = guarded.get("/openapi.json").json
    results = spec["paths"]["/v1/results"]["get"]
    results["parameters"] = [it for it in results["parameters"] if it["name"] != "follow"]
    (tmp_path / "openapi.json").write_text(json.dumps(spec), encoding="utf-8")
    (tmp_path / "schemathesis.toml").write_text(CONFIG, encoding="utf-8")
    done = subprocess.run(
        [schemathesis, "run", "openapi.json", "--url", base, "--no-color",
         "--header", f"Authorization: Bearer {TOKENS['all']}", "--max-examples", str(EXAMPLES),
         "--phases", "examples,coverage,fuzzing", "--generation-deterministic",
         "--request-timeout", "60"],
        cwd=tmp_path, text=True, timeout=SECONDS, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout[-12000:]
    print(done.stdout[-1500:])  # how many requests it made
    assert "Tested: 13" in done.stdout, done.stdout[-3000:]
    assert guarded.get("/livez").status == 200


def test_what_it_names_is_there(guarded):
    """… and no path of the description is one that nobody serves."""
    spec = guarded.get("/openapi.json").json
    assert spec["openapi"].startswith("3.1.")
    for path, item in spec["paths"].items():
        for method in item:
            answer = guarded.ask_http(method.upper(), path.replace("{", "").replace("}", ""))
            assert answer.status != 405, (path, method)
            assert answer.status != 404 or answer.json["detail"] != f"{path} is not here", path
    assert json.dumps(spec).count("$ref") > 50
