"""Who asks and how: from the headers of a request, or from what comes in their place, to the context that resolvers get."""

from collections.abc import Mapping

from starlette.requests import HTTPConnection

from api.auth.api_keys import ApiKeys, is_key
from api.auth.tokens import Claims, Tokens
from api.execution.reads import Reads
from api.schema.base import Context, caller_of
from api.settings import settings
from domain.errors import Unauthenticated
from domain.messages import language_of


async def context_of(request: HTTPConnection, headers: Mapping[str, str]) -> Context:
    """The context of one request. Raises Unauthenticated for a token or key that does not hold, Unavailable."""
    header = headers.get("authorization")
    return context_for(request, headers, None if header is None else await claims_of(request, header))


async def claims_of(request: HTTPConnection, authorization: str) -> Claims:
    """Who an `Authorization` header speaks for. Raises Unauthenticated, Unavailable."""
    state = request.scope["state"]
    tokens: Tokens = state["tokens"]
    api_keys: ApiKeys = state["api_keys"]
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated.because("TOKEN_INVALID")
    token = token.strip()
    return await api_keys.read(token) if is_key(token) else tokens.read(token)


def context_for(request: HTTPConnection, headers: Mapping[str, str], claims: Claims | None) -> Context:
    """A context for whoever the claims name, with reads of its own."""
    state = request.scope["state"]
    request_id, address = state["request_id"], address_of(request, headers)
    caller = None if claims is None else caller_of(claims, request_id, address)
    return Context(
        reads=Reads(state["pool"], caller),
        tokens=state["tokens"],
        caller=caller,
        language=language_of(headers.get("accept-language", "") or (claims.locale if claims else "")),
        address=address,
        request_id=request_id,
        cookies=request.cookies if "cookie" in headers else {},
        may_use_cookie=may_use_cookie(headers),
    )


def headers_of(request: HTTPConnection) -> Mapping[str, str]:
    """The headers by name, of several the first: Starlette's own looks through them all at each question, of which a request
    has eight.
    """
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(request.scope["headers"])}


def address_of(request: HTTPConnection, headers: Mapping[str, str]) -> str:
    """The client's address; a trusted proxy's word is taken for it."""
    peer = request.client.host if request.client else ""
    if "x-forwarded-for" not in headers:
        return peer
    forwarded = [part.strip() for part in headers["x-forwarded-for"].split(",") if part.strip()]
    trusted = settings().trusted_proxies
    while peer in trusted and forwarded:
        peer = forwarded.pop()
    return peer


def may_use_cookie(headers: Mapping[str, str]) -> bool:
    """Whether the request comes from a page of this site or of an allowed origin, or from no page at all."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
    return origin in settings().cors_origins or origin.partition("://")[2] == headers.get("host")
