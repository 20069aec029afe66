"""How a model's rows map to sales areas and owners. Stated once per model; every read and write of it goes by this.

A model without an `access` cannot be queried by a caller. `Access` says which authorization object decides; `areas` says
where a row lies; `owner` says whose it is. With several areas a row is displayed where *some* of them lies in the scope,
and anything else needs *every* one.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from domain.areas import PARTS


@dataclass(frozen=True, slots=True)
class OwnArea:
    """The row lies in the one area of its own three columns.

    `ordered_by` names fields of the type that are indexed behind the area and behind its sales organization, so that a page
    in that order is an index range per area.
    """

    columns: tuple[str, str, str] = PARTS
    ordered_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnPattern:
    """The row's own three columns, `*` standing for all: displayed where the scope meets it, else the scope must cover it."""

    columns: tuple[str, str, str] = PARTS


@dataclass(frozen=True, slots=True)
class ThroughRows:
    """The row lies in the areas of the rows of `table` whose columns equal its own: pairs (column there, column here).

    `patterns` says that the columns over there may hold `*`; `ordered_by` pairs fields of the type with columns over there that
    hold the same and are indexed behind the areas, so that a page in that order is an index range per area.
    """

    table: str
    on: tuple[tuple[str, str], ...]
    patterns: bool = False
    ordered_by: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Anywhere:
    """The row belongs to no area: displayed by whoever may display its object somewhere."""


@dataclass(frozen=True, slots=True)
class PartOf:
    """The row is a part of another model's row and seen with it; alone it cannot be asked for."""

    model: str


Areas = OwnArea | OwnPattern | ThroughRows | Anywhere | PartOf


@dataclass(frozen=True, slots=True)
class OwnedByCustomer:
    """Own, if one of these columns names a customer that the asking user is bound to."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnedByUser:
    """Own, if this column is the asking user's id."""

    column: str


Owner = OwnedByCustomer | OwnedByUser | None


@dataclass(frozen=True, slots=True)
class Access:
    """The authorization object of a model, the areas and the owner of its rows.

    `override` names an object which, held everywhere, stands in for having every area (DESIGN §3.2, `customer_general`);
    `measure` is the column that a limit on the object compares; `closed` one that, once it is filled, closes the row: it is
    displayed and no command changes it any more. `told` is a column that names the object of each row instead, and which
    objects it may name.
    """

    object: str
    areas: Areas
    owner: Owner = None
    override: str | None = None
    measure: str | None = None
    closed: str | None = None
    told: tuple[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class AboutRecord:
    """Instead of an `Access`: the row is about a record, named in `record_type` and `record_id`, and is asked for by it alone.

    Its column `object` says which authorization object decides, wherever the record lies; or, where the column `part` is
    filled, in that sales area, or in that company code's part of the record.
    """

    part: str | None = None


class Guarded(Protocol):
    """A model that says who may see its rows."""

    access: ClassVar[Access]
