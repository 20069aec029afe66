"""Short-lived links to files: each names the file and who asked. Whether they may is decided again when it is opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from api.auth.tokens import Claims, KeyRing, Untrue
from api.settings import settings
from domain.caller import Caller
from domain.errors import NotFound


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens, and for whom."""

    file_id: int
    caller: Caller


class Links:
    """Issues and reads links, signed like access tokens under another issuer's name, so that neither passes for the other."""

    def __init__(self, keys: KeyRing, issuer: str, seconds: int) -> None:
        self._keys = keys
        self._issuer = f"{issuer}/files"
        self._life = timedelta(seconds=seconds)

    def issue(self, caller: Caller, file_id: int) -> tuple[str, datetime]:
        """The token of a link, and when it expires."""
        expires_at = (datetime.now(timezone.utc) + self._life).replace(microsecond=0)
        claims = Claims(caller.user_id, caller.username, caller.kind, caller.session_id, caller.locale, expires_at)
        return self._keys.sign(self._issuer, claims, file=file_id), expires_at

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
        return Opened(int(verified.said["file"]), caller)


@lru_cache(maxsize=1)
def links() -> Links:
    """The links of this process."""
    chosen = settings()
    return Links(KeyRing(chosen.keys), chosen.issuer, chosen.link_seconds)
