"""Traditional Chinese characters written as Simplified ones, by OpenCC's dictionary."""

from opencc import OpenCC

_converter = OpenCC("t2s")


def simplified(text: str) -> str:
    """The text in Simplified characters; what is none stays as it is. Raises UnicodeEncodeError for a lone surrogate."""
    return str(_converter.convert(text))
