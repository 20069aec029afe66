"""GraphQL over HTTP, to the letter of its specification: media types, methods, statuses."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.execution.answer import Answer
from api.settings import settings

log = logging.getLogger("sdgraph.graphql")

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"


class Refusal(Exception):
    """A request that is no GraphQL request: its status and what is wrong."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """The parameters of one GraphQL request."""

    query: str
    variables: Mapping[str, Any] | None
    operation_name: str | None


def accepted_type(header: str | None) -> str:
    """The media type to answer in: what the client likes best of the two; JSON when it does not say. Raises Refusal (406)."""
    if header is None or not header.strip():
        return JSON
    offers: list[tuple[float, int, str]] = []
    for place, part in enumerate(header.split(",")):
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((_quality(each[2:]) for each in parameters if each.startswith("q=")), 1.0)
        charset = next((each[8:].strip('"') for each in parameters if each.startswith("charset=")), "utf-8")
        chosen = {GRAPHQL: GRAPHQL, JSON: JSON, "*/*": JSON, "application/*": JSON}.get(kind)
        if chosen is not None and quality > 0 and charset in ("utf-8", "utf8"):
            offers.append((-quality, place, chosen))
    if not offers:
        raise Refusal(406, f"Accept {GRAPHQL} or {JSON}.")
    return min(offers)[2]


async def read_request(request: Request) -> GraphQLRequest:
    """The GraphQL request in an HTTP request. Raises Refusal (400, 405, 413, 415)."""
    if request.method == "GET":
        return _parameters(
            {
                "query": request.query_params.get("query"),
                "operationName": request.query_params.get("operationName"),
                "variables": _json_parameter(request, "variables"),
                "extensions": _json_parameter(request, "extensions"),
            }
        )
    if request.method != "POST":
        raise Refusal(405, "Use GET or POST.", {"Allow": "GET, POST"})
    kind, *parameters = (piece.strip().lower() for piece in request.headers.get("content-type", "").split(";"))
    charset = next((each[8:].strip('"') for each in parameters if each.startswith("charset=")), "utf-8")
    if kind != JSON or charset not in ("utf-8", "utf8"):
        raise Refusal(415, f"Send {JSON} in UTF-8.")
    try:
        body = json.loads((await _body(request)).decode("utf-8"))
    except (ValueError, RecursionError) as fault:
        raise Refusal(400, "The body is not JSON.") from fault
    if not isinstance(body, dict):
        raise Refusal(400, "The body is one JSON object: batching is off.")
    return _parameters(body)


def respond(answer: Answer, media_type: str) -> Response:
    """The HTTP answer: 400 for what never ran, if the client knows the GraphQL media type; otherwise 200."""
    status = 503 if answer.unavailable else 400 if not answer.ran and media_type == GRAPHQL else 200
    body = answer.body if isinstance(answer.body, bytes) else dump(answer.body)
    return Response(body, status, media_type=f"{media_type}; charset=utf-8", headers={"Vary": "Accept"})


def respond_refusal(refusal: Refusal, request_id: str, media_type: str = JSON) -> Response:
    """The HTTP answer to what is no GraphQL request."""
    body = {"errors": [{"message": refusal.message, "extensions": {"code": "INVALID", "requestId": request_id}}]}
    return Response(
        dump(body), refusal.status, media_type=f"{media_type}; charset=utf-8", headers={"Vary": "Accept", **refusal.headers}
    )


def only_queries() -> Refusal:
    """Why a mutation by GET is refused."""
    return Refusal(405, "Mutations are sent by POST.", {"Allow": "POST"})


def dump(body: Any) -> bytes:
    """JSON as it goes out: compact, and Chinese as it is."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _parameters(body: Mapping[str, Any]) -> GraphQLRequest:
    query, variables, name, extensions = (body.get(key) for key in ("query", "variables", "operationName", "extensions"))
    for holds, message in (
        (isinstance(query, str) and query != "", "query must be a non-empty string."),
        (variables is None or isinstance(variables, dict), "variables must be an object."),
        (name is None or isinstance(name, str), "operationName must be a string."),
        (extensions is None or isinstance(extensions, dict), "extensions must be an object."),
        (_is_clean(query) and _is_clean(variables) and _is_clean(name), "Texts must not hold NUL or lone surrogates."),
    ):
        if not holds:
            raise Refusal(400, message)
    assert isinstance(query, str)
    return GraphQLRequest(query, variables, name or None)


def _is_clean(value: Any) -> bool:
    """Whether every text in it can be stored: no NUL, also not written as an escape in a document, no lone surrogate."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            if "\0" in each or "\\u0000" in each or "\\u{0" in each or not _is_unicode(each):
                return False
        elif isinstance(each, dict):
            waiting.extend(each)
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
    return True


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


async def _body(request: Request) -> bytes:
    most, size, parts = settings().max_body_bytes, 0, []
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise Refusal(413, f"The body is larger than {most} bytes.")
        parts.append(part)
    return b"".join(parts)


def _json_parameter(request: Request, name: str) -> Any:
    text = request.query_params.get(name)
    if text is None or text == "":
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise Refusal(400, f"{name} is not JSON.") from fault


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0
