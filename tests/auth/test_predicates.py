"""Scopes as the SQL that they become, in `predicates.txt`, to be reviewed like code; and what no scope may become.

With GOLDEN=write in the environment the file is written anew. That this SQL finds the rows it should is tested on the
database, in `test_scope_equals_casbin.py`; here each word of it is held.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import asyncpg
import pytest

from api.auth.predicates import AboutScope, Bindings, RowScope
from domain.activity import Reach
from domain.areas import Pattern
from domain.errors import Bug
from domain.scope import ALL, NOTHING, Branch, Grant, Scope, scope_of
from models.access import AboutRecord, Access, Anywhere, OwnArea, OwnedByCustomer, OwnedByUser, OwnPattern, PartOf, ThroughRows
from models.config import connection_settings

GOLDEN = Path(__file__).with_name("predicates.txt")
USER = 7
VIEWS = ThroughRows("views", (("customer_id", "id"),))
MODELS = {
    "in its own area": Access("object", OwnArea(("o", "c", "d"))),
    "in its own area, of a user, with a measure": Access("object", OwnArea(), OwnedByUser("made_by"), measure="value"),
    "with a pattern, of a customer": Access("object", OwnPattern(), OwnedByCustomer(("customer_id",))),
    "through rows, of customers": Access("object", VIEWS, OwnedByCustomer(("id", "head_id"))),
    "through rows with patterns": Access("object", ThroughRows("places", (("a", "b"), ("c", "d")), patterns=True)),
    "anywhere, of a user, with a measure": Access("object", Anywhere(), OwnedByUser("made_by"), measure="worth"),
}
SCOPES = (
    "nothing",
    "*/*/*",
    "*/*/* own",
    "*/*/* to 10",
    "*/*/* to 10, */*/* own to 20",
    "1000/*/*",
    "1000/*/* own",
    "1000/*/*, 2000/*/*",
    "*/*/*, 1000/*/* denied",
    "1000/10/*",
    "*/10/*",
    "1000/*/*, 1000/20/* denied, 2000/10/00",
    "1000/*/*, 2000/*/* own, 3000/*/* to 5",
    "1000/*/* to 5, 1000/*/* own",
    "1000/*/*, */*/* own",
)


def scope(text: str) -> Scope:
    """The scope of a line such as `1000/*/* own to 5, 1000/20/* denied`."""
    grants, denials = [], []
    for each in () if text == "nothing" else text.split(", "):
        pattern, *words = each.split()
        area = Pattern(tuple(pattern.split("/")))  # type: ignore[arg-type]  # three parts
        if "denied" in words:
            denials.append(area)
        else:
            reach = Reach.OWN if "own" in words else Reach.ALL
            grants.append(Grant(area, reach, Decimal(words[-1]) if "to" in words else None))
    return scope_of(grants, denials)


def rows(model: str, text: str) -> RowScope:
    return RowScope(MODELS[model], "t", scope(text), USER)


def told(name: str, sql: str, bindings: Bindings) -> str:
    values = ", ".join(f"${place} = {value}" for place, value in enumerate(bindings.values, start=1))
    return f"    {name}: {sql}{'   -- ' if values else ''}{values}"


def written() -> Iterator[str]:
    """Every model under every scope."""
    for model in MODELS:
        mine = Bindings()
        yield f"A row {model}"
        yield told("own", rows(model, "nothing").own(mine), mine)
        for text in SCOPES:
            found, some, every = rows(model, text), Bindings(), Bindings()
            yield f"  {text}{' (by area alone)' if found.by_area_alone else ''}"
            yield told("some", found.some(some), some)
            yield told("every", found.every(every), every)
            if isinstance(MODELS[model].areas, OwnArea):
                hashed = Bindings()
                yield told("in one pass", found.at(("t.o", "t.c", "t.d"), hashed, hashed=True), hashed)
    for about, record in (
        (AboutRecord(), "through rows, of customers"),
        (AboutRecord("part"), "through rows, of customers"),
        (AboutRecord("part"), "through rows with patterns"),
        (AboutRecord("part"), "in its own area"),
    ):
        yield f"Rows about a record {record}{', and about its parts' if about.part else ''}"
        for displayed, scopes in (
            ("*/*/*", {"object": "1000/*/*", "account": "2000/*/*, 3000/10/*", "none": "nothing"}),
            ("1000/*/* own", {"object": "1000/*/* own", "all": "*/*/*"}),
            ("nothing", {"object": "*/*/*"}),
            ("1000/*/*", {"none": "nothing"}),
            ("1000/*/*", {}),
        ):
            bindings = Bindings(["before"])
            by_object = {name: scope(text) for name, text in scopes.items()}
            rows_about = AboutScope(about, "t", MODELS[record], "records", scope(displayed), by_object, USER)
            yield f"  displayed {displayed}; {scopes}"
            yield told("some", rows_about.some("r.id", bindings), bindings)


def test_the_sql_of_scopes() -> None:
    found = list(written())
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.write_text("\n".join(found) + "\n", "utf-8")
    assert found == GOLDEN.read_text("utf-8").splitlines(), "if it is meant: GOLDEN=write, and read the diff"


def test_an_area_beside_the_row() -> None:
    """Whose it is, the row tells; where, other columns do, which hold no patterns."""
    bindings = Bindings()
    found = rows("with a pattern, of a customer", "1000/*/*, 2000/10/* own").at(("x.o", "x.c", "x.d"), bindings)
    mine = "coalesce(t.customer_id in (select b.customer_id from user_customers b where b.user_id = $2::bigint), false)"
    second = f"(x.o = any($4::text[]) and (x.c = any($3::text[]) and {mine}))"
    assert found == f"(x.o = any($1::text[]) or {second})"
    assert bindings.values == [["1000"], USER, ["10"], ["2000"]]


def test_values_are_bound_in_the_order_of_their_placeholders() -> None:
    bindings = Bindings([1])
    assert [bindings.bind("a", "text"), bindings.bind(["b"], "text[]")] == ["$2::text", "$3::text[]"]
    assert bindings.values == [1, "a", ["b"]]
    assert Bindings().values == []


def test_nothing_is_bound_for_rows_about_a_record_that_is_not_displayed() -> None:
    bindings = Bindings()
    record, scopes = MODELS["through rows, of customers"], {"object": scope("1000/*/*")}
    assert AboutScope(AboutRecord(), "t", record, "records", scope("nothing"), scopes, USER).some("r.id", bindings) == "false"
    assert bindings.values == []


def test_a_part_of_a_row_has_no_scope_of_its_own() -> None:
    part = RowScope(Access("object", PartOf("Customer")), "t", scope("1000/*/*"), USER)
    with pytest.raises(Bug, match=r"^a part of Customer has no areas of its own$"):
        part.some(Bindings())


def test_a_scope_has_three_floors() -> None:
    deeper = Scope(Branch(Branch(Branch(Branch(NOTHING, (("x", ALL),))))))
    with pytest.raises(Bug, match=r"^a scope has three floors$"):
        RowScope(MODELS["in its own area"], "t", deeper, USER).some(Bindings())


def test_codes_are_hashed_where_all_rows_are_looked_at_though_postgresql_plans_for_no_array_in_particular(
    database: str,
) -> None:
    """An array that PostgreSQL does not know as it plans would be searched anew at each row."""
    bindings = Bindings()
    allowed = rows("in its own area", "1000/*/*, 2000/*/*").at(("v.sales_organization", "'10'", "'00'"), bindings, hashed=True)

    async def plan() -> str:
        connection = await asyncpg.connect(**connection_settings(database))
        await connection.execute("set plan_cache_mode = force_generic_plan")
        await connection.execute(f"prepare counted(text[]) as select count(*) from customer_sales_area_views v where {allowed}")
        found = await connection.fetch("explain execute counted('{1000,2000}')")
        await connection.close()
        return "\n".join(row[0] for row in found)

    assert "hashed SubPlan" in asyncio.run(plan())
