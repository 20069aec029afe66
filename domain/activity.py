"""The closed lists that a policy line is made of."""

from enum import Enum


class Activity(Enum):
    """What one may do with an object. The value is the SAP activity code (ACTVT)."""

    CREATE = "01"
    CHANGE = "02"
    DISPLAY = "03"
    BLOCK = "05"
    DELETE = "06"
    DISPLAY_CHANGES = "08"
    SIMULATE = "16"
    RELEASE = "43"
    APPROVE = "46"
    EXPORT = "61"
    REVERSE = "85"
    OVERRIDE_PRICE = "94"
    MASS = "A8"


class Reach(Enum):
    """Whose records a line speaks of: all of its areas, or only the asking partner's own."""

    ALL = "all"
    OWN = "own"


class Effect(Enum):
    """A deny wins over every allow."""

    ALLOW = "allow"
    DENY = "deny"
