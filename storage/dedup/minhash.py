"""Similarity of texts by MinHash: pure functions without a database.

The *shingles* of a text are all sequences of three words, or of six characters in scripts such as Chinese. The
similarity of two texts is the Jaccard index of their shingles: the number that they share divided by the number that
either has. To find similar texts among millions, each text gets a MinHash *signature*, from which similarity can be
estimated, and 32 *bands* of it, which can be looked up: texts with a similarity of .5 share at least one band with a
probability of .87, and texts with a similarity of .1 with one of .003 (1 - (1 - s⁴)³²).

MinHash and not Simhash: Simhash had no safe threshold (unrelated texts differed in as few as 6 bits, copies with 5 to
20 % of edits in 3 to 6).
"""

import hashlib
import re
import struct
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from storage.search.folding import fold, has_single_characters, is_single_character

SIGNATURE_VERSION: Final = 2
"""Must be increased by every change of a signature's computation. Signatures of different versions are never
compared."""

SIMILARITY_THRESHOLD: Final = 0.5
"""Articles with this Jaccard index or more are near-duplicates. Measured on 20,000 generated texts with 4,000 edited
copies: it found all copies with 5 % of their words changed, 87 to 90 % of those with 10 %, and no unrelated pair."""

PERMUTATION_COUNT: Final = 128
"""Number of hash values in a signature."""
BAND_COUNT: Final = 32
"""Number of bands of a signature; each has 128 / 32 = 4 hash values."""
_ROWS_PER_BAND: Final = PERMUTATION_COUNT // BAND_COUNT
_HASH_SEED: Final = 42
_SIGNATURE_STRUCT: Final = struct.Struct(f"<{PERMUTATION_COUNT}I")
_BAND_STRUCT: Final = struct.Struct("<q")

_SHINGLE_WORDS: Final = 3
"""Words of a shingle. In scripts that fold to single characters, two characters count as one word."""


def build_shingles(folded: str) -> frozenset[str]:
    """Return the shingles of a folded text.

    A text that is shorter than a shingle is its own only shingle. A text without words has none.

    >>> sorted(build_shingles("the ceasefire holds today"))
    ['ceasefire holds today', 'the ceasefire holds']
    >>> sorted(build_shingles("停 火 reuters 生 效 了"))
    ['停 火 reuters 生 效', '火 reuters 生 效 了']
    """
    words = folded.split()
    if not has_single_characters(folded):
        length = min(_SHINGLE_WORDS, len(words))
        return frozenset(map(" ".join, zip(*(words[start:] for start in range(length)), strict=False)))
    # The length of a shingle depends on its own words only, not on the text's main script. Otherwise a line of English
    # below a Chinese text would change all of its shingles, and it would no longer match its copies (signature version
    # 2).
    weights = [1 if is_single_character(word) else 2 for word in words]
    found: set[str] = set()
    weight = end = 0
    for start, own in enumerate(weights):
        while weight < 2 * _SHINGLE_WORDS and end < len(words):
            weight += weights[end]
            end += 1
        if weight < 2 * _SHINGLE_WORDS and found:
            break
        found.add(" ".join(words[start:end]))
        weight -= own
    return frozenset(found)


def build_shingles_from_text(text: str) -> frozenset[str]:
    """Return the shingles of a text that is not folded yet."""
    return build_shingles(fold(text))


def compute_signature(shingles: frozenset[str]) -> bytes:
    """Return the MinHash signature of a set of shingles: 128 unsigned 32-bit numbers, little-endian.

    It is the same in every process and on every machine, so that signatures can be stored; a test compares it with
    known values.
    """
    # rensa (Rust, 2 MB) makes 31,000 signatures a second; datasketch makes 600, and needs scipy. Imported here because
    # programs that only search do not need it.
    from rensa import RMinHash

    minhash = RMinHash(num_perm=PERMUTATION_COUNT, seed=_HASH_SEED)
    minhash.update(list(shingles))
    return _SIGNATURE_STRUCT.pack(*minhash.digest())


def compute_lsh_bands(signature: bytes) -> tuple[int, ...]:
    """Return the hashes of a signature's bands. Similar texts are likely to share at least one.

    The hashes are signed 64-bit integers, as SQL databases have them. The same values in different bands have different
    hashes.
    """
    width = _ROWS_PER_BAND * 4
    return tuple(
        _BAND_STRUCT.unpack(
            hashlib.blake2b(signature[band * width : (band + 1) * width], digest_size=8, key=bytes([band])).digest()
        )[0]
        for band in range(BAND_COUNT)
    )


def estimate_jaccard(signature: bytes, other: bytes) -> float:
    """Estimate the Jaccard index of two texts from their signatures.

    The standard error at a similarity of .5 is .044 (the square root of .5² / 128).
    """
    pairs = zip(_SIGNATURE_STRUCT.unpack(signature), _SIGNATURE_STRUCT.unpack(other), strict=True)
    return sum(1 for left, right in pairs if left == right) / PERMUTATION_COUNT


def compute_jaccard(shingles: frozenset[str], other: frozenset[str]) -> float:
    """Return the Jaccard index of two sets of shingles: 0.0 if they share none or are empty, 1.0 if they are equal.

    >>> compute_jaccard(frozenset({"a", "b"}), frozenset({"b", "c"}))
    0.3333333333333333
    """
    common = len(shingles & other)
    return common / (len(shingles) + len(other) - common) if common else 0.0


@dataclass(frozen=True, slots=True)
class ClusterMember:
    """What decides which article of a cluster is its representative."""

    article_id: int
    published: datetime | None
    """Timezone-aware."""
    stored_at: datetime
    """Timezone-aware."""
    credits_other_outlet: bool
    """Whether it credits an agency or outlet other than its own: then it is probably a copy."""


def choose_representative(members: Sequence[ClusterMember]) -> int:
    """Return the id of the article that is most likely the original.

    It is the earliest publication among the articles that credit no other outlet. Articles without a date come after
    those with one, in the order in which they were stored.
    """

    def rank(member: ClusterMember) -> tuple[bool, bool, datetime, datetime, int]:
        """Return the sort key; the id at the end makes the choice the same on every database."""
        first = member.published or member.stored_at
        return member.credits_other_outlet, member.published is None, first, member.stored_at, member.article_id

    return min(members, key=rank).article_id


def credits_other_outlet(credited: Sequence[str], site_name: str | None, source_key: str) -> bool:
    """Return whether an article credits an outlet other than the one that published it.

    A credit is the outlet's own name if one of the two names contains the other as whole words: "BBC News" on a page of
    the BBC is its own name, "Sky News" on a page of "BBC News" is not.

    >>> credits_other_outlet(["AFP"], "BBC", "bbc.co.uk"), credits_other_outlet(["BBC News"], "BBC", "bbc.co.uk")
    (True, False)
    >>> credits_other_outlet(["Sky News"], "BBC News", "news.bbc.co.uk")
    True
    >>> credits_other_outlet(["The New York Times"], "The Times", "thetimes.co.uk")
    True
    """
    site_words = fold(site_name or "").split()
    labels = set(_REGISTRY_SUFFIX.sub("", source_key).split(".")) - _COMMON_LABELS
    return any((words := fold(name).split()) and not _is_own_name(words, site_words, labels) for name in credited)


# With these, every outlet that has "News" in its name would be the site's own if its host begins with "news.".
_COMMON_LABELS: Final = frozenset({"news", "www"})
"""Labels of host names that do not identify an outlet."""
_REGISTRY_SUFFIX: Final = re.compile(r"(?:\.(?:ac|co|com|edu|gov|net|org)(?=\.[a-z]{2}$))?\.[^.]+$")
"""The public suffix of a host name, such as ``.com`` or ``.co.uk``, which its owner did not choose."""


def _is_own_name(words: list[str], site_words: list[str], labels: Set[str]) -> bool:
    """Return whether a name contains the site's name or is contained in it, or is a label of its host."""
    matches_site = bool(site_words) and (_has_sequence(words, site_words) or _has_sequence(site_words, words))
    # Hosts are written without spaces: "The Times" is the label "thetimes".
    return matches_site or "".join(words) in labels or not labels.isdisjoint(words)


def _has_sequence(words: list[str], part: list[str]) -> bool:
    return any(words[start : start + len(part)] == part for start in range(len(words) - len(part) + 1))
