"""The version of the cleaner, stored with each article so that texts made by older rules can be found and recleaned."""

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import Final

HASH_CHARACTERS: Final = 8
"""Hexadecimal digits of the hash in the version: enough to tell revisions apart, short enough to read."""


@cache
def get_cleaner_version() -> str:
    """Return the release and a hash of the rules and models, such as ``"0.1.0+1f0c9b7e"``.

    Two texts with the same version were made by the same release, rules and models. The user's site rules are not part
    of it: editing ``sites.toml`` does not change the version.
    """
    digest = hashlib.sha256()
    for folder in ("rules", "models"):
        for file in sorted((files("cleaning") / folder).iterdir(), key=lambda file: file.name):
            if file.name.endswith((".toml", ".json")):
                digest.update(file.read_bytes())
    try:
        release = version("cleanwire")
    except PackageNotFoundError:
        # The folder `cleaning` works without being installed, copied into another program.
        release = "0"
    return f"{release}+{digest.hexdigest()[:HASH_CHARACTERS]}"
