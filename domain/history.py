"""What happened to rows, as change documents tell it."""

from enum import Enum


class ChangeKind(Enum):
    """What a change document says of its row: the change indicator 更改标识."""

    CREATED = "CREATED"
    CHANGED = "CHANGED"
    DELETED = "DELETED"
