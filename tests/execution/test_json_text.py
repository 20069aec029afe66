"""The JSON that PostgreSQL writes of a value is the JSON that Strawberry's scalars write of it."""

from __future__ import annotations

import asyncio
import json
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from api.execution.json_text import JSON_OF, json_of
from api.schema.scalars import write_decimal, write_instant
from models.config import connection_settings

CHINA = timezone(timedelta(hours=8))
VALUES: dict[str, list[tuple[Any, Any]]] = {  # type: values, and what Strawberry makes of them
    "text": [(text, text) for text in ("", "钢铁", 'a"b\\c', "\u0001\u2028\n\t", "😀")],
    "bigint": [(value, value) for value in (0, -(2**63), 2**63 - 1)],
    "integer": [(value, value) for value in (0, -5, 2**31 - 1)],
    "smallint": [(value, value) for value in (-1, 32767)],
    "boolean": [(True, True), (False, False)],
    "numeric": [(Decimal(text), write_decimal(Decimal(text))) for text in ("0", "-1.50", "0.000000001", "9999999999999999999")],
    "date": [(day, day.isoformat()) for day in (date(2026, 2, 9), date(1, 1, 1), date(9999, 12, 31))],
    "timestamptz": [
        (moment, write_instant(moment))
        for moment in (
            datetime(2026, 12, 1, 8, tzinfo=timezone.utc),
            datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=CHINA),
            datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=timezone.utc),
        )
    ],
    "enum": [("DRAFT", "DRAFT")],
    "text[]": [([], []), (["钢铁"], ["钢铁"]), (['a"b'], ['a"b'])],
}
CASES = [(type_, value, expected) for type_, values in VALUES.items() for value, expected in values]


async def written(database: str, type_: str, value: Any) -> tuple[str, str]:
    kind = "text" if type_ == "enum" else type_
    connection = await asyncpg.connect(**connection_settings(database))
    try:
        row = await connection.fetchrow(
            f"select {json_of(f'$1::{kind}', type_, False)} as value, {json_of(f'null::{kind}', type_, True)} as none", value
        )
        return row["value"], row["none"]
    finally:
        await connection.close()


@pytest.mark.parametrize(("type_", "value", "expected"), CASES)
def test_a_value_is_written_as_strawberry_writes_it(type_: str, value: Any, expected: Any, database: str) -> None:
    shown, none = asyncio.run(written(database, type_, value))
    assert json.loads(shown) == expected
    assert shown == json.dumps(expected, ensure_ascii=False)
    assert none == "null"


def test_no_type_is_forgotten() -> None:
    assert VALUES.keys() == JSON_OF.keys()
