"""The application: routes, sessions, CORS, limits, health. Started by `python -m api serve`."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from asyncio import timeout
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import quote

import asyncpg
import prometheus_client
from prometheus_client import multiprocess
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from api import exports
from api.asking import context_of, headers_of
from api.auth.api_keys import ApiKeys
from api.auth.links import links
from api.auth.tokens import KeyRing, Tokens
from api.auth.traces import keep_writing
from api.database import AWAY, ReadConnections, is_migrated, models_open, read_pool
from api.execution.answer import Executor, OnlyQueries
from api.execution.deliveries import Deliveries
from api.execution.documents import Documents
from api.execution.feed import Feed
from api.execution.limits import Limits
from api.execution.planned import PlannedReads
from api.execution.reads import Reads
from api.execution.subscriptions import Subscriptions
from api.graphql_http import JSON, NoGraphQL, accepted_type, read_request, respond, respond_error
from api.http import App, Origins, RequestIds
from api.live import Streams, events, takes_events, told_of_stop, websocket
from api.resolvers.files import opened
from api.schema.root import schema
from api.settings import Mode, Settings, settings
from api.storage import storage
from api.worker import working_aside
from domain.errors import ErrorCode, NotFound, Refusal, Unauthenticated, Unavailable

log = logging.getLogger("sdgraph.app")
YOUNG_OBJECTS = 20_000
"""So many new objects are looked at together: a page of rows, with what it is made of."""
AGAIN_SECONDS = 0.5
"""How long after a failure the work beside the requests begins again."""
STATIC = Path(__file__).parent / "static"
SCROLL_LOCK = "'sha256-Y/huXlwoYkVyQlxwSVcCi1RCDGDCSVBzDt0hYP9qlTc='"
"""The one style that GraphiQL's dialogs write into the page."""
PAGE_POLICY = (
    f"default-src 'none'; script-src 'self'; style-src 'self' {SCROLL_LOCK}; font-src data:; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""GraphiQL's Content-Security-Policy: everything comes from here; its style sheet carries fonts and pictures with it."""


class State(TypedDict):
    """What lives as long as the process and every request shares."""

    pool: ReadConnections
    exports: ReadConnections
    tokens: Tokens
    api_keys: ApiKeys
    executor: Executor
    streams: Streams


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[State]:
    """Open what the process shares, and give it back when the last request is done."""
    chosen = settings()
    if chosen.database_url is None:
        raise RuntimeError("DATABASE_URL is not set; start with `python -m api serve`, which brings its own")
    keys = KeyRing(chosen.keys)
    keys.ensure()
    tokens = Tokens(keys, chosen.issuer, chosen.access_token_seconds, now)
    async with (
        models_open(chosen.database_url, most_connections=chosen.write_connections, everywhere=True),
        read_pool(chosen.database_url, chosen.read_connections) as pool,
        read_pool(chosen.database_url, chosen.read_connections, generic_plans=True) as generic,
        read_pool(chosen.database_url, chosen.export_connections) as for_exports,
        working_aside(chosen.job_stale_seconds),
    ):
        api_keys, feed = ApiKeys(pool, now), Feed(chosen.database_url)
        executor = build_executor(chosen, pool, generic)
        streams = Streams(Subscriptions(executor, feed), chosen.max_streams)
        deliveries = Deliveries(pool, feed, chosen)
        settle_memory()
        async with beside(api_keys.note_uses, partial(keep_writing, pool), feed.run, deliveries.run):
            with told_of_stop(feed.stop):
                yield State(
                    pool=pool, exports=for_exports, tokens=tokens, api_keys=api_keys, executor=executor, streams=streams
                )


def settle_memory() -> None:
    """Let the garbage collector leave alone what lives as long as the process, and look at the rest less often."""
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)


@asynccontextmanager
async def beside(*works: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Let these go on beside the block, and end them with it."""
    tasks = [asyncio.create_task(_kept_going(work)) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _kept_going(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """What goes on beside the requests ends with the process; a fault of ours is told, and it begins again."""
    while True:
        try:
            await work()
        except Exception:
            log.critical("work beside the requests has failed, and begins again", exc_info=True)
        await asyncio.sleep(AGAIN_SECONDS)


def now() -> datetime:
    """The time of this machine."""
    return datetime.now(timezone.utc)


def build_executor(chosen: Settings, pool: ReadConnections, generic: ReadConnections) -> Executor:
    """The executor of the schema, planned unless that is switched off."""
    planned = PlannedReads(schema, pool, generic) if chosen.planned_reads else None
    return Executor(schema, build_documents(chosen), planned, most_seconds=chosen.read_seconds)


def build_documents(chosen: Settings) -> Documents:
    """What prepares documents for the schema, under the limits that are set."""
    limits = Limits(chosen.max_depth, chosen.max_aliases, chosen.max_directives, chosen.max_cost)
    return Documents(schema._schema, limits, chosen.max_tokens, introspection=chosen.open_house, suggestions=chosen.open_house)


async def graphql(request: Request) -> Response:
    """GraphQL over HTTP; a browser that comes to look gets GraphiQL where the house is open."""
    if request.method == "GET" and "query" not in request.query_params and _is_visit(request):
        page = {"Cache-Control": "no-cache", "Content-Security-Policy": PAGE_POLICY, "Vary": "Accept"}
        return FileResponse(STATIC / "graphiql.html", headers=page)
    media_type, headers = JSON, headers_of(request)
    try:
        streamed = takes_events(headers.get("accept"))
        media_type = JSON if streamed else accepted_type(headers.get("accept"))
        asked = await read_request(request, headers)
        if streamed:
            return await events(request, headers, asked)
        context = await context_of(request, headers)
        executor: Executor = request.scope["state"]["executor"]
        answer = await executor.answer(asked, context, only_query=request.method == "GET")
        response = respond(answer, media_type)
    except OnlyQueries:
        return respond_error(request, 405, Refusal("MUTATION_BY_GET"), headers={"Allow": "POST"}, media_type=media_type)
    except NoGraphQL as fault:
        return respond_error(request, fault.status, fault.refusal, headers=fault.headers, media_type=media_type)
    except Unauthenticated as problem:
        told = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        return respond_error(request, 401, problem.refusals[0], code=problem.code.value, headers=told, media_type=media_type)
    except Unavailable as problem:
        return respond_error(request, 503, problem.refusals[0], code=problem.code.value, media_type=media_type)
    for name, value, seconds in context.set_cookies:
        response.set_cookie(
            name, value, max_age=seconds, path="/graphql", httponly=True, samesite="strict", secure=_secure_cookie()
        )
    return response


class GraphQL:
    """`/graphql` over HTTP; all else is for the others. It stands before them, as the layers that Starlette puts around each
    request take a tenth of what a read takes.
    """

    def __init__(self, others: App) -> None:
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/graphql":
            await self._others(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await graphql(request)
        except Exception as fault:
            response = await internal_error(request, fault)
            await response(scope, receive, send)
            raise
        await response(scope, receive, send)


def _is_visit(request: Request) -> bool:
    """Whether somebody comes with a browser to look around, where that is allowed."""
    return settings().open_house and "text/html" in request.headers.get("accept", "")


def _secure_cookie() -> bool:
    return settings().cookie_secure and settings().mode is not Mode.DEMO


async def file(request: Request) -> Response:
    """A file by its link, for who may see its record now: to be saved, never to be shown or run by a browser in our name."""
    try:
        link = links().read(request.path_params["token"], request.state.request_id)
        reads = Reads(request.state.pool, link.caller)
        try:
            found = await opened(reads, int(link.said["file"]))
        finally:
            await reads.close()
        content = await storage().open(found["key"])
    except (NotFound, Unauthenticated, FileNotFoundError) as fault:
        if isinstance(fault, FileNotFoundError):
            log.error("a file is missing in the storage", extra={"request_id": request.state.request_id})
        return respond_error(request, 404, Refusal("LINK_OVER"), code=ErrorCode.NOT_FOUND.value)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found['name'], safe='')}",
        "Content-Length": str(found["size"]),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
        "Referrer-Policy": "no-referrer",
    }
    return StreamingResponse(content, headers=headers, media_type=found["media_type"])


async def live(_request: Request) -> Response:
    """Whether the process answers."""
    return JSONResponse({"status": "ok"})


async def ready(request: Request) -> Response:
    """Whether it can do its work: database, migrations, policy."""
    checks = {"database": False, "migrations": False, "policy": False}
    try:
        async with timeout(5), request.state.pool.lent() as connection:
            checks["database"] = await connection.fetchval("select 1") == 1
            checks["migrations"] = await is_migrated(connection)
            checks["policy"] = checks["migrations"] and bool(
                await connection.fetchval("select max(version) from policy_versions")
            )
    except (*AWAY, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
        log.warning("not ready: %s", type(fault).__name__)
    return JSONResponse(
        {"status": "ok" if all(checks.values()) else "unavailable", **checks}, 200 if all(checks.values()) else 503
    )


async def metrics(_request: Request) -> Response:
    """Prometheus' page, over all worker processes."""
    registry = prometheus_client.REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = prometheus_client.CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(prometheus_client.generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")


async def jwks(request: Request) -> Response:
    """The public keys that access tokens are signed with."""
    tokens: Tokens = request.state.tokens
    return JSONResponse(tokens.keys.public(), headers={"Cache-Control": "public, max-age=60"})


async def home(request: Request) -> Response:
    """Where to go."""
    if _is_visit(request):
        return RedirectResponse("/graphql", headers={"Vary": "Accept"})
    return JSONResponse({"graphql": "/graphql", "ready": "/health/ready", "keys": "/.well-known/jwks.json"})


async def no_route(request: Request, fault: Exception) -> Response:
    """What no route answers."""
    assert isinstance(fault, HTTPException)
    headers = fault.headers or {}
    refusals = {404: Refusal("PATH_UNKNOWN"), 405: Refusal("METHOD_WRONG", None, {"methods": headers.get("Allow", "")})}
    return respond_error(request, fault.status_code, refusals.get(fault.status_code, Refusal("HTTP_ERROR")), headers=headers)


async def internal_error(request: Request, _fault: Exception) -> Response:
    """What should not have happened: an id to find it by in the logs, and nothing of the inside."""
    return respond_error(request, 500, Refusal("INTERNAL", None, {"request": request.state.request_id}), code="INTERNAL")


def build_app() -> App:
    """The application as the server runs it."""
    chosen = settings()
    routes: list[BaseRoute] = [
        Route("/", home),
        WebSocketRoute("/graphql", websocket),
        Route("/files/{token}", file),
        Route("/exports/{token}/customers.csv", exports.customers),
        Route("/exports/{token}/price-list.csv", exports.price_list),
        Route("/health/live", live),
        Route("/health/ready", ready),
        Route("/metrics", metrics),
        Route("/.well-known/jwks.json", jwks),
    ]
    if chosen.open_house:
        routes.append(Mount("/static", StaticFiles(directory=STATIC)))
    app: App = Starlette(
        routes=routes, lifespan=lifespan, exception_handlers={HTTPException: no_route, Exception: internal_error}
    )
    return RequestIds(Origins(GraphQL(app), chosen.cors_origins))
