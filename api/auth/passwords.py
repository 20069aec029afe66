"""Passwords: argon2id, checked in a thread, at the same cost whether or not there is such a user."""

import asyncio
import secrets
from functools import lru_cache

from pwdlib import PasswordHash

from domain.errors import Refusal

SHORTEST, LONGEST = 8, 200
SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"
"""What initial passwords are made of: nothing that is easily taken for something else."""


@lru_cache(maxsize=1)
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _hasher().hash(secrets.token_hex(16))


async def hash_of(password: str) -> str:
    """What is stored of a password."""
    return await asyncio.to_thread(_hasher().hash, password)


async def opens(password: str, stored: str | None) -> bool:
    """Whether the password is the stored one's; takes as long where nothing is stored."""
    right = await asyncio.to_thread(_hasher().verify, password, stored or _nobodys())
    return right and stored is not None


def initial_password() -> str:
    """A password to be told to somebody: 80 bits, in groups that can be read out."""
    return "-".join("".join(secrets.choice(SIGNS) for _ in range(4)) for _ in range(4))


def faults_of_password(password: str, username: str) -> tuple[Refusal, ...]:
    """What speaks against a new password: its length, or that it holds the user name."""
    rules = (
        ("PASSWORD_TOO_SHORT", len(password) >= SHORTEST),
        ("PASSWORD_TOO_LONG", len(password) <= LONGEST),
        ("PASSWORD_HOLDS_USERNAME", username.casefold() not in password.casefold()),
    )
    return tuple(Refusal(code, "newPassword", {"least": SHORTEST, "most": LONGEST}) for code, holds in rules if not holds)
