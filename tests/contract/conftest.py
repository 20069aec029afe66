"""What all tests of the contract share."""

from collections.abc import Callable

import pytest

from tests.client import Client
from tests.contract.demo import Facts, Record, facts_of, walk
from tests.contract.desk import APPROVED, AREA, Desk


@pytest.fixture
def facts(database: str) -> Facts:
    """The rows of the database as they are now."""
    return facts_of(database)


@pytest.fixture(scope="module")
def ids(server: Client) -> dict[str, str]:
    """The global ids of the demo company's customers, by number; the auditor sees them all."""

    def page(after: str | None) -> dict:
        return server.send("CustomerList", {"first": 200, "after": after}, user="auditor")["data"]["customers"]

    return {node["number"]: node["id"] for node in walk(page)}


@pytest.fixture(scope="module")
def materials(server: Client) -> dict[str, str]:
    """The global ids of the demo company's materials, by number."""
    edges = server.data("{ materials(first: 200) { edges { node { id number } } } }", user="auditor")["materials"]["edges"]
    return {edge["node"]["number"]: edge["node"]["id"] for edge in edges}


@pytest.fixture(scope="module")
def at(server: Client) -> Callable[[str], Desk]:
    return lambda user: Desk(server, user)


@pytest.fixture(scope="module")
def customer(server: Client) -> Record:
    """An end customer of 1000/10/00 who may be ordered for, and is nobody's own."""
    return server.data(APPROVED, {"area": AREA}, user="auditor")["customers"]["edges"][4]["node"]
