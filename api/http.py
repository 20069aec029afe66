"""The HTTP edge around everything: request ids, access log, metrics, and which origins may read the answers."""

import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from typing import Any

from prometheus_client import Counter, Histogram
from starlette.middleware.cors import CORSMiddleware

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
    """Outermost: gives each request an id, logs and counts it. What failed inside has been answered inside."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        headers = [(b"x-request-id", request_id.encode()), (b"x-content-type-options", b"nosniff")]
        started, status = time.perf_counter(), 500

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *headers]
            await send(message)

        try:
            await self._app(scope, receive, with_headers)
        except Exception:
            log.exception("unhandled", extra={"request_id": request_id})
        finally:
            path = scope["path"] if scope["path"] in KNOWN_PATHS else "other"
            seconds = time.perf_counter() - started
            _counter(path, status).inc()
            _seconds(path).observe(seconds)
            if log.isEnabledFor(logging.INFO):
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


@cache
def _counter(path: str, status: int) -> Counter:
    return REQUESTS.labels(path, str(status))


@cache
def _seconds(path: str) -> Histogram:
    return SECONDS.labels(path)


class Origins:
    """Lets the pages of some origins read the answers, with their cookie; the page of any other origin gets no such header."""

    def __init__(self, app: App, origins: tuple[str, ...]) -> None:
        self._app = app
        self._origins = frozenset(origin.encode() for origin in origins)
        self._shared: App = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_credentials=True,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "Accept-Language", "X-Request-ID", "X-Requested-With"],
            expose_headers=["X-Request-ID"],
            max_age=600,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = next((value for name, value in scope.get("headers", ()) if name == b"origin"), None)
        await (self._shared if origin in self._origins else self._app)(scope, receive, send)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and REQUEST_ID.fullmatch(value):
            return bytes(value).decode()
    return secrets.token_hex(12)
