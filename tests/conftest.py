"""What every Python test may ask for."""
import os

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@pytest.fixture(scope="session")
def root():
    """The top of the tree."""
    return ROOT


@pytest.fixture(scope="session")
def programs():
    """The folder of the programs under test: bin/ of NUTGRAF_BUILD, by default build."""
    return os.path.join(os.path.abspath(os.environ.get("NUTGRAF_BUILD", f"{ROOT}/build")), "bin")
