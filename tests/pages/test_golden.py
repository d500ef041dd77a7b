"""Golden pages: each folder holds a page and what a careful editor would keep of it. See README.md."""

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cleaning import Cleaned, NotAnArticleError, clean_and_explain

FOLDER = Path(__file__).parent

SETTINGS = ("why", "url", "charset")
"""What an expected.toml says about its page; the rest is what cleaning must give."""
COMPARED = (
    *("title", "authors", "editors", "translators", "contributors", "credits", "published", "modified"),
    *("language", "dateline", "section", "flags", "text", "removed"),
)
"""Compared on every article page: a field that is not in the file is expected to be unknown or empty.

Any other field of an article is compared where the file names it."""
FORMS = ("bytes", "str")
KNOWN_FAILURES = (FOLDER.parent / "known_failures.toml").read_text("utf-8")
"""Fields that are right in the file and not yet right in the cleaner."""


@cache
def expected_of(page: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / page / "expected.toml").read_text("utf-8"))


@cache
def cleaned(page: str, form: str) -> dict[str, Any]:
    """What the cleaner gives for a page, as an expected.toml puts it."""
    expected = expected_of(page)
    sent = (FOLDER / page / "page.html").read_bytes()
    try:
        result = clean_and_explain(
            sent if form == "bytes" else sent.decode(expected.get("charset", "utf-8")), expected["url"]
        )
    except NotAnArticleError as error:
        return {"outcome": str(error.reason)}
    return {"outcome": "article", **as_golden(result)}


def as_golden(result: Cleaned) -> dict[str, Any]:
    """An article's fields as TOML can hold them: times in ISO 8601 down to what is known, nothing for ``None``."""
    article = result.article
    fields = {name: getattr(article, name) for name in article.__slots__ if name not in ("blocks", "content_hash")}
    fields["published"] = iso(article.published, article.published_precision)
    fields["modified"] = iso(article.modified, article.modified_precision)
    fields["removed"] = [[removal.step, removal.rule, removal.text] for removal in result.removals]
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in fields.items()
        if value not in (None, (), [])
    }


def iso(time: Any, precision: str | None) -> str | None:
    if time is None:
        return None
    return (
        time.date().isoformat()
        if precision == "day"
        else time.isoformat(timespec="minutes" if precision == "minute" else "seconds")
    )


def pages() -> list[str]:
    return sorted(str(path.parent.relative_to(FOLDER)) for path in FOLDER.glob("*/*/expected.toml"))


def fields_of(page: str) -> list[str]:
    expected = expected_of(page)
    named = [name for name in expected if name not in SETTINGS]
    return list(dict.fromkeys(("outcome", *COMPARED, *named))) if expected["outcome"] == "article" else ["outcome"]


COMPARISONS = [(page, field, form) for page in pages() for field in fields_of(page) for form in FORMS]


@pytest.mark.parametrize(("page", "field", "form"), COMPARISONS, ids=map("-".join, COMPARISONS))
def test_golden_page(page: str, field: str, form: str, pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--update-golden"):
        update(page)
        pytest.skip("golden files are being written")
    expected, given = expected_of(page).get(field), cleaned(page, form).get(field)
    if field == "text" and expected and given:
        expected, given = expected.rstrip("\n").split("\n"), given.split("\n")
    assert given == expected


def test_every_page_has_its_expectation() -> None:
    """Every site must have a golden page, and every folder both files."""
    for folder in FOLDER.glob("*/*/"):
        if folder.name != "__pycache__" and folder.parent.name != "__pycache__":
            assert {path.name for path in folder.iterdir()} == {"page.html", "expected.toml"}, folder


def is_known_to_fail(page: str, field: str) -> bool:
    return f"test_golden_page[{page}-{field}-" in KNOWN_FAILURES


@cache
def update(page: str) -> None:
    """Write what the cleaner gives, but for what is known to be wrong in it."""
    if is_known_to_fail(page, "outcome"):
        return
    expected, given = expected_of(page), cleaned(page, "bytes")
    named = [name for name in expected if name not in SETTINGS]
    fields = ("outcome", *COMPARED, *named) if given["outcome"] == "article" else ("outcome",)
    wanted = {name: expected[name] for name in SETTINGS if name in expected}
    for name in dict.fromkeys(fields):
        source = expected if is_known_to_fail(page, name) else given
        if name in source:
            wanted[name] = source[name]
    (FOLDER / page / "expected.toml").write_text(as_toml(wanted), "utf-8")


def as_toml(values: Mapping[str, Any]) -> str:
    """An expected.toml: its page's settings, then one field after the other, the text last but for the removals."""
    ordered = sorted(values, key=lambda name: (name == "removed", name == "text"))
    return "\n".join(f"{name} = {toml_value(name, values[name])}" for name in ordered) + "\n"


def toml_value(name: str, value: Any) -> str:
    if name == "text":
        text = value.rstrip("\n")
        return f"'''\n{text}\n'''"
    if isinstance(value, list) and name == "removed":
        return "[\n" + "".join(f"    [{', '.join(map(quoted, one))}],\n" for one in value) + "]"
    if isinstance(value, list):
        return f"[{', '.join(map(quoted, value))}]"
    return quoted(value)


def quoted(value: Any) -> str:
    """A TOML basic string is a JSON string, and so are the numbers and truth values used here."""
    return json.dumps(value, ensure_ascii=False)
