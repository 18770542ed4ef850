"""RabbitMQ for the tests: the one of BMADFLOW_TEST_RABBITMQ_URL, or a private node that lives as long as the run."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from yarl import URL

from common.testing.broker import BrokerNode
from common.testing.proxy import TcpProxy

URL_VARIABLE = "BMADFLOW_TEST_RABBITMQ_URL"


@dataclass(frozen=True, slots=True)
class RabbitBroker:
    """A broker behind a proxy: faults of the network always, `node.kill()` where the node is ours."""

    url: str
    proxy: TcpProxy
    node: BrokerNode | None


@pytest_asyncio.fixture(scope="session")
async def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RabbitBroker]:
    """The broker of the run; its `url` leads through the proxy."""
    given = os.environ.get(URL_VARIABLE)
    node = None if given else BrokerNode(tmp_path_factory.mktemp("rabbitmq"))
    if node is not None:
        await node.start()
    direct = URL(given or (node.url if node else ""))
    proxy = TcpProxy(direct.host or "127.0.0.1", direct.port or 5672)
    await proxy.start()
    yield RabbitBroker(str(direct.with_host("127.0.0.1").with_port(proxy.port)), proxy, node)
    await proxy.stop()
    if node is not None:
        await node.close()


@pytest.fixture(scope="session")
def rabbitmq_url(rabbitmq: RabbitBroker) -> str:
    """Where the tests reach the broker."""
    return rabbitmq.url
