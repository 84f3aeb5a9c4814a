"""What every Python test may ask for."""
import os
import pathlib

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


@pytest.fixture(autouse=True)
def stores_go(request):
    """Deletes the stores that a test leaves behind: hundreds of tests, a hundred MiB each."""
    folder = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    yield
    for path in pathlib.Path(folder).rglob("*") if folder else ():
        if path.name in ("data.mdb", "journal") and path.is_file():
            path.unlink()
