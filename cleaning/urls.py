"""Canonical URLs: one spelling for all URLs of the same page.

:func:`canonicalise` returns the URL that is fetched and stored. :func:`make_url_key` returns a key that all URLs of one
article share, the AMP and mobile ones included. Both are pure functions, take time linear in the length of the URL, and
raise only ``ValueError``.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv6Address
from urllib.parse import quote, unquote, unquote_plus, urljoin

from cleaning.resources import load_toml

MAX_URL_CHARACTERS = 8_000
"""Longest URL that is accepted. Servers reject longer ones; they come from pages that extend their own URL in links."""

_MAX_HOST_CHARACTERS = 253
"""The longest host name in DNS."""
_PATH_CHARACTERS = "!$&'()*+,;=:@~"
"""The characters besides letters, digits and "-._" that may appear unescaped in a path (RFC 3986)."""
# As in the WHATWG URL standard: spaces and control characters around a URL are ignored, and so are tabs and line breaks
# within it, which come from editors that wrap long lines.
_EDGE_CHARACTERS = "".join(map(chr, range(0x21))) + "\x7f\xa0\ufeff\u200b"
_LINE_BREAKS = re.compile(r"[\t\r\n]")
_URL_PARTS = re.compile(r"(https?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.IGNORECASE | re.DOTALL)
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sessionid|sid)=[^/;]*", re.IGNORECASE)
_ASP_SESSION = re.compile(r"/\((?:[ASF]\([A-Za-z0-9_-]{8,}\))+\)(?=/)")
# Most URLs in sitemaps are canonical already. Recognising this takes 1 µs, all the steps below 20 µs, and a sitemap has
# 50,000 URLs. The pattern must not match anything that a step would change: an escape, a parameter, a port, an empty or
# a dotted segment.
_CANONICAL = re.compile(
    r"https?://([a-z0-9]+(?:[.-][a-z0-9]+)*)(?:(?:/[\w~!$&'*+,=:@-]+(?:\.[\w~!$&'*+,=:@-]+)*)+/?|/)", re.ASCII
)


def canonicalise(url: str, base: str | None = None) -> str:
    """Return the canonical spelling of an http(s) URL, in which it is fetched and stored.

    The scheme and the host are in lower case, the host is in IDNA, and escapes have one form. The default port,
    credentials, dot segments, the fragment (except a hashbang), and tracking and session parameters are removed; other
    parameters keep their order. The scheme, ``www.``, a trailing slash, and the marks of AMP and print renderings stay,
    because the server may not answer without them.

    Args:
        url: an absolute URL, or one relative to ``base``.
        base: the URL of the page that links to it, if ``url`` may be relative.

    Raises:
        ValueError: ``url`` is not an http(s) URL, or longer than :data:`MAX_URL_CHARACTERS`.

    >>> canonicalise("HTTPS://Example.com:443/a/../n%c3%bc?utm_source=x&id=7#top")
    'https://example.com/n%C3%BC?id=7'
    >>> canonicalise("story.html", "https://example.com/news/")
    'https://example.com/news/story.html'
    """
    if len(url) > MAX_URL_CHARACTERS or len(base or "") > MAX_URL_CHARACTERS:
        raise ValueError(f"a URL of more than {MAX_URL_CHARACTERS} characters")
    match = _CANONICAL.fullmatch(url)
    if match and len(match[1]) <= _MAX_HOST_CHARACTERS:
        return url
    scheme, authority, path, query, fragment = _split_url(_make_absolute(_normalize_input(url), base))
    canonical = f"{scheme}://{_normalize_authority(authority, scheme)}{_normalize_path(path)}"
    if query := "&".join(_filter_parameters(query, for_key=False)):
        canonical += f"?{query}"
    if fragment.startswith("!") and len(fragment) > 1:
        canonical += "#" + _normalize_escapes(fragment, _PATH_CHARACTERS + "/?")
    return canonical


def make_url_key(url: str) -> str:
    """Return the key that all URLs of one article share. It is for comparison, not for fetching.

    The key consists of the host, the path and the sorted parameters, without the scheme, ``www.`` and the labels of
    mobile hosts, the marks of AMP and print renderings, the name of an index file, and a trailing slash.

    Raises:
        ValueError: as for :func:`canonicalise`.

    >>> make_url_key("https://www.example.com/2024/title/amp/?b=2&a=1")
    'example.com/2024/title?a=1&b=2'
    """
    _, authority, path, query, fragment = _split_url(canonicalise(url))
    key = _strip_alternate_labels(authority) + _build_path_key(path)
    if query := "&".join(sorted(_filter_parameters(query, for_key=True))):
        key += f"?{query}"
    return f"{key}#{fragment}" if fragment else key


def get_site(url: str) -> str:
    """Return the site of a URL: its host without ``www.``, ``m.`` and the like, and its port unless it is the default.

    Raises:
        ValueError: as for :func:`canonicalise`.

    >>> get_site("https://www.example.com/a"), get_site("http://m.example.com:8080/")
    ('example.com', 'example.com:8080')
    """
    return _strip_alternate_labels(_split_url(canonicalise(url))[1])


def _normalize_input(url: str) -> str:
    """Clean up a URL as browsers do: strip the ends, join broken lines, and read ``\\`` in the path as ``/``."""
    url = _LINE_BREAKS.sub("", url.strip(_EDGE_CHARACTERS))
    end = min((at for at in (url.find("?"), url.find("#")) if at >= 0), default=len(url))
    return url[:end].replace("\\", "/") + url[end:]


def _make_absolute(url: str, base: str | None) -> str:
    return urljoin(_normalize_input(base), url) if base else url


def _split_url(url: str) -> tuple[str, str, str, str, str]:
    match = _URL_PARTS.fullmatch(url)
    if not match:
        raise ValueError(f"not an http(s) URL: {url[:200]!r}")
    scheme, authority, path, query, fragment = match.groups(default="")
    return scheme.lower(), authority, path, query, fragment


def _normalize_authority(authority: str, scheme: str) -> str:
    """Return the host and the port, without credentials and without the default port."""
    # Credentials are dropped: they do not identify the article, and must not reach the database.
    authority = authority.rpartition("@")[2]
    host, bracket, rest = authority.partition("]")
    if not bracket:
        host, _, rest = authority.partition(":")
        rest = rest and f":{rest}"
    return _normalize_host(host + bracket) + _normalize_port(rest, scheme)


def _normalize_host(host: str) -> str:
    """Return a host in lower case and in IDNA, or an IPv6 address in its short form.

    Raises ValueError for anything else.
    """
    if host.startswith("[") and host.endswith("]"):
        address = IPv6Address(host[1:-1])
        if address.scope_id:
            raise ValueError(f"an IPv6 address with a zone: {host!r}")
        return f"[{address.compressed}]"
    host = host.lower() if host.isascii() and "%" not in host else _encode_idna(unquote(host))
    host = host.removesuffix(".")
    if len(host) > _MAX_HOST_CHARACTERS or not _HOST.fullmatch(host):
        raise ValueError(f"not a host name: {host[:100]!r}")
    return host


def _encode_idna(host: str) -> str:
    """Encode a host name for DNS, by the IDNA of 2008.

    The codec of the standard library implements the IDNA of 2003, in which "straße" and "strasse" are the same name.
    """
    if len(host) > _MAX_HOST_CHARACTERS:
        raise ValueError(f"a host name of more than {_MAX_HOST_CHARACTERS} characters")
    lowered = "".join(character.lower() for character in unicodedata.normalize("NFKC", host))
    labels = unicodedata.normalize("NFKC", lowered).replace("。", ".").split(".")
    return ".".join(_encode_idna_label(label) for label in labels)


def _encode_idna_label(label: str) -> str:
    if label.isascii():
        return label
    # Letters, marks and digits, the hyphen, and the dots and joiners that IDNA allows in some scripts.
    if any(unicodedata.category(ch)[0] not in "LMN" and ch not in "-\u00b7\u200c\u200d\u30fb" for ch in label):
        raise ValueError(f"not a host name: {label!r}")
    return "xn--" + label.encode("punycode").decode("ascii")


def _normalize_port(port: str, scheme: str) -> str:
    if port in ("", ":"):
        return ""
    number = port[1:]
    if port[0] != ":" or not (number.isascii() and number.isdigit()) or len(number) > 5 or not 0 < int(number) < 65536:
        raise ValueError(f"not a port: {port[:20]!r}")
    return "" if int(number) == {"http": 80, "https": 443}[scheme] else f":{int(number)}"


def _normalize_escapes(text: str, safe: str) -> str:
    """Give percent-escapes one form: in upper case, for every character that needs one and for no other."""
    text = _ESCAPE.sub(_decode_unreserved, _STRAY_PERCENT.sub("%25", text))
    return quote(text, safe=safe + "%")


def _decode_unreserved(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if _UNRESERVED.fullmatch(character) else escape[0].upper()


def _normalize_path(path: str) -> str:
    path = _SESSION_IN_PATH.sub("", _normalize_escapes(path, _PATH_CHARACTERS + "/"))
    path = _ASP_SESSION.sub("", path)
    return _resolve_dots(path) if "/." in path else path or "/"


def _resolve_dots(path: str) -> str:
    """Resolve the segments ``.`` and ``..`` of a path, as RFC 3986 describes."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


# --- query parameters


@dataclass(frozen=True, slots=True)
class ParameterRule:
    """A rule of ``rules/url_parameters.toml``: parameters that do not change which article a URL shows."""

    id: str
    names: frozenset[str]
    """Names of parameters, in lower case."""
    prefixes: tuple[str, ...]
    """Beginnings of names, such as ``utm_``."""
    values: re.Pattern[str] | None
    """A pattern for the whole value; ``None`` accepts any value."""
    only_key: bool
    """Whether the parameter is removed only from the key, and stays in the URL that is fetched."""

    def is_match(self, name: str, value: str) -> bool:
        """Return whether the rule applies to a parameter.

        Args:
            name: the name of the parameter, unescaped and in lower case.
            value: its value, unescaped.
        """
        if name not in self.names and not (self.prefixes and name.startswith(self.prefixes)):
            return False
        # Values that a rule describes are short; the limit bounds the time of its pattern.
        return self.values is None or (len(value) <= 100 and self.values.fullmatch(value) is not None)


@cache
def load_parameter_rules() -> tuple[ParameterRule, ...]:
    """Return the rules of ``rules/url_parameters.toml``, in the order of the file.

    A name in the file that ends with ``*`` is a prefix.
    """
    tables = load_toml("url_parameters")
    return tuple(
        ParameterRule(
            id=rule["id"],
            names=frozenset(name for name in rule["names"] if not name.endswith("*")),
            prefixes=tuple(name[:-1] for name in rule["names"] if name.endswith("*")),
            values=re.compile(rule["values"]) if "values" in rule else None,
            only_key=rule.get("only_key", False),
        )
        for rule in tables["rule"]
    )


def _filter_parameters(query: str, *, for_key: bool) -> list[str]:
    """Return the parameters of a query that matter, as ``name=value``, in their order."""
    pieces = _normalize_escapes(query, _PATH_CHARACTERS + "/?").split("&") if query else ()
    # A page that escapes its links twice turns "&b=2" into "&amp;b=2": a parameter named "amp;b".
    return [piece for piece in map(_strip_amp, pieces) if piece and not _is_superfluous(piece, for_key=for_key)]


def _strip_amp(piece: str) -> str:
    return re.sub(r"\A(?:amp;)+", "", piece)


def _is_superfluous(piece: str, *, for_key: bool) -> bool:
    name, _, value = piece.partition("=")
    name, value = unquote_plus(name).lower(), unquote_plus(value)
    return any(rule.is_match(name, value) for rule in load_parameter_rules() if for_key or not rule.only_key)


# --- the key that all URLs of one article share

_ALTERNATE_HOST_LABELS = ("www", "www1", "www2", "www3", "m", "mobile", "amp")
_INDEX_FILES = ("index.html", "index.htm", "index.php", "index.shtml", "default.aspx", "default.asp")


def _strip_alternate_labels(authority: str) -> str:
    """Remove ``www.``, ``m.`` and the like from a host; a top-level domain is never left alone."""
    first, _, rest = authority.partition(".")
    while first in _ALTERNATE_HOST_LABELS and "." in rest:
        authority = rest
        first, _, rest = authority.partition(".")
    return authority


def _build_path_key(path: str) -> str:
    """Remove the marks of AMP and print renderings, index files and empty segments from a path."""
    segments = [segment for segment in path.split("/") if segment]
    while len(segments) > 1 and segments[0] == "amp":
        del segments[0]
    while segments and _is_redundant_segment(segments):
        del segments[-1]
    if segments:
        segments[-1] = segments[-1].replace(".amp.", ".").removesuffix(".amp")
    return "".join(f"/{segment}" for segment in segments)


def _is_redundant_segment(segments: list[str]) -> bool:
    """Return whether the last segment is an index file, ``/amp`` after anything, or ``/print`` after a slug."""
    last = segments[-1]
    if last in _INDEX_FILES:
        return True
    # "/print" alone may be a section, about printing or the printed paper; behind a slug it is the print rendering.
    return len(segments) > 1 and (last == "amp" or (last == "print" and "-" in segments[-2]))
