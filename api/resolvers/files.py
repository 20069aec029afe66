"""Files: taken in with the record they belong to, and opened by whoever may see that record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tortoise import Model

from api.auth.predicates import Bindings
from api.execution.command import Work
from api.execution.reads import Reads
from api.settings import settings
from api.storage import storage
from domain.errors import Invalid, NotFound, refuse_if_any
from domain.files import SentFile, faults_of_file, kind_of
from models.access import Access
from models.customer import QualificationDocument
from models.file import StoredFile

HOLDERS: tuple[type[Model], ...] = (QualificationDocument,)
"""The models whose rows have a file, each in its column `file_id`."""


@asynccontextmanager
async def taken_in(work: Work, file: SentFile) -> AsyncIterator[StoredFile]:
    """A file kept for the record that the block makes; not kept if the block fails. Raises Invalid."""
    refuse_if_any(faults_of_file(file, settings().max_file_bytes), Invalid)
    kind = kind_of(file.content)
    assert kind is not None
    key = await storage().put(file.content)
    try:
        yield await StoredFile.create(
            key=key,
            name=file.name,
            media_type=kind.media_type,
            size=len(file.content),
            digest=file.digest,
            stored_at=work.now,
            stored_by=work.by,
        )
    except BaseException:
        await storage().delete(key)
        raise


async def opened(reads: Reads, file_id: int) -> Any:
    """The row of a file whose record the caller may see now. Raises NotFound (LINK_OVER), Unauthenticated."""
    authority = await reads.authority()
    for model in HOLDERS:
        access: Access = model.access  # type: ignore[attr-defined]  # a model that is guarded
        bindings = Bindings()
        wanted = bindings.bind(file_id, "bigint")
        seen = reads.row_scope(authority, access, "t").some(bindings)
        rows = await reads.fetch(
            f"select f.key, f.name, f.media_type, f.size from stored_files f join {model._meta.db_table} t on t.file_id = f.id"
            f" where f.id = {wanted} and {seen}",
            bindings,
        )
        if rows:
            return rows[0]
    raise NotFound.because("LINK_OVER")
