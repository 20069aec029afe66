"""docs/reference.md, written from what the code itself says: settings, error reasons, authorization objects, roles."""

from collections.abc import Iterable, Iterator

from api.auth.standard import catalogue, segregation, standard_policy
from api.resolvers.qualification import qualification_rules
from api.settings import Settings
from domain.messages import TEXTS
from domain.policy import Line


def reference() -> str:
    """The whole page."""
    return (
        "\n".join(["# Reference", "", "Written by `make docs`; a test fails when it is not up to date.", "", *_chapters()])
        + "\n"
    )


def _chapters() -> Iterator[str]:
    yield from _table("Settings", ("variable", "default", "meaning"), _settings())
    yield from _table("Reasons", ("reason", "English", "中文"), ((f"`{code}`", *texts) for code, texts in TEXTS.items()))
    columns = ("object", "title", "中文", "activities", "a limit compares", "displays are recorded", "SAP")
    yield from _table("Authorization objects", columns, _objects())
    yield from _table("Mandatory qualification documents", ("country", "customer type", "documents"), _mandatory())
    yield from _table("Documents that stand for others", ("document", "number", "stands for too"), _stand_ins())
    yield from _table("Segregation of duties", ("", "risk", "level", "title", "中文", "duties", "decided"), _risks())
    yield from _table("Duties", ("duty", "title", "中文", "any of"), _duties())
    yield "## Standard roles"
    yield ""
    for role in standard_policy().roles.values():
        inherited = ", ".join(f"`{name}`" for name in standard_policy().inherited(role.name))
        yield f"**`{role.name}`** {role.title} {role.title_zh}" + (f"; has all of {inherited}" if inherited else "")
        yield ""
        yield from (f"- {line}" for line in _lines(standard_policy().own_lines_of(role.name)))
        yield ""


def _settings() -> Iterator[tuple[str, ...]]:
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        variable = alias.choices[0] if alias is not None and not isinstance(alias, str) and hasattr(alias, "choices") else None
        default = getattr(field.default, "value", field.default)
        shown = "" if default is None or default == () else f"`{default}`"
        yield f"`{variable or f'SDGRAPH_{name.upper()}'}`", shown, str(field.description)


def _objects() -> Iterator[tuple[str, ...]]:
    for each in catalogue().values():
        activities = ", ".join(activity.name for activity in each.activities)
        logged = "yes" if each.logged else ""
        yield f"`{each.name}`", each.title, each.title_zh, activities, each.measure or "", logged, each.sap or ""


def _mandatory() -> Iterator[tuple[str, ...]]:
    for row in qualification_rules().mandatory:
        countries, types = sorted(row.countries), sorted(each.value for each in row.customer_types)
        yield ", ".join(countries) or "any other", ", ".join(types) or "any other", _titled(row.documents)


def _stand_ins() -> Iterator[tuple[str, ...]]:
    for row in qualification_rules().stands_for:
        number = "any" if row.number is None else f"`{row.number.pattern}`"
        yield _titled([row.document]), number, _titled(sorted(row.also))


def _risks() -> Iterator[tuple[str, ...]]:
    for each in segregation().risks:
        decided = "per document" if each.per_document else "where areas meet" if each.scope_aware else "in all areas"
        duties = " × ".join(f"`{function.name}`" for function in each.functions)
        level = f"{each.level.name}: {segregation().reaction_to(each).name}"
        yield str(each.number), f"`{each.name}`", level, each.title, each.title_zh, duties, decided


def _duties() -> Iterator[tuple[str, ...]]:
    for each in {function.name: function for risk in segregation().risks for function in risk.functions}.values():
        grouped: dict[str, list[str]] = {}
        for object, activity in sorted(each.rights, key=lambda right: (right[0], right[1].value)):
            grouped.setdefault(object, []).append(activity.name)
        rights = "; ".join(f"`{object}` {', '.join(activities)}" for object, activities in grouped.items())
        yield f"`{each.name}`", each.title, each.title_zh, rights


def _titled(documents: Iterable[str]) -> str:
    return ", ".join(f"`{each}` {qualification_rules().titles[each]}" for each in documents)


def _lines(lines: Iterable[Line]) -> Iterator[str]:
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for line in lines:
        limit = "" if line.limit is None else f" up to {line.limit:f}"
        grouped.setdefault((line.object, line.reach.value, limit), []).append(line.activity.name)
    for (object, reach, limit), activities in grouped.items():
        yield f"`{object}` {', '.join(activities)}{' of own records' if reach == 'own' else ''}{limit}"


def _table(title: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    yield f"| {' | '.join(columns)} |"
    yield f"| {' | '.join('---' for _ in columns)} |"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
    yield ""
