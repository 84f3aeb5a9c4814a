"""What tests of the gateway and its page share: gateways, and one browser for a file of them."""
import pytest

from e2e.gateway import Gateway
from e2e.page import Page


@pytest.fixture(scope="module")
def gate(programs, tmp_path_factory):
    system = Gateway(tmp_path_factory.mktemp("page"), programs)
    try:
        yield system.start_all()
    finally:
        system.close()


@pytest.fixture(scope="module")
def driver():
    found = Page.start()
    yield found
    found.quit()


@pytest.fixture
def page(gate, driver):
    driver.get("about:blank")
    found = Page(gate, driver=driver)
    yield found
    found.close()


@pytest.fixture
def guarded(programs, tmp_path):
    """A gateway that asks for a token."""
    system = Gateway(tmp_path, programs, tokens=f"{tmp_path}/tokens")
    system.write_tokens()
    try:
        yield system.start_all()
    finally:
        system.close()
