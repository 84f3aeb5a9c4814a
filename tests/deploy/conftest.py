"""The image, built once for all tests that need an engine."""
import os

import pytest

from deploy.stack import call, why_not


@pytest.fixture(scope="session")
def image():
    reason = why_not()
    if reason:
        pytest.skip(reason)
    name = f"nutgraf-test-{os.getpid()}:latest"
    call("docker/build.sh", NUTGRAF_IMAGE=name)
    yield name
    call("docker", "image", "rm", "-f", name)
