"""What the tests of the sinks share."""
import pytest

from tests.deliver.receiver import Receiver


@pytest.fixture
def receiver():
    servers = []

    def start(behave, handler=None, port=0):
        servers.append(Receiver(behave, handler, port))
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
