"""The image, built once for all tests that need an engine."""
import os

import pytest

from deploy.figures import FIGURES
from deploy.images import built
from deploy.stack import call, why_not

# What has none of Debian's programs, a shell among them.
BARE = """FROM {}
USER root
RUN rm -rf /bin/* /sbin/*
USER nutgraf
"""


@pytest.fixture(scope="session")
def image():
    reason = why_not()
    if reason:
        pytest.skip(reason)
    with built(f"nutgraf-test-{os.getpid()}:latest") as name:
        call("docker/build.sh", NUTGRAF_IMAGE=name)
        yield name


@pytest.fixture(scope="session")
def bare(image):
    """The image with our programs and libraries alone."""
    with built(image.replace(":", "-bare:")) as name:
        call("docker", "build", "-q", "--force-rm", "-t", name, "-", text=BARE.format(image))
        yield name


def pytest_terminal_summary(terminalreporter):
    if FIGURES:
        terminalreporter.section("figures")
    for figure in FIGURES:
        terminalreporter.line(figure)
