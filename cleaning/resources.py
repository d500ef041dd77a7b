"""Loading of the data files in ``cleaning/rules``: phrases, selectors and word lists, kept apart from the code."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load_toml(name: str) -> dict[str, Any]:
    """Return the content of ``cleaning/rules/<name>.toml``; each file is parsed once per process.

    All callers share the returned dictionary and must not change it.
    """
    return tomllib.loads((files("cleaning") / "rules" / f"{name}.toml").read_text("utf-8"))
