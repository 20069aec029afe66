"""Files beside a GraphQL request, by the GraphQL multipart request specification: `operations`, `map`, then the files."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from domain.files import UNSAID, SentFile

MOST_FILES = 5
MOST_PATHS = 20


class Malformed(Exception):
    """The form breaks the specification; says where."""


class TooLarge(Exception):
    """The body is larger than it may be."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it was sent: the operations, and each file with the places it belongs to."""

    operations: Mapping[str, Any]
    files: tuple[tuple[SentFile, tuple[str, ...]], ...]

    def put_files(self) -> None:
        """Set each file into its places, which must hold null. Raises Malformed."""
        for file, paths in self.files:
            for path in paths:
                _put(self.operations, path, file)


async def read_form(request: Request, most_text: int, most_bytes: int) -> Form:
    """The form of a request, files read. Raises Malformed, TooLarge."""
    parser = MultiPartParser(
        request.headers, _counted(request, most_bytes), max_files=MOST_FILES, max_fields=2, max_part_size=most_text
    )
    try:
        form = await parser.parse()
    except MultiPartException as fault:
        raise Malformed(fault.message) from fault
    try:
        operations, places = _object(form, "operations"), _object(form, "map")
        names = [name for name, value in form.multi_items() if isinstance(value, UploadFile)]
        if sorted(names) != sorted(places):
            raise Malformed("map")
        return Form(operations, tuple([(await _sent(form[name]), _paths(places[name])) for name in names]))
    finally:
        await form.close()


def _object(form: FormData, name: str) -> dict[str, Any]:
    text = form.get(name)
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError) as fault:
        raise Malformed(name) from fault
    if not isinstance(value, dict):
        raise Malformed(name)
    return value


def _paths(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_PATHS or not all(isinstance(each, str) for each in value):
        raise Malformed("map")
    return tuple(value)


async def _sent(part: Any) -> SentFile:
    return SentFile(part.filename or "", part.content_type or UNSAID, await part.read())


def _put(operations: Mapping[str, Any], path: str, file: SentFile) -> None:
    first, *steps = path.split(".")
    place: Any = operations.get("variables") if first == "variables" else None
    for step in steps[:-1]:
        place = _inside(place, step)
    last: Any = steps[-1] if steps else ""
    if isinstance(place, list) and last.isdigit() and int(last) < len(place):
        last = int(last)
    elif not isinstance(place, dict) or last not in place:
        raise Malformed(f"map: {path[:100]}")
    if place[last] is not None:
        raise Malformed(f"map: {path[:100]}")
    place[last] = file


def _inside(place: Any, step: str) -> Any:
    if isinstance(place, list) and step.isdigit() and int(step) < len(place):
        return place[int(step)]
    return place.get(step) if isinstance(place, dict) else None


async def _counted(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise TooLarge
        yield part
