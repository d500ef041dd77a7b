"""Documents and folders say what is true: each file that a document names exists, each folder says what is in it."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("tests/**/README.md")])
PACKAGES = [path for name in ("cleaning", "storage", "crawler") for path in sorted((ROOT / name).rglob("__init__.py"))]
_NAMED_PATH = re.compile(r"`((?:cleaning|storage|crawler|tests|benchmarks|docs)/[\w./-]*)`")
_LINK = re.compile(r"\]\(([\w./-]+)(?:#[\w-]+)?\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_each_file_that_a_document_names_exists(document: Path) -> None:
    text = document.read_text("utf-8")
    named = [ROOT / path for path in _NAMED_PATH.findall(text)] + [
        document.parent / path for path in _LINK.findall(text)
    ]
    assert [path.relative_to(ROOT) for path in named if not path.resolve().exists()] == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.parent.relative_to(ROOT).as_posix())
def test_each_folder_says_what_is_in_it(package: Path) -> None:
    assert ast.get_docstring(ast.parse(package.read_text("utf-8")))
