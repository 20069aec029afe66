"""What the README promises is what comes back."""

import json
import re

from tests.client import Client
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def test_the_first_query_answers_as_the_readme_shows(server: Client) -> None:
    bodies = [json.loads(text) for text in re.findall(r"-d '(\{\n.*?\n\})'", README, re.S)]
    (shown,) = (json.loads(text) for text in re.findall(r"```json\n(.*?)```", README, re.S))
    assert server.post(bodies[0]).json()["data"]["signIn"]["accessToken"]
    assert server.post(bodies[1], user="clerk.1000").json() == shown


def test_the_queries_of_other_users_differ_as_the_readme_says(server: Client) -> None:
    query = '{ customers(first: 2, filter: {search: "上海"}) { totalCount edges { node { bankAccounts { holder } } } } }'
    auditor = server.data(query, user="auditor")["customers"]
    assert auditor["totalCount"] >= 23
    assert all(edge["node"]["bankAccounts"] for edge in auditor["edges"])
    assert server.data("{ customers(first: 9) { totalCount } }", user="dealer.a")["customers"]["totalCount"] == 1
