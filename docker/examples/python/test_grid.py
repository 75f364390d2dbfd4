"""Starts a grid in a container for tests.

    docker build -f docker/Dockerfile -t pocketgrid .
    pip install -r docker/examples/python/requirements.txt
    pytest docker/examples/python
"""

import os
from dataclasses import dataclass

import pytest
import requests
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy


@dataclass
class Grid:
    """A running grid, with the ports by which this machine reaches it."""

    chain: str  # ws:// URL of the chain
    relay: str  # ws:// URL of the RMB relay
    web: str  # http:// URL below which the services are: /gridproxy, /graphql, /api
    accounts: list[dict]  # name, mnemonic, address, twinId


@pytest.fixture(scope="module")
def grid():
    image = os.environ.get("POCKETGRID_IMAGE", "pocketgrid")
    container = (
        DockerContainer(image)
        .with_command(["--nodes", "3", "--seed", "example"])
        .with_exposed_ports(9944, 8080)
        .waiting_for(HttpWaitStrategy(8080, "/api/health").for_status_code(200))
    )
    with container:
        host = container.get_container_host_ip()
        web = f"{host}:{container.get_exposed_port(8080)}"
        info = requests.get(f"http://{web}/api/info", timeout=10).json()
        yield Grid(
            chain=f"ws://{host}:{container.get_exposed_port(9944)}",
            relay=f"ws://{web}/relay",
            web=f"http://{web}",
            accounts=info["accounts"],
        )


def test_nodes_are_up(grid):
    nodes = requests.get(f"{grid.web}/gridproxy/nodes", timeout=10).json()
    assert [node["status"] for node in nodes] == ["up", "up", "up"]


def test_chain_answers(grid):
    # Over HTTP as over WebSocket: any Substrate client connects to grid.chain.
    question = {"jsonrpc": "2.0", "id": 1, "method": "system_chain", "params": []}
    answer = requests.post(grid.chain.replace("ws:", "http:"), json=question, timeout=10)
    assert answer.json()["result"] == "Development"


def test_accounts_have_funds_and_twins(grid):
    alice = next(account for account in grid.accounts if account["name"] == "alice")
    assert alice["twinId"] > 0 and int(alice["free"]) > 0
    assert len(alice["mnemonic"].split()) == 12
