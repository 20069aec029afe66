"""The HTTP edge around everything: request ids, access log, metrics, and JSON even where all else failed."""

import json
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from prometheus_client import Counter, Histogram

log = logging.getLogger("sdgraph.access")

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
REQUESTS = Counter("sdgraph_http_requests", "HTTP requests", ["path", "status"])
SECONDS = Histogram("sdgraph_http_request_seconds", "Time until the answer was sent", ["path"])
KNOWN_PATHS = frozenset({"/graphql", "/health/live", "/health/ready", "/metrics", "/.well-known/jwks.json"})


class RequestIds:
    """Outermost: gives each request an id, logs and counts it, and answers what nobody caught with a plain 500."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        started, status = time.perf_counter(), 500
        sent = False

        async def with_id(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status, sent = message["status"], True
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, with_id)
        except Exception:
            log.exception("unhandled", extra={"request_id": request_id})
            if not sent:
                await _internal_error(request_id, with_id)
        finally:
            path = scope["path"] if scope["path"] in KNOWN_PATHS else "other"
            seconds = time.perf_counter() - started
            REQUESTS.labels(path, str(status)).inc()
            SECONDS.labels(path).observe(seconds)
            log.info(
                "request",
                extra={
                    "request_id": request_id,
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": status,
                    "milliseconds": round(seconds * 1000, 1),
                },
            )


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and REQUEST_ID.fullmatch(value):
            return bytes(value).decode()
    return secrets.token_hex(12)


async def _internal_error(request_id: str, send: Send) -> None:
    extensions = {"requestId": request_id, "code": "INTERNAL"}
    body = json.dumps(
        {"errors": [{"message": f"Something went wrong (request {request_id}).", "extensions": extensions}]}
    ).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
