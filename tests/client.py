"""A client as a frontend would have it: sends documents over HTTP and signs in as the demo users."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx2 as httpx

CONTRACT = Path(os.environ.get("SHARED", Path(__file__).parents[2] / "shared")) / "contract"


def connections() -> httpx.Client:
    """Connections that are kept open between requests and, unlike a browser's, keep no cookies."""
    return httpx.Client(timeout=30, trust_env=False, cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])))


@dataclass
class Client:
    """Talks to one server."""

    base: str
    password: str = "demo"
    tokens: dict[str, str] = field(default_factory=dict)
    http: httpx.Client = field(default_factory=connections)

    def post(self, body: Any, *, user: str | None = None, headers: dict[str, str] | None = None) -> httpx.Response:
        """Send a body to /graphql as it is."""
        sent = dict(headers or {})
        if user is not None:
            sent["Authorization"] = f"Bearer {self.token(user)}"
        return self.http.post(f"{self.base}/graphql", json=body, headers=sent)

    def run(
        self, query: str, variables: dict[str, Any] | None = None, *, user: str | None = None, **headers: str
    ) -> dict[str, Any]:
        """Carry out a document and give the whole answer."""
        return self.post({"query": query, "variables": variables or {}}, user=user, headers=headers).json()  # type: ignore[no-any-return]

    def data(self, query: str, variables: dict[str, Any] | None = None, *, user: str | None = None) -> Any:
        """Carry out a document that must go through without errors."""
        answer = self.run(query, variables, user=user)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def send(
        self, operation: str, variables: dict[str, Any] | None = None, *, user: str | None = None, **headers: str
    ) -> dict[str, Any]:
        """Send one of the contract's operations word for word and give the whole answer."""
        return self.run(contract(operation), variables, user=user, **headers)

    def token(self, user: str) -> str:
        """The user's access token; signs in at first use."""
        if user not in self.tokens:
            answer = self.run(contract("SignIn"), {"input": {"username": user, "password": self.password}})
            self.tokens[user] = answer["data"]["signIn"]["accessToken"]
            assert self.tokens[user], answer
        return self.tokens[user]


def contract(operation: str) -> str:
    """The text of one operation of the contract, word for word."""
    for file in sorted(CONTRACT.glob("*.graphql")):
        if file.name == "schema.graphql":
            continue
        for part in re.split(r"(?m)^(?=(?:query|mutation|subscription) )", file.read_text("utf-8")):
            if re.match(rf"\w+ {operation}\b", part):
                return part
    raise LookupError(operation)
