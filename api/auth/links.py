"""Short-lived links to files: each names the file and who asked. Whether they may is decided again when it is opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from api.auth.tokens import ALGORITHM, KeyRing
from api.settings import settings
from domain.caller import Caller, UserKind
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
        kid, key = self._keys.newest()
        expires_at = (datetime.now(timezone.utc) + self._life).replace(microsecond=0)
        claims = {
            "iss": self._issuer,
            "sub": str(caller.user_id),
            "sid": caller.session_id,
            "name": caller.username,
            "kind": caller.kind.value,
            "locale": caller.locale,
            "file": file_id,
            "exp": int(expires_at.timestamp()),
        }
        return jwt.encode({"alg": ALGORITHM, "kid": kid}, claims, key, algorithms=[ALGORITHM]), expires_at

    def read(self, token: str, request_id: str) -> Opened:
        """What the token opens. Raises NotFound (LINK_OVER)."""
        try:
            claims = jwt.decode(token, self._key_of, algorithms=[ALGORITHM]).claims
            if claims["iss"] != self._issuer or claims["exp"] <= datetime.now(timezone.utc).timestamp():
                raise NotFound.because("LINK_OVER")
            kind = UserKind(claims["kind"])
            caller = Caller(int(claims["sub"]), claims["name"], kind, int(claims["sid"]), claims["locale"], request_id)
            return Opened(int(claims["file"]), caller)
        except (JoseError, ValueError, KeyError, TypeError) as fault:
            raise NotFound.because("LINK_OVER") from fault

    def _key_of(self, signed: Any) -> ECKey:
        key = self._keys.find(signed.headers().get("kid"))
        if key is None:
            raise NotFound.because("LINK_OVER")
        return key


@lru_cache(maxsize=1)
def links() -> Links:
    """The links of this process."""
    chosen = settings()
    return Links(KeyRing(chosen.keys), chosen.issuer, chosen.link_seconds)
