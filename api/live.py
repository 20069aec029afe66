"""Streams at the HTTP edge: `graphql-transport-ws` over WebSockets, and server-sent events, on the same path as all else.

Both send what `api.execution.subscriptions` gives. A WebSocket is authenticated by its first message,
`{"type": "connection_init", "payload": {"Authorization": "Bearer …"}}`, or by that header; it is closed when the token expires.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager, suppress
from functools import partial
from typing import Any

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response, StreamingResponse
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from api.asking import claims_of, context_for, headers_of, may_use_cookie
from api.auth.tokens import Claims
from api.execution.answer import Answer
from api.execution.documents import GraphQLRequest
from api.execution.json_text import dumped
from api.execution.subscriptions import Subscriptions
from api.graphql_http import NoGraphQL, parameters_of
from api.schema.base import Context
from domain.errors import ErrorCode, Problem, Refusal
from domain.messages import text_of

log = logging.getLogger("sdgraph.live")
EVENTS = "text/event-stream"
PROTOCOL = "graphql-transport-ws"
INIT_SECONDS, SEND_SECONDS, BEAT_SECONDS = 5.0, 10.0, 15.0
"""How long a client may take to say who it is, and to take a message; how often a silent stream shows that it lives."""
LONGEST_ID = 100


class Streams:
    """The streams of this process, and how many each user follows."""

    def __init__(self, subscriptions: Subscriptions, most: int) -> None:
        self._subscriptions = subscriptions
        self._most = most
        self._open: Counter[int] = Counter()

    async def answers(
        self, request: HTTPConnection, asked: GraphQLRequest, claims: Claims | None, *, only_query: bool = False
    ) -> AsyncGenerator[Answer, None]:
        """The answers to one operation; one that did not run is the last."""
        contexts = partial(context_for, request, headers_of(request), claims)
        user = claims.user_id if claims is not None else 0
        if claims is not None and self._open[user] >= self._most:
            yield Answer(_told(Refusal("TOO_MANY_STREAMS", None, {"most": self._most}), contexts()), ran=False)
            return
        self._open[user] += 1
        try:
            until = claims.expires_at if claims is not None else None
            async with aclosing(self._subscriptions.stream(asked, contexts, until, only_query=only_query)) as answers:
                async for answer in answers:
                    yield answer
        finally:
            self._open[user] -= 1
            self._open += Counter()  # forget who follows nothing any more


# ------------------------------------------------------------------------------------------------------ server-sent events


def takes_events(accept: str | None) -> bool:
    """Whether the client wants a stream of events."""
    return accept is not None and EVENTS in accept.lower()


async def events(request: Request, headers: Mapping[str, str], asked: GraphQLRequest) -> Response:
    """The answers as server-sent events, one connection an operation. Raises Unauthenticated, Unavailable."""
    header = headers.get("authorization")
    claims = None if header is None else await claims_of(request, header)
    streams: Streams = request.state.streams
    answers = streams.answers(request, asked, claims, only_query=request.method == "GET")
    told = {"Cache-Control": "no-store", "Vary": "Accept", "X-Accel-Buffering": "no"}
    return StreamingResponse(_frames(answers), headers=told, media_type=EVENTS)


async def _frames(answers: AsyncGenerator[Answer, None]) -> AsyncIterator[bytes]:
    """Each answer as an event, with a sign of life in between, and at the end that there are no more."""
    async with aclosing(answers):
        coming = asyncio.ensure_future(_next(answers))
        try:
            while True:
                done, _ = await asyncio.wait([coming], timeout=BEAT_SECONDS)
                if not done:
                    yield b":\n\n"
                    continue
                answer = coming.result()
                if answer is None:
                    break
                yield b"event: next\ndata: " + _body(answer) + b"\n\n"
                coming = asyncio.ensure_future(_next(answers))
            yield b"event: complete\ndata:\n\n"
        finally:
            coming.cancel()
            await asyncio.wait([coming])


async def _next(answers: AsyncGenerator[Answer, None]) -> Answer | None:
    return await anext(answers, None)


def _body(answer: Answer) -> bytes:
    return answer.body if isinstance(answer.body, bytes) else dumped(answer.body)


# -------------------------------------------------------------------------------------------------------------- WebSockets


class _Closed(Exception):
    """The connection is to be closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


async def websocket(socket: WebSocket) -> None:
    """One connection of `graphql-transport-ws`. A page of a foreign origin is turned away before it is accepted."""
    if not may_use_cookie(socket.headers):
        await socket.close()
        return
    if PROTOCOL not in socket.scope["subprotocols"]:
        await socket.accept()
        await socket.close(4406, "Subprotocol not acceptable")
        return
    await socket.accept(PROTOCOL)
    await _Connection(socket).run()


class _Connection:
    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._streams: Streams = socket.state.streams
        self._claims: Claims | None = None
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Until one of the two has had enough, or the token expires."""
        try:
            async with asyncio.timeout(INIT_SECONDS):
                await self._begin()
            async with asyncio.timeout(self._seconds_left()):
                while True:
                    await self._heed(await self._message())
        except TimeoutError:
            await self._close(*((4408, "Connection initialisation timeout") if self._claims is None else (4403, "Forbidden")))
        except _Closed as closed:
            await self._close(closed.code, closed.reason)
        except WebSocketDisconnect:
            pass
        finally:
            for task in self._operations.values():
                task.cancel()
            await asyncio.gather(*self._operations.values(), return_exceptions=True)

    async def _begin(self) -> None:
        """Wait to be told who it is."""
        message = await self._message()
        while message["type"] in ("ping", "pong"):
            await self._heed(message)
            message = await self._message()
        if message["type"] != "connection_init":
            raise _Closed(4401, "Unauthorized")
        payload = message.get("payload") or {}
        if not isinstance(payload, dict):
            raise _Closed(4400, "Invalid connection init payload")
        header = payload.get("Authorization") or payload.get("authorization") or self._socket.headers.get("authorization")
        try:
            self._claims = await claims_of(self._socket, header if isinstance(header, str) else "")
        except Problem as problem:
            raise _Closed(4403, problem.code.value) from problem
        await self._send({"type": "connection_ack"})

    def _seconds_left(self) -> float:
        """Until the token expires; a little longer, so that its streams can say so."""
        assert self._claims is not None
        return max((self._claims.expires_at.timestamp() - time.time()), 0) + 1

    async def _heed(self, message: Mapping[str, Any]) -> None:
        match message:
            case {"type": "ping"}:
                await self._send({"type": "pong"})
            case {"type": "pong"}:
                pass
            case {"type": "connection_init"}:
                raise _Closed(4429, "Too many initialisation requests")
            case {"type": "subscribe", "id": str(id), "payload": dict(payload)} if 0 < len(id) <= LONGEST_ID:
                if id in self._operations:
                    raise _Closed(4409, f"Subscriber for {id} already exists")
                self._operations[id] = asyncio.create_task(self._operate(id, payload))
            case {"type": "complete", "id": str(id)}:
                if id in self._operations:
                    self._operations.pop(id).cancel()
            case _:
                raise _Closed(4400, "Invalid message")

    async def _operate(self, id: str, payload: dict[str, Any]) -> None:
        """Send the answers to one operation, and that there are no more."""
        ended: dict[str, Any] = {"type": "complete", "id": id}
        try:
            async with aclosing(self._streams.answers(self._socket, parameters_of(payload), self._claims)) as answers:
                async for answer in answers:
                    body = json.loads(answer.body) if isinstance(answer.body, bytes) else answer.body
                    if not answer.ran:
                        ended = {"type": "error", "id": id, "payload": body["errors"]}
                        break
                    await self._send({"type": "next", "id": id, "payload": body})
        except NoGraphQL as fault:
            errors = _told(fault.refusal, self._context())["errors"]
            ended = {"type": "error", "id": id, "payload": errors}
        except (TimeoutError, WebSocketDisconnect, RuntimeError):  # it takes nothing any more
            await self._close(1013, "Too slow")
            return
        except Exception:
            log.exception("an operation failed", extra={"request_id": self._socket.state.request_id})
            errors = _told(
                Refusal("INTERNAL", None, {"request": self._socket.state.request_id}),
                self._context(),
                "INTERNAL",
            )["errors"]
            ended = {"type": "error", "id": id, "payload": errors}
        self._operations.pop(id, None)
        with suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
            await self._send(ended)

    def _context(self) -> Context:
        return context_for(self._socket, headers_of(self._socket), self._claims)

    async def _message(self) -> dict[str, Any]:
        """The next message. Raises _Closed for what is none, WebSocketDisconnect."""
        received = await self._socket.receive()
        if received["type"] != "websocket.receive":
            raise WebSocketDisconnect(received.get("code", 1005))
        try:
            message = json.loads(received.get("text") or "")
        except (ValueError, RecursionError) as fault:
            raise _Closed(4400, "Invalid message") from fault
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise _Closed(4400, "Invalid message")
        return message

    async def _send(self, message: dict[str, Any]) -> None:
        """Send a message; raises TimeoutError for a client that takes none."""
        async with asyncio.timeout(SEND_SECONDS), self._turn:
            await self._socket.send_text(dumped(message).decode())

    async def _close(self, code: int, reason: str) -> None:
        if self._socket.application_state is not WebSocketState.DISCONNECTED:
            with suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
                async with asyncio.timeout(SEND_SECONDS):
                    await self._socket.close(code, reason)


def _told(refusal: Refusal, context: Context, code: str = ErrorCode.INVALID.value) -> dict[str, Any]:
    extensions = {"requestId": context.request_id, "code": code, "reason": refusal.reason}
    return {"errors": [{"message": text_of(refusal, context.language), "extensions": extensions}]}


# ---------------------------------------------------------------------------------------------------------------- stopping


@contextmanager
def told_of_stop(stop: Callable[[], None]) -> Iterator[None]:
    """Have `stop` called when the process is asked to end: the server waits for its streams before it says so to us."""
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def heed(number: int, frame: Any) -> None:
        loop.call_soon_threadsafe(stop)
        then = before[signal.Signals(number)]
        if callable(then):
            then(number, frame)

    for number in before:
        signal.signal(number, heed)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        stop()
