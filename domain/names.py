"""How names are compared: one written form for the many ways of typing the same."""

import unicodedata

SPACES = {"Zs", "Zl", "Zp", "Cc"}


def normalized(text: str) -> str:
    """Full and half width, case and runs of spaces made one; `ＡＢＣ　钢铁` and `abc 钢铁` are the same."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join("".join(" " if unicodedata.category(sign) in SPACES else sign for sign in folded).split())


def search_text(*parts: str | None) -> str:
    """What a search looks through: the parts that are there, each normalized, on lines of their own."""
    return "\n".join(normalized(part) for part in parts if part)


def search_words(text: str) -> tuple[str, ...]:
    """The words of a search, normalized; a row is found that holds them all."""
    return tuple(dict.fromkeys(normalized(text).split()))
