"""Access tokens: short-lived, signed with ES256, the key named by `kid`. Keys are files that any number of processes share."""

import json
import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from cachetools import LRUCache
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from domain.caller import UserKind
from domain.errors import Unauthenticated

ALGORITHM = "ES256"
SETTLED_NS = 2_000_000_000
"""So long after a directory's last change the next one has another time, whatever the tick of the file system's clock is."""
LISTED_ANEW_SECONDS = 1.0
"""So often the directory is listed even if its time stands still, as that of a network file system may."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says once its signature and dates hold, or what is known of an API key."""

    user_id: int
    username: str
    kind: UserKind
    session_id: int
    locale: str
    expires_at: datetime
    api_key: int | None = None
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Verified:
    """A token that holds: the key that signed it, who it speaks for, and all that it says."""

    kid: str
    claims: Claims
    said: Mapping[str, Any]


class Untrue(Exception):
    """A token that none of our keys has signed under this issuer's name."""


class KeyRing:
    """The signing keys of a directory: the newest signs, every one that is still there verifies."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._keys: dict[str, ECKey] = {}
        self._changed_at: int | None = None
        """When the directory had changed, in nanoseconds, as it was listed; None while it may change within that tick."""
        self._listed_at = 0.0

    def ensure(self) -> None:
        """Make a first key where there is none."""
        self._load()
        if not self._keys:
            self.rotate()

    def rotate(self) -> str:
        """Add a key that signs from now on; older ones go on verifying. Tells its `kid`."""
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        kid = f"{datetime.now(timezone.utc):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
        key = ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": ALGORITHM}, private=True)
        draft = self._directory / f".{kid}"
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            json.dump(key.as_dict(private=True), file)
        draft.rename(self._directory / f"{kid}.json")
        self._load()
        return kid

    def retire(self, kid: str) -> bool:
        """Take a key away: what it signed opens nothing any more. Tells whether there was such a key.

        The last one leaves another in its place, so that there is always one that signs.
        """
        self._load()
        if kid not in self._keys:
            return False
        if len(self._keys) == 1:
            self.rotate()
        (self._directory / f"{kid}.json").unlink(missing_ok=True)
        self._load()
        return True

    def newest(self) -> tuple[str, ECKey]:
        """The key that signs now."""
        self._load()
        kid = max(self._keys)
        return kid, self._keys[kid]

    def find(self, kid: object) -> ECKey | None:
        """The key of that name, if it is still there."""
        self._load()
        return self._keys.get(kid) if isinstance(kid, str) else None

    def public(self) -> dict[str, Any]:
        """The JSON Web Key Set for others to verify with."""
        self._load()
        return {"keys": [self._keys[kid].as_dict(private=False) for kid in sorted(self._keys, reverse=True)]}

    def sign(self, issuer: str, claims: Claims, **said: Any) -> str:
        """A token that speaks for somebody until it expires."""
        kid, key = self.newest()
        body = {
            "iss": issuer,
            "sub": str(claims.user_id),
            "sid": claims.session_id,
            "name": claims.username,
            "kind": claims.kind.value,
            "locale": claims.locale,
            "exp": int(claims.expires_at.timestamp()),
            **said,
        }
        return jwt.encode({"alg": ALGORITHM, "kid": kid}, body, key, algorithms=[ALGORITHM])

    def verified(self, issuer: str, token: str) -> Verified:
        """What a token of this issuer says; whether it has expired is left to who asks. Raises Untrue."""
        try:
            decoded = jwt.decode(token, self._key_of, algorithms=[ALGORITHM])
            said = decoded.claims
            if said["iss"] != issuer:
                raise Untrue
            claims = Claims(
                int(said["sub"]),
                str(said["name"]),
                UserKind(said["kind"]),
                int(said["sid"]),
                str(said["locale"]),
                datetime.fromtimestamp(said["exp"], timezone.utc),
            )
            return Verified(decoded.header["kid"], claims, said)
        except (JoseError, ValueError, KeyError, TypeError) as fault:
            raise Untrue from fault

    def _key_of(self, signed: Any) -> ECKey:
        key = self.find(signed.headers().get("kid"))
        if key is None:
            raise Untrue
        return key

    def _load(self) -> None:
        """See which keys there are, by their names, as a file is never written to: listed where the directory has changed."""
        at = time.monotonic()
        try:
            changed_at = os.stat(self._directory).st_ctime_ns  # noqa: PTH116  # at each request: a Path's is slower
            if changed_at == self._changed_at and at - self._listed_at < LISTED_ANEW_SECONDS:
                return
            settled = time.time_ns() - changed_at > SETTLED_NS
            names = os.listdir(self._directory)  # noqa: PTH208
        except FileNotFoundError:
            return
        kids = {name.removesuffix(".json") for name in names if name.endswith(".json")}
        if kids != self._keys.keys():
            self._keys = {kid: self._keys.get(kid) or self._read(kid) for kid in kids}
        self._changed_at, self._listed_at = changed_at if settled else None, at

    def _read(self, kid: str) -> ECKey:
        return ECKey.import_key(json.loads((self._directory / f"{kid}.json").read_text()))


class Tokens:
    """Issues and reads access tokens."""

    def __init__(self, keys: KeyRing, issuer: str, seconds: int, clock: Callable[[], datetime]) -> None:
        self.keys = keys
        self._issuer = issuer
        self._life = timedelta(seconds=seconds)
        self._clock = clock
        self._read: LRUCache[str, tuple[str, Claims]] = LRUCache(maxsize=10_000)

    def issue(self, user_id: int, username: str, kind: UserKind, session_id: int, locale: str) -> tuple[str, datetime]:
        """A token for one session, and when it expires."""
        now = self._clock()
        expires_at = (now + self._life).replace(microsecond=0)
        claims = Claims(user_id, username, kind, session_id, locale, expires_at)
        return self.keys.sign(self._issuer, claims, iat=int(now.timestamp()), jti=secrets.token_hex(8)), expires_at

    def read(self, token: str) -> Claims:
        """What the token says. Raises Unauthenticated (TOKEN_INVALID, TOKEN_EXPIRED)."""
        known = self._read.get(token)
        if known is None or self.keys.find(known[0]) is None:
            known = self._read[token] = self._verify(token)
        if known[1].expires_at <= self._clock():
            raise Unauthenticated.because("TOKEN_EXPIRED")
        return known[1]

    def _verify(self, token: str) -> tuple[str, Claims]:
        try:
            verified = self.keys.verified(self._issuer, token)
        except Untrue as fault:
            raise Unauthenticated.because("TOKEN_INVALID") from fault
        return verified.kid, verified.claims
