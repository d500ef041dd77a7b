"""Recognises pages that are empty until their scripts have run."""

import re
from typing import Final

_HEAD_BYTES: Final = 256 * 1024
_APP_ROOT = re.compile(
    rb"""<(?:div|main|section|body)\s[^<>]{0,300}?id\s*=\s*["']?"""
    rb"""(?:app|root|main-app|app-root|react-root|reactroot|__next|__nuxt|___gatsby|svelte|ember-application|q-app)["'\s>]"""
    rb"""|<(?:app-root|my-app|ion-app)[\s>]|\sng-app[\s=>]|\sdata-reactroot""",
    re.IGNORECASE,
)
_NOSCRIPT = re.compile(rb"<noscript[^<>]{0,100}>(.{0,2000}?)</noscript", re.IGNORECASE | re.DOTALL)


def is_script_shell(body: bytes) -> bool:
    r"""Return whether a page is the shell of an application: scripts, and an element that they fill, or a request for
    JavaScript. Whether it holds text of its own is not looked at.

    >>> is_script_shell(b'<div id="root"></div><script src="/main.js"></script>'), is_script_shell(b"<p>One.</p>")
    (True, False)
    """
    head = body[:_HEAD_BYTES]
    if b"<script" not in head.lower():
        return False
    asks = any(b"javascript" in match[1].lower() for match in _NOSCRIPT.finditer(head))
    return asks or _APP_ROOT.search(head) is not None
