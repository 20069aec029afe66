"""Scalars with exactly one spelling each."""

import re
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any, NewType

import strawberry
from graphql import GraphQLError, StringValueNode, ValueNode, print_ast

from domain.files import SentFile

PLAIN_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,18})(\.[0-9]{1,9})?")
PLAIN_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
PLAIN_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})")


def read_decimal(value: Any) -> Decimal:
    if not isinstance(value, str) or not PLAIN_DECIMAL.fullmatch(value):
        raise GraphQLError(f'Decimal is a plain number in a string, like "1234.50", not {_shown(value)}.')
    return Decimal(value)


def write_decimal(value: Decimal) -> str:
    return format(value, "f")


def read_date(value: Any) -> date:
    try:
        if isinstance(value, str) and PLAIN_DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise GraphQLError(f'Date is written like "2026-12-01", not {_shown(value)}.')


def read_instant(value: Any) -> datetime:
    try:
        if isinstance(value, str) and PLAIN_INSTANT.fullmatch(value):
            return datetime.fromisoformat(value).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        pass
    raise GraphQLError(f'DateTime is written with its offset, like "2026-12-01T08:00:00Z", not {_shown(value)}.')


def write_instant(value: datetime) -> str:
    """UTC with offset and six places of a second, always."""
    return value.astimezone(timezone.utc).isoformat(timespec="microseconds")


def read_upload(value: Any) -> SentFile:
    if not isinstance(value, SentFile):
        raise GraphQLError(f"Upload is a file of a multipart request, not {_shown(value)}.")
    return value


def _no_literal(node: ValueNode, _variables: Any = None) -> Any:
    raise GraphQLError("Upload is given by a variable.", node)


def _literal(read: Any) -> Any:
    def parse(node: ValueNode, _variables: Any = None) -> Any:
        if not isinstance(node, StringValueNode):
            raise GraphQLError(f"A string is needed, not {print_ast(node)}.", node)
        return read(node.value)

    return parse


def _shown(value: Any) -> str:
    return repr(value)[:60]


Command = NewType("Command", str)

SCALARS: dict[object, Any] = {
    Decimal: strawberry.scalar(
        name="Decimal",
        description="A decimal number as a string: never a float, at most 19 digits before the point and 9 behind it.",
        serialize=write_decimal,
        parse_value=read_decimal,
        parse_literal=_literal(read_decimal),
    ),
    date: strawberry.scalar(
        name="Date",
        description="A day, like 2026-12-01.",
        serialize=date.isoformat,
        parse_value=read_date,
        parse_literal=_literal(read_date),
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment in UTC with its offset, like 2026-12-01T08:00:00.000000+00:00.",
        serialize=write_instant,
        parse_value=read_instant,
        parse_literal=_literal(read_instant),
    ),
    SentFile: strawberry.scalar(
        name="Upload",
        description="A file beside the request, by the GraphQL multipart request specification; null in `operations`.",
        serialize=str,
        parse_value=read_upload,
        parse_literal=_no_literal,
    ),
    Command: strawberry.scalar(
        name="Command",
        description="The name of a mutation that would be allowed on the object now.",
        serialize=str,
    ),
}
