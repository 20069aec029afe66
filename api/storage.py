"""Where files lie: a folder, or storage that speaks S3. Keys are made here, so that no sender's name ever becomes a path."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Any

import obstore
from obstore.store import from_url

from api.settings import settings

CHUNK = 256 * 1024


class Storage:
    """Files by keys of our own."""

    def __init__(self, url: str) -> None:
        self._store: Any = from_url(url, mkdir=True) if url.startswith("file:") else from_url(url)

    async def put(self, content: bytes) -> str:
        """Keep a file; its key."""
        name = uuid.uuid4().hex
        key = f"{name[:2]}/{name}"
        await obstore.put_async(self._store, key, content)
        return key

    async def open(self, key: str) -> AsyncIterator[bytes]:
        """A file's content in pieces. Raises FileNotFoundError."""
        found = await obstore.get_async(self._store, key)
        pieces: Any = found.stream(min_chunk_size=CHUNK)
        return _plain(pieces)

    async def delete(self, key: str) -> None:
        """Forget a file."""
        await obstore.delete_async(self._store, key)


async def _plain(pieces: Any) -> AsyncIterator[bytes]:
    async for piece in pieces:
        yield bytes(piece)


@lru_cache(maxsize=1)
def storage() -> Storage:
    """The storage of this process."""
    chosen = settings()
    return Storage(chosen.files_url or (chosen.data_dir / "files").absolute().as_uri())
