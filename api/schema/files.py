"""Files that were handed in, and the links that open them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import strawberry

import models
from api.auth.links import links
from api.execution.mapping import column, computed, mapped
from api.execution.reads import Reads


@strawberry.type(description="Where a file can be fetched, by whoever may see its record, for a short while.")
class FileLink:
    url: str = strawberry.field(description="The path on this server; it takes no other authorization.")
    expires_at: datetime = strawberry.field(description="When it opens nothing any more.")


async def _links(reads: Reads, file_ids: Sequence[int]) -> list[FileLink]:
    assert reads.caller is not None
    issued = [links().issue(reads.caller, file=file_id) for file_id in file_ids]
    return [FileLink(url=f"/files/{token}", expires_at=expires_at) for token, expires_at in issued]


@mapped(models.StoredFile)
@strawberry.type(description="A file that was handed in.")
class StoredFile:
    name: str = column("name", "Its name, as the sender called it.")
    media_type: str = column("media_type", "What it is, by its content.")
    size: int = column("size", "Its size in bytes.")
    stored_at: datetime = column("stored_at", "When it was handed in.")
    link: FileLink = computed("A link of your own to fetch it by.", _links)
