"""The three functions that the Casbin model beside this file needs, in plain Python and without any import of ours.

enforcer = casbin.Enforcer("model.conf", "policy.csv")
register(enforcer)
enforcer.enforce("user:clerk.1000", "1000/10/00", "customer", "DISPLAY", False, None)
"""

from decimal import Decimal
from typing import Any


def area_match(area: str, pattern: str) -> bool:
    """Whether `1000/10/00` lies in `1000/*/*`: part by part, `*` standing for any one code."""
    codes, parts = area.split("/"), pattern.split("/")
    return len(codes) == len(parts) and all(part in ("*", code) for code, part in zip(codes, parts, strict=True))


def within_limit(measure: Decimal | int | str | None, limit: str) -> bool:
    """Whether the measure stays within a limit; the limit itself is within. Without limit all do, without measure none."""
    if limit == "":
        return True
    return measure is not None and Decimal(measure) <= Decimal(limit)


def domain_match(area: str, pattern: str) -> bool:
    """The same question as Casbin's role manager asks it of an assignment's sales areas."""
    return area_match(area, pattern)


def register(enforcer: Any) -> None:
    """Give an enforcer these functions and build its role links with them."""
    enforcer.add_function("areaMatch", area_match)
    enforcer.add_function("withinLimit", within_limit)
    enforcer.add_named_domain_matching_func("g", domain_match)
    enforcer.build_role_links()
