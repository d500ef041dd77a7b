"""Which query parameters of a site say nothing about the article, such as a feed's ``ref=rss-83921``.

Parameters that many sites use are removed from every URL (:mod:`cleaning.urls`). Others are learned here, from pages
whose article the corpus has already: if the same article was found at two URLs that differ only in one parameter, that
parameter is superfluous there. :class:`QueryParameters` is an immutable value and part of the site profile.

>>> parameters = QueryParameters()
>>> for poll, outcome in enumerate(["stored", "duplicate"]):
...     for number in range(MIN_ARTICLES):
...         url = f"https://example.org/story-{number}?ref={poll}"
...         parameters = parameters.learn(url, outcome, VariantContent(f"title {number}", f"text {number}"))
>>> parameters.simplify("https://example.org/story-1?ref=2")
'https://example.org/story-1?ref=0'
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple, Self

from cleaning.urls import make_url_key

MIN_ARTICLES: Final = 3
"""Different articles that must have been found again with another value before a parameter counts as superfluous."""
# Bounds, so that the JSON stays below 20 kB.
MAX_VARIANTS: Final = 100
MAX_PARAMETERS: Final = 30
MAX_NAME_CHARACTERS: Final = 40
MAX_VALUE_CHARACTERS: Final = 60
MAX_PARAMETERS_PER_URL: Final = 8
"""URLs with more parameters teach nothing, because each parameter costs a comparison."""

_STORED_OUTCOMES: Final = frozenset({"stored", "article"})
_KNOWN_OUTCOMES: Final = frozenset({"duplicate", "unchanged"})


class VariantContent(NamedTuple):
    """What was found at a URL, as hashes that can be compared."""

    title: str
    """Empty if the article has no title."""
    text: str


class Variant(NamedTuple):
    """The first URL at which an article was found, of all those that differ from it in one parameter."""

    value: str
    """The value of the parameter in it, as written."""
    content: VariantContent


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryParameters:
    """What is known of a site's query parameters. All of it is bounded."""

    variants: Mapping[str, Variant] = field(default_factory=dict, hash=False)
    """The latest articles at URLs with parameters, by a hash of the parameter's name and the rest of the URL; an empty
    name is for URLs as they are. The oldest one is first."""
    evidence: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict, hash=False)
    """For each parameter, hashes of the URLs and of the texts of articles that did not depend on it."""
    omissible: tuple[str, ...] = ()
    """Parameters without which the site has named, or answered for, the same article."""
    significant: tuple[str, ...] = ()
    """Parameters that tell articles apart. They are never dropped again."""

    def is_superfluous(self, name: str) -> bool:
        """Return whether a parameter is known to say nothing about the article."""
        return len(self.evidence.get(name, ())) >= MIN_ARTICLES and name not in self.significant

    @property
    def superfluous(self) -> frozenset[str]:
        """The names of the parameters that are known to say nothing about the article."""
        return frozenset(filter(self.is_superfluous, self.evidence))

    # Before a request

    def simplify(self, url: str) -> str:
        """Return the URL at which the article is known, or else the URL without its superfluous parameters.

        A parameter is dropped only if the site has answered without it; some sites send visitors without a session to
        their front page.
        """
        for name, _ in _list_parameters(url):
            if not self.is_superfluous(name):
                continue
            rest = _remove_parameter(url, name)
            if known := self.variants.get(_hash_variant(name, rest)):
                url = _set_parameter(url, name, known.value)
            elif name in self.omissible or _hash_variant("", rest) in self.variants:
                url = rest
        return url

    def contradict(self, urls: Iterable[str]) -> Self:
        """Return the value after different articles were listed at these URLs: what tells them apart is significant."""
        first_by_rest: dict[str, str] = {}
        found: set[str] = set()
        for url in urls:
            if not (names := [name for name, _ in _list_parameters(url) if self.is_superfluous(name)]):
                continue
            if first_by_rest.setdefault(_remove_parameters(url, names), url) != url:
                found.update(names)
        return self._mark_significant(found)

    # Learning

    def learn(self, url: str, outcome: str, content: VariantContent, own_urls: Iterable[str] = ()) -> Self:
        """Return the value with one more page that holds an article.

        Args:
            url: the URL as it was requested.
            outcome: the name of the outcome, as the corpus has it.
            content: hashes of the article's title and text.
            own_urls: other URLs that the site gives the article: the canonical one, and the one after redirects.
        """
        if outcome not in _STORED_OUTCOMES | _KNOWN_OUTCOMES:
            return self
        listed = _list_parameters(url)
        learned = self
        if outcome in _KNOWN_OUTCOMES:
            for own in own_urls:
                learned = learned._compare_names(url, own, content)
        for name, value in listed:
            learned = learned._compare_values(url, name, value, outcome, content)
        # Sites without parameters need no memory of their URLs.
        return learned._remember("", url, "", content) if learned.variants and not listed else learned

    def _compare_names(self, url: str, own: str, content: VariantContent) -> Self:
        """Learn the parameters that a page's own URL does not have, if it is the same in everything else."""
        kept = {name for name, _ in _list_parameters(own)}
        missing = [name for name, _ in _list_parameters(url) if name not in kept]
        if not missing or (rest := _make_key(_remove_parameters(url, missing))) != _make_key(own):
            return self
        learned = self
        for name in missing:
            learned = learned._add_evidence(name, rest, content, is_omissible=True)
        return learned

    def _compare_values(self, url: str, name: str, value: str, outcome: str, content: VariantContent) -> Self:
        """Learn from the URL that differs only in this parameter, if an article was found there."""
        rest = _remove_parameter(url, name)
        plain = self.variants.get(_hash_variant("", rest))
        known = plain or self.variants.get(_hash_variant(name, rest))
        learned = self._remember(name, rest, value, content)
        if known is None or (known is not plain and known.value == value):
            return learned
        # The same title with another text may be an edit of the article: that says neither.
        if outcome in _STORED_OUTCOMES and known.content.title != content.title:
            return learned._mark_significant({name})
        if outcome in _KNOWN_OUTCOMES and known.content == content:
            return learned._add_evidence(name, _make_key(rest), content, is_omissible=known is plain)
        return learned

    def _remember(self, name: str, rest: str, value: str, content: VariantContent) -> Self:
        """Remember an article as the first one of its variants, or that its variants are still listed."""
        if len(name) > MAX_NAME_CHARACTERS or len(value) > MAX_VALUE_CHARACTERS or name in self.significant:
            return self
        variants = dict(self.variants)
        variant = _hash_variant(name, rest)
        variants[variant] = variants.pop(variant, Variant(value, content))
        if len(variants) > MAX_VARIANTS:
            del variants[next(iter(variants))]
        return replace(self, variants=variants)

    def _add_evidence(self, name: str, rest_key: str, content: VariantContent, *, is_omissible: bool) -> Self:
        """Add an article that did not depend on a parameter.

        Both its URL and its text must be new, because a wall shows the same page at all URLs.
        """
        if name in self.significant or len(name) > MAX_NAME_CHARACTERS:
            return self
        evidence = dict(self.evidence)
        known = evidence.pop(name, ())
        place = _hash(rest_key)
        if len(known) < MIN_ARTICLES and not any(place == one or content.text == text for one, text in known):
            known = (*known, (place, content.text))
        evidence[name] = known
        if len(evidence) > MAX_PARAMETERS:
            dropped = next((one for one in evidence if len(evidence[one]) < MIN_ARTICLES), next(iter(evidence)))
            del evidence[dropped]
        omissible = {*self.omissible, name} if is_omissible else self.omissible
        return replace(self, evidence=evidence, omissible=tuple(one for one in evidence if one in omissible))

    def _mark_significant(self, names: Collection[str]) -> Self:
        new = sorted(name for name in names if name not in self.significant and len(name) <= MAX_NAME_CHARACTERS)
        if not new:
            return self
        evidence = {name: known for name, known in self.evidence.items() if name not in new}
        # The first ones stay: what a site uses all the time was noticed early.
        significant = (*self.significant, *new)[:MAX_PARAMETERS]
        return replace(
            self,
            evidence=evidence,
            omissible=tuple(name for name in self.omissible if name in evidence),
            significant=significant,
        )

    # JSON

    def to_json_value(self) -> dict[str, Any]:
        """Return a value for the JSON of the site profile, for :meth:`from_json_value`."""
        return {
            "variants": {variant: (value, *content) for variant, (value, content) in self.variants.items()},
            "evidence": self.evidence,
            "omissible": self.omissible,
            "significant": self.significant,
        }

    @classmethod
    def from_json_value(cls, values: Mapping[str, Any] | None) -> Self:
        """Return what :meth:`to_json_value` has written; ``None`` yields an empty value."""
        if values is None:
            return cls()
        return cls(
            variants={
                variant: Variant(value, VariantContent(title, text))
                for variant, (value, title, text) in values["variants"].items()
            },
            evidence={
                name: tuple((place, text) for place, text in known) for name, known in values["evidence"].items()
            },
            omissible=tuple(values["omissible"]),
            significant=tuple(values["significant"]),
        )


def _split_query(url: str) -> tuple[str, list[str], str]:
    """Return what is before the query of a URL, its parameters, and the fragment."""
    rest, mark, fragment = url.partition("#")
    path, _, query = rest.partition("?")
    return path, query.split("&") if query else [], mark + fragment


def _join_query(path: str, pieces: Collection[str], fragment: str) -> str:
    return f"{path}?{'&'.join(pieces)}{fragment}" if pieces else path + fragment


def _list_parameters(url: str) -> list[tuple[str, str]]:
    """Return the names and values of the parameters that can be compared, as written.

    A parameter without a value ("?4711") may be an article's number, and so may one that occurs twice.
    """
    if "?" not in url:
        return []
    pieces = _split_query(url)[1]
    if len(pieces) > MAX_PARAMETERS_PER_URL:
        return []
    names = [piece.partition("=")[0] for piece in pieces]
    listed = [piece.partition("=") for piece in pieces]
    return [(name, value) for name, mark, value in listed if name and mark and names.count(name) == 1]


def _remove_parameter(url: str, name: str) -> str:
    return _remove_parameters(url, (name,))


def _remove_parameters(url: str, names: Collection[str]) -> str:
    path, pieces, fragment = _split_query(url)
    return _join_query(path, [piece for piece in pieces if piece.partition("=")[0] not in names], fragment)


def _set_parameter(url: str, name: str, value: str) -> str:
    path, pieces, fragment = _split_query(url)
    changed = [f"{name}={value}" if piece.partition("=")[0] == name else piece for piece in pieces]
    return _join_query(path, changed, fragment)


def _make_key(url: str) -> str:
    """Return the key of a URL; the URL itself if it has none, such as a canonical one that is broken."""
    try:
        return make_url_key(url)
    except ValueError:
        return url


def _hash_variant(name: str, rest: str) -> str:
    # Not by the key of the URL: long sitemaps are looked up, and keys take ten times as long.
    return _hash(f"{name}\0{rest.partition('://')[2]}")


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
