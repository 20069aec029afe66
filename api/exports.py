"""Exports over HTTP: whole lists as files, streamed to who has a link of their own."""

from __future__ import annotations

import asyncio
import json
from asyncio import timeout
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import date
from typing import Any

from graphql import Undefined
from graphql.utilities import coerce_input_value
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Send
from strawberry.types.arguments import convert_arguments

from api.auth.links import export_links
from api.execution.reads import Reads
from api.graphql_http import respond_error
from api.resolvers.price_lists import PriceList
from api.schema.exchange import customer_lines
from api.schema.price_lists import price_list_lines
from api.schema.root import schema
from api.settings import settings
from domain.errors import ErrorCode, NotFound, Problem, Refusal, Unauthenticated

FIELD = "customerExport"
LinesOf = Callable[[Reads, Mapping[str, Any]], AsyncIterator[str]]
"""Gives the lines of a file, as what the link says."""


class _Export(StreamingResponse):
    """A stream that is broken off when it takes too long; whoever reads it sees that it has no end."""

    async def stream_response(self, send: Send) -> None:
        async with timeout(settings().export_seconds):
            await super().stream_response(send)


async def customers(request: Request) -> Response:
    """The customers of a link, as CSV: decided when it is opened, by the rights of who asked for the link."""
    filter = request.query_params.get("filter")
    return await _file(request, "customers.csv", lambda reads, _: customer_lines(reads, _filter(filter)))


async def price_list(request: Request) -> Response:
    """The price list of a link, as CSV, likewise."""
    return await _file(request, "price-list.csv", lambda reads, said: price_list_lines(reads, _price_list(said)))


async def _file(request: Request, name: str, lines_of: LinesOf) -> Response:
    try:
        link = export_links().read(request.path_params["token"], request.state.request_id)
        lines = _written(Reads(request.state.exports, link.caller), link.said, lines_of)
        first = await anext(lines)
    except (NotFound, Unauthenticated):
        return respond_error(request, 404, Refusal("LINK_OVER"), code=ErrorCode.NOT_FOUND.value)
    except _Malformed:
        return respond_error(request, 400, Refusal("PARAMETER_NOT_OBJECT", None, {"name": "filter"}))
    except Problem as problem:
        status = 403 if problem.code is ErrorCode.FORBIDDEN else 400
        return respond_error(request, status, problem.refusals[0], code=problem.code.value)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
        "Referrer-Policy": "no-referrer",
    }
    return _Export(_all(first, lines), headers=headers, media_type="text/csv; charset=utf-8")


class _Malformed(Exception):
    """The filter is none that the schema knows."""


def _filter(text: str | None) -> Any:
    """The filter as the schema's field takes it. Raises _Malformed."""
    if text is None:
        return None
    core = schema._schema.query_type
    assert core is not None
    field = core.fields[FIELD]
    try:
        coerced = coerce_input_value(json.loads(text), field.args["filter"].type)
    except (ValueError, RecursionError) as fault:
        raise _Malformed from fault
    if coerced is Undefined:
        raise _Malformed
    declared = field.extensions["strawberry-definition"]
    registry = schema.schema_converter.scalar_registry
    return convert_arguments({"filter": coerced}, declared.arguments, registry, schema.config)["filter"]


def _price_list(said: Mapping[str, Any]) -> PriceList:
    """Which price list a link is for. Raises NotFound for a link that is for something else."""
    if "customer" not in said:
        raise NotFound.because("LINK_OVER")
    return PriceList(said["customer"], said["sales_area"], date.fromisoformat(said["day"]))


async def _written(reads: Reads, said: Mapping[str, Any], lines_of: LinesOf) -> AsyncIterator[bytes]:
    try:
        async for lines in lines_of(reads, said):
            yield lines.encode()
    finally:
        await asyncio.shield(asyncio.ensure_future(reads.close()))  # also when whoever reads has gone away


async def _all(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for each in rest:
        yield each
