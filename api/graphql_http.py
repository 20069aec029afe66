"""GraphQL over HTTP, to the letter of its specification: media types, methods, statuses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from cachetools import LRUCache
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.execution.answer import Answer
from api.execution.documents import GraphQLRequest
from api.execution.json_text import dumped
from api.multipart import MOST_FILES, Malformed, TooLarge, read_form
from api.settings import settings
from domain.errors import ErrorCode, Refusal
from domain.messages import language_of, text_of

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
MULTIPART = "multipart/form-data"
PREFLIGHTED = ("X-Requested-With", "GraphQL-Require-Preflight", "Apollo-Require-Preflight")
"""Headers that no page of another origin can send without being asked for by CORS first."""
UTF_8 = ("utf-8", "utf8")
CONTENT_TYPES = {each: f"{each}; charset=utf-8" for each in (GRAPHQL, JSON)}
HEADERS = {"Vary": "Accept", "Cache-Control": "no-store"}
RAW_HEADERS = {
    kind: [(name.lower().encode(), value.encode()) for name, value in {**HEADERS, "Content-Type": type_}.items()]
    for kind, type_ in CONTENT_TYPES.items()
}
MUTATION = "mutation"
"""What no document with a mutation can do without."""
MOST_SEEN = 500
LONGEST_SEEN = 10_000
_seen: LRUCache[bytes, GraphQLRequest] = LRUCache(maxsize=MOST_SEEN)
"""Bodies that came before, read: pages open with the same queries again and again. None that may hold a password."""


class NoGraphQL(Exception):
    """A request that is no GraphQL request: the status of its answer, why, and headers that say what would be."""

    def __init__(self, status: int, reason: str, headers: Mapping[str, str] | None = None, **values: Any) -> None:
        super().__init__(reason)
        self.status = status
        self.refusal = Refusal(reason, None, values)
        self.headers = dict(headers or {})


def accepted_type(header: str | None) -> str:
    """The media type to answer in: what the client likes best of the two; JSON when it does not say. Raises NoGraphQL (406)."""
    if header is None or not header.strip():
        return JSON
    ranges: dict[str, tuple[float, int]] = {}
    for place, part in enumerate(header.split(",")):
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((_quality(each[2:]) for each in parameters if each.startswith("q=")), 1.0)
        if _charset(parameters) in UTF_8:
            ranges.setdefault(kind, (-quality, place))
    offers = []
    for preference, offered in enumerate((JSON, GRAPHQL)):
        wish = next((ranges[kind] for kind in (offered, "application/*", "*/*") if kind in ranges), None)
        if wish is not None and wish[0] < 0:
            offers.append((*wish, preference, offered))
    if not offers:
        raise NoGraphQL(406, "ACCEPT_NEITHER", types=f"{GRAPHQL}, {JSON}")
    return min(offers)[-1]


async def read_request(request: Request, headers: Mapping[str, str]) -> GraphQLRequest:
    """The GraphQL request in an HTTP request. Raises NoGraphQL (400, 405, 413, 415)."""
    if request.method == "GET":
        return parameters_of(
            {
                "query": request.query_params.get("query"),
                "operationName": request.query_params.get("operationName"),
                "variables": _json_parameter(request, "variables"),
                "extensions": _json_parameter(request, "extensions"),
            }
        )
    if request.method != "POST":
        raise NoGraphQL(405, "METHOD_WRONG", {"Allow": "GET, POST"}, methods="GET, POST")
    kind, *parameters = (piece.strip().lower() for piece in headers.get("content-type", "").split(";"))
    if kind == MULTIPART:
        return await _read_multipart(request, headers)
    if kind != JSON or _charset(parameters) not in UTF_8:
        raise NoGraphQL(415, "CONTENT_TYPE", {"Accept": JSON}, type=JSON)
    sent = await _body(request)
    known = _seen.get(sent)
    if known is None:
        known = _read(sent)
        if len(sent) <= LONGEST_SEEN and MUTATION not in known.query:
            _seen[sent] = known
    return known


async def _read_multipart(request: Request, headers: Mapping[str, str]) -> GraphQLRequest:
    """A form could be sent by any page without asking, so a header is demanded for which a browser asks first."""
    if not any(headers.get(name.lower()) for name in PREFLIGHTED):
        raise NoGraphQL(400, "PREFLIGHT_NEEDED", header=PREFLIGHTED[0])
    chosen = settings()
    most = chosen.max_body_bytes + MOST_FILES * chosen.max_file_bytes
    try:
        form = await read_form(request, chosen.max_body_bytes, most)
        asked = parameters_of(form.operations)
        form.put_files()
    except TooLarge as fault:
        raise NoGraphQL(413, "BODY_TOO_LARGE", most=most) from fault
    except Malformed as fault:
        raise NoGraphQL(400, "MULTIPART", where=str(fault)) from fault
    except ClientDisconnect as fault:
        raise NoGraphQL(400, "MULTIPART", where="its end") from fault
    return asked


def _read(sent: bytes) -> GraphQLRequest:
    try:
        body = _json(sent.decode("utf-8"))
    except (ValueError, RecursionError) as fault:
        raise NoGraphQL(400, "BODY_NOT_JSON") from fault
    if not isinstance(body, dict):
        raise NoGraphQL(400, "BODY_NOT_OBJECT")
    return parameters_of(body)


def respond(answer: Answer, media_type: str) -> Response:
    """The HTTP answer: 400 for what never ran, if the client knows the GraphQL media type; otherwise 200."""
    status = 503 if answer.unavailable else 400 if not answer.ran and media_type == GRAPHQL else 200
    return _Answered(answer.body if isinstance(answer.body, bytes) else dumped(answer.body), status, media_type)


class _Answered(Response):
    """Starlette's response with headers that are known beforehand, but for the length: its own are written anew each time."""

    def __init__(self, body: bytes, status: int, media_type: str) -> None:
        self.status_code, self.body, self.background = status, body, None
        self.raw_headers = [*RAW_HEADERS[media_type], (b"content-length", b"%d" % len(body))]


def respond_error(
    request: Request,
    status: int,
    refusal: Refusal,
    *,
    code: str = ErrorCode.INVALID.value,
    headers: Mapping[str, str] | None = None,
    media_type: str = JSON,
) -> Response:
    """The HTTP answer where there is no answer of GraphQL's: one error, localized, with the request's id."""
    extensions = {"requestId": request.state.request_id, "code": code, "reason": refusal.reason}
    message = text_of(refusal, language_of(request.headers.get("accept-language", "")))
    body = {"errors": [{"message": message, "extensions": extensions}]}
    return Response(
        dumped(body),
        status,
        media_type=CONTENT_TYPES[media_type],
        headers={**HEADERS, **(headers or {})},
    )


def parameters_of(body: Mapping[str, Any]) -> GraphQLRequest:
    """The request that a body asks for. Raises NoGraphQL (400)."""
    query, variables, name, extensions = (body.get(key) for key in ("query", "variables", "operationName", "extensions"))
    if not isinstance(query, str) or query == "":
        raise NoGraphQL(400, "QUERY_MISSING")
    for parameter, value, kind, reason in (
        ("variables", variables, dict, "PARAMETER_NOT_OBJECT"),
        ("operationName", name, str, "PARAMETER_NOT_STRING"),
        ("extensions", extensions, dict, "PARAMETER_NOT_OBJECT"),
    ):
        if value is not None and not isinstance(value, kind):
            raise NoGraphQL(400, reason, name=parameter)
    if not (_is_unicode(query) and _can_be_stored(variables) and _can_be_stored(name)):
        raise NoGraphQL(400, "TEXT_CONTROL")
    return GraphQLRequest(query, variables, name or None)


def _can_be_stored(value: Any) -> bool:
    """Whether no text in it has a NUL or a lone surrogate. Texts inside a document are looked at when it is parsed."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            if "\0" in each or not _is_unicode(each):
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
    """What was sent, as it comes in. Raises NoGraphQL (400, 413)."""
    most, size, parts, goes_on = settings().max_body_bytes, 0, [], True
    while goes_on:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise NoGraphQL(400, "BODY_NOT_JSON")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise NoGraphQL(413, "BODY_TOO_LARGE", most=most)
        goes_on = message.get("more_body", False)
    return b"".join(parts)


def _json_parameter(request: Request, name: str) -> Any:
    text = request.query_params.get(name)
    if text is None or text == "":
        return None
    try:
        return _json(text)
    except (ValueError, RecursionError) as fault:
        raise NoGraphQL(400, "PARAMETER_NOT_JSON", name=name) from fault


def _json(text: str) -> Any:
    """What the text says; Python's reader alone would take NaN and Infinity too. Raises ValueError, RecursionError."""
    return json.loads(text, parse_constant=_no_constant)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _charset(parameters: Iterable[str]) -> str:
    return next((each[8:].strip('"') for each in parameters if each.startswith("charset=")), UTF_8[0])


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0
