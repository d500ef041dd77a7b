"""The cleaner's data files: what it knows, apart from how it works."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load_toml(name: str) -> dict[str, Any]:
    """One of the files in ``cleaning/rules``, by its name without the ending."""
    return tomllib.loads((files("cleaning") / "rules" / f"{name}.toml").read_text("utf-8"))
