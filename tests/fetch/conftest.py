"""What the tests of fetch share."""
import pytest

from tests.fetch.site import Site


@pytest.fixture
def site():
    sites = []

    def start(pages):
        sites.append(Site(pages))
        return sites[-1]

    yield start
    for one in sites:
        one.shutdown()
        one.server_close()
