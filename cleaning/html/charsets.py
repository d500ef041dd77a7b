"""Find the codec of a charset by the name that a page, a server or a feed gives it, as browsers do."""

import codecs
from functools import cache
from typing import Final

from cleaning.resources import load_toml

# Codecs of Python that are no charsets of documents. Some turn plain ASCII into markup, so an attack could use them to
# smuggle it past a check; others raise errors that are no decoding errors.
_REJECTED_CODECS: Final = ("utf_7", "punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "charmap")


def find_codec(label: str) -> str | None:
    """Return the codec of Python for the name of a charset; ``None`` if there is no such charset.

    Names that browsers do not know are looked up among Python's own.

    >>> [find_codec(label) for label in ("ISO-8859-1", " gb2312 ", "cp037", "utf-7", "none")]
    ['cp1252', 'gb18030', 'cp037', None, None]
    """
    name = label.strip(" \t\r\n\f\"'").lower()
    return _load_codecs().get(name) or _find_python_codec(name)


def _find_python_codec(name: str) -> str | None:
    try:
        found = codecs.lookup(name).name
        b"<".decode(found)  # LookupError for codecs of bytes, such as hex
    except (LookupError, ValueError):
        return None
    if found.replace("-", "_") in _REJECTED_CODECS:
        return None
    # A spelling that is Python's own, such as iso8859_1, means the same extension as the others.
    return _load_codecs().get(found.replace("_", "-"), found)


@cache
def _load_codecs() -> dict[str, str]:
    return {label: codec for codec, labels in load_toml("charsets")["codecs"].items() for label in labels.split()}
