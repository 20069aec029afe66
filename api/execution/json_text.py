"""JSON as text: PostgreSQL's, of pieces joined by `||` (half the cost of `json_build_object`), and Python's, written alike."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Pieces:
    """JSON text in the making: literals and SQL, which `sql` joins."""

    parts: list[tuple[bool, str]] = field(default_factory=list)

    def literal(self, text: str) -> None:
        if self.parts and not self.parts[-1][0]:
            self.parts[-1] = (False, self.parts[-1][1] + text)
        else:
            self.parts.append((False, text))

    def computed(self, sql: str) -> None:
        self.parts.append((True, sql))

    def sql(self) -> str:
        return "||".join(text if computed else quoted(text) for computed, text in self.parts) or "''"


def dumped(value: Any) -> bytes:
    """JSON as it goes out: compact, and Chinese as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def array_of(select: str) -> str:
    """The JSON array of the texts that a select gives."""
    return f"'['||array_to_string(array({select}), ',')||']'"


def base64(sql: str) -> str:
    """A text in base64, on one line."""
    return f"translate(encode(convert_to({sql}, 'UTF8'), 'base64'), E'\\n', '')"


def base64_of(prefix: str, sql: str, *, is_short: bool) -> str:
    """The same of a constant prefix of ASCII and a text behind it, encoded here as far as the prefix goes by three bytes.

    A text that `is_short` is a number's: it needs no second line, and has nothing that `bytea` reads otherwise.
    """
    whole = len(prefix) // 3 * 3
    rest = f"{quoted(prefix[whole:])}||({sql})::text" if prefix[whole:] else f"({sql})::text"
    encoded = f"encode(({rest})::bytea, 'base64')" if is_short else base64(rest)
    return f"{quoted(b64encode(prefix[:whole].encode()).decode())}||{encoded}"


LIST = "text[]"
ENUM = "enum"
"""The JSON of an enum's value, which is a name and needs no escaping."""

JSON_OF: Mapping[str, Callable[[str], str]] = {
    ENUM: lambda sql: f"""('"'||{sql}||'"')""",
    "text": lambda sql: f"json_scalar({sql})::text",  # a third of what `to_json` takes, which looks the type up at each value
    LIST: lambda sql: f"to_json({sql})::text",
    "bigint": lambda sql: f"({sql})::text",
    "integer": lambda sql: f"({sql})::text",
    "smallint": lambda sql: f"({sql})::text",
    "boolean": lambda sql: f"({sql})::text",
    "numeric": lambda sql: f"""('"'||({sql})::text||'"')""",
    "date": lambda sql: (
        f"""case {sql} when 'infinity' then '"9999-12-31"' when '-infinity' then '"0001-01-01"'
        else json_scalar({sql})::text end"""
    ),  # as the driver keeps the first and the last day
    "timestamptz": lambda sql: f"""('"'||to_char(({sql}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')||'"')""",
}


def json_of(sql: str, type_: str, nullable: bool) -> str:
    """The JSON of a value of a PostgreSQL type, or of an enum."""
    shown = JSON_OF[type_](sql)
    return f"coalesce({shown}, 'null')" if nullable else shown
