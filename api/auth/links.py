"""Short-lived links: each names what it opens and who asked. Whether they may is decided again when it is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from api.auth.tokens import Claims, KeyRing, Untrue
from api.settings import settings
from domain.caller import Caller
from domain.errors import NotFound


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens, and for whom."""

    said: Mapping[str, Any]
    caller: Caller


class Links:
    """Issues and reads links, signed like access tokens under another issuer's name, so that neither passes for the other."""

    def __init__(self, keys: KeyRing, issuer: str, seconds: int) -> None:
        self._keys = keys
        self._issuer = issuer
        self._life = timedelta(seconds=seconds)

    def issue(self, caller: Caller, **said: Any) -> tuple[str, datetime]:
        """The token of a link that says what it opens, and when it expires."""
        expires_at = (datetime.now(timezone.utc) + self._life).replace(microsecond=0)
        claims = Claims(caller.user_id, caller.username, caller.kind, caller.session_id, caller.locale, expires_at)
        return self._keys.sign(self._issuer, claims, **said), expires_at

    def read(self, token: str, request_id: str) -> Opened:
        """What the token opens. Raises NotFound (LINK_OVER)."""
        try:
            verified = self._keys.verified(self._issuer, token)
        except Untrue as fault:
            raise NotFound.because("LINK_OVER") from fault
        who = verified.claims
        if who.expires_at <= datetime.now(timezone.utc):
            raise NotFound.because("LINK_OVER")
        caller = Caller(who.user_id, who.username, who.kind, who.session_id, who.locale, request_id)
        return Opened(verified.said, caller)


@lru_cache(maxsize=1)
def links() -> Links:
    """The links of this process to files, each saying `file`."""
    return _links("files")


@lru_cache(maxsize=1)
def export_links() -> Links:
    """The links of this process to exports, which say what of if there is a choice."""
    return _links("exports")


def _links(to: str) -> Links:
    chosen = settings()
    return Links(KeyRing(chosen.keys), f"{chosen.issuer}/{to}", chosen.link_seconds)
