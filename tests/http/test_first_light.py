"""The house stands: a clerk signs in and sees customers."""

from tests.client import Client


def test_a_clerk_signs_in_and_sees_the_customers_of_their_organization(server: Client) -> None:
    page = server.send("CustomerList", {"first": 3}, user="clerk.1000")["data"]["customers"]
    assert len(page["edges"]) == 3
    assert page["pageInfo"]["hasNextPage"] is True
