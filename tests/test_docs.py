"""The documentation says what the code says."""

import re
from pathlib import Path

from api.reference import reference

ROOT = Path(__file__).parents[1]
REFERENCE = (ROOT / "docs" / "reference.md").read_text("utf-8")


def test_the_reference_is_up_to_date() -> None:
    assert reference() == REFERENCE, "run `make docs`"


def test_links_between_documents_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} -> {target}"


def test_lock_files_name_no_host() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        assert not re.findall(r"https?://\S+|--index\S*|--find-links\S*|file:[/.]\S*", (ROOT / name).read_text("utf-8")), name
    for name in ("package-lock.json", "benchmarks/postgraphile/package-lock.json"):  # their only addresses ask for donations
        assert not re.findall(r'"resolved"|"file:', (ROOT / name).read_text("utf-8")), name
