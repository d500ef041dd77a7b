"""Articles that tell nearly the same: found by the bands that their signatures share, and kept as clusters.

`storage.dedup.minhash` says what nearly the same means; here it is asked of the database. Each article is compared
once, when it comes, with those that share a band with it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from storage.backends.chunks import iter_chunks
from storage.dedup.minhash import (
    SIGNATURE_VERSION,
    SIMILARITY_THRESHOLD,
    ClusterMember,
    build_shingles,
    choose_representative,
    compute_jaccard,
    compute_lsh_bands,
    compute_signature,
    credits_other_outlet,
    estimate_jaccard,
)
from storage.schema.tables import ArticleRow, BandRow, ClusterRow, SignatureRow, SourceRow
from storage.search.folding import fold
from storage.values import Similar

ESTIMATE_MARGIN: Final = 0.15
"""How far an estimate may be below the threshold before the texts are not looked at: three times its standard error."""
MAX_CANDIDATES: Final = 20
"""Texts that an article is compared with, the likeliest first: of a form that a site fills in a thousand times, a few
are enough to find the cluster."""


class _TextSketch(NamedTuple):
    """What an article is compared by."""

    shingles: frozenset[str]
    signature: bytes


def assign_clusters(connection: Connection, words: Mapping[int, str]) -> None:
    """Note what new articles say, by their ids and folded texts, and put them into clusters."""
    marks = {
        id_: _TextSketch(found, compute_signature(found))
        for id_, text in words.items()
        if (found := build_shingles(text))
    }
    if not marks:
        return
    hashes = {article_id: compute_lsh_bands(mark.signature) for article_id, mark in marks.items()}
    pairs = list(_find_near_duplicates(connection, marks, hashes))
    signatures = [
        {"article_id": id_, "version": SIGNATURE_VERSION, "minhash": mark.signature} for id_, mark in marks.items()
    ]
    connection.execute(insert(SignatureRow), signatures)
    connection.execute(
        insert(BandRow), [{"hash": each, "article_id": id_} for id_, all_ in hashes.items() for each in set(all_)]
    )
    for group in _group_pairs(pairs):
        _merge_clusters(connection, group)


def remove_from_clusters(connection: Connection, articles: Sequence[int]) -> None:
    """Forget what articles say, and take them out of their clusters; a cluster of one is none."""
    for model in (BandRow, SignatureRow):
        connection.execute(delete(model).where(model.article_id.in_(articles)))
    left = _find_clusters(connection, articles)
    connection.execute(update(ArticleRow).where(ArticleRow.id.in_(articles)).values(cluster_id=None))
    for cluster_id in left:
        members = _load_members(connection, ArticleRow.cluster_id == cluster_id)
        if len(members) > 1:
            _update_representative(connection, cluster_id, members)
        else:
            connection.execute(update(ArticleRow).where(ArticleRow.cluster_id == cluster_id).values(cluster_id=None))
            connection.execute(delete(ClusterRow).where(ClusterRow.id == cluster_id))


def find_similar(connection: Connection, article_id: int) -> list[Similar]:
    """The articles that tell nearly the same as one, the most similar first."""
    text = connection.scalar(select(ArticleRow.text).where(ArticleRow.id == article_id)) or ""
    own = build_shingles(fold(text))
    sharing = select(BandRow.article_id).where(
        BandRow.hash.in_(select(BandRow.hash).where(BandRow.article_id == article_id)), BandRow.article_id != article_id
    )
    shown = (
        select(ArticleRow.id, ArticleRow.url, ArticleRow.title, SourceRow.key, ArticleRow.published, ArticleRow.text)
        .add_columns(ClusterRow.representative_id)
        .join(SourceRow, SourceRow.id == ArticleRow.source_id)
        .outerjoin(ClusterRow, ClusterRow.id == ArticleRow.cluster_id)
        .where(ArticleRow.id.in_(sharing.distinct()))
    )
    found = [
        Similar(row.id, row.url, row.title, row.key, row.published, likeness, row.representative_id == row.id)
        for row in connection.execute(shown)
        if (likeness := compute_jaccard(own, build_shingles(fold(row.text)))) >= SIMILARITY_THRESHOLD
    ]
    return sorted(found, key=lambda each: (-each.similarity, each.id))


def _find_near_duplicates(
    connection: Connection, marks: Mapping[int, _TextSketch], hashes: Mapping[int, tuple[int, ...]]
) -> Iterator[tuple[int, int]]:
    """Pairs of a new article and another one, new or old, that tell nearly the same."""
    sharing = _find_band_sharers(connection, hashes)
    signatures = {article_id: mark.signature for article_id, mark in marks.items()}
    others = {other for candidates in sharing.values() for other in candidates} - marks.keys()
    signatures |= _load_signatures(connection, others)
    likely = {
        article_id: _rank_candidates(signatures, article_id, candidates) for article_id, candidates in sharing.items()
    }
    texts = _load_shingles(connection, {other for found in likely.values() for other in found} - marks.keys())
    for article_id, found in likely.items():
        for other in found:
            if (
                compute_jaccard(marks[article_id].shingles, marks[other].shingles if other in marks else texts[other])
                >= SIMILARITY_THRESHOLD
            ):
                yield article_id, other


def _find_band_sharers(connection: Connection, hashes: Mapping[int, tuple[int, ...]]) -> dict[int, set[int]]:
    """The articles that share a band with each of these: old ones, and those of the same batch with a lower number."""
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for article_id, all_ in hashes.items():
        for each in set(all_):
            holders[each].append(article_id)
    sharing: defaultdict[int, set[int]] = defaultdict(set)
    for several in holders.values():
        for article_id in several[1:]:
            sharing[article_id].add(several[0])
    for some in iter_chunks(sorted(holders)):
        for each, other in connection.execute(_SELECT_BAND_HOLDERS, {"hashes": some}):
            for article_id in holders[each]:
                sharing[article_id].add(other)
    return sharing


_SELECT_BAND_HOLDERS = select(BandRow.hash, BandRow.article_id).where(
    BandRow.hash.in_(bindparam("hashes", expanding=True))
)


def _load_signatures(connection: Connection, articles: Collection[int]) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for some in iter_chunks(sorted(articles)):
        rows = select(SignatureRow.article_id, SignatureRow.minhash).where(
            SignatureRow.article_id.in_(some), SignatureRow.version == SIGNATURE_VERSION
        )
        found |= {row.article_id: row.minhash for row in connection.execute(rows)}
    return found


def _rank_candidates(signatures: Mapping[int, bytes], article_id: int, candidates: Iterable[int]) -> list[int]:
    own = signatures[article_id]
    estimated = {other: estimate_jaccard(own, signatures[other]) for other in candidates if other in signatures}
    likely = [other for other, value in estimated.items() if value >= SIMILARITY_THRESHOLD - ESTIMATE_MARGIN]
    return sorted(likely, key=lambda other: (-estimated[other], other))[:MAX_CANDIDATES]


def _load_shingles(connection: Connection, articles: Collection[int]) -> dict[int, frozenset[str]]:
    found: dict[int, frozenset[str]] = {}
    for some in iter_chunks(sorted(articles)):
        rows = connection.execute(select(ArticleRow.id, ArticleRow.text).where(ArticleRow.id.in_(some)))
        found |= {row.id: build_shingles(fold(row.text)) for row in rows}
    return found


def _group_pairs(pairs: Iterable[tuple[int, int]]) -> list[set[int]]:
    """Articles that are joined by pairs, however many steps it takes.

    >>> _group_pairs([(1, 2), (3, 4), (2, 5)])
    [{3, 4}, {1, 2, 5}]
    """
    groups: list[set[int]] = []
    for pair in pairs:
        joined = set(pair).union(*(group for group in groups if group & set(pair)))
        groups = [group for group in groups if not group & joined] + [joined]
    return groups


def _merge_clusters(connection: Connection, group: set[int]) -> None:
    """Put articles into one cluster, with all that are in a cluster with one of them."""
    clusters = _find_clusters(connection, group)
    members = _load_members(connection, ArticleRow.id.in_(group))
    if clusters:
        cluster_id, *merged = clusters
        standing = select(ClusterRow.representative_id).where(ClusterRow.id.in_(clusters))
        members += _load_members(connection, ArticleRow.id.in_(connection.scalars(standing).all()))
        if merged:
            joins = update(ArticleRow).where(ArticleRow.cluster_id.in_(merged)).values(cluster_id=cluster_id)
            connection.execute(joins)
            connection.execute(delete(ClusterRow).where(ClusterRow.id.in_(merged)))
    else:
        new = insert(ClusterRow).values(representative_id=min(group)).returning(ClusterRow.id)
        cluster_id = connection.execute(new).scalar_one()
    connection.execute(update(ArticleRow).where(ArticleRow.id.in_(group)).values(cluster_id=cluster_id))
    _update_representative(connection, cluster_id, members)


def _find_clusters(connection: Connection, articles: Collection[int]) -> list[int]:
    known = select(ArticleRow.cluster_id).where(ArticleRow.id.in_(articles)).distinct()
    return sorted(cluster_id for cluster_id in connection.scalars(known) if cluster_id is not None)


def _update_representative(connection: Connection, cluster_id: int, members: Sequence[ClusterMember]) -> None:
    chosen = choose_representative(members)
    connection.execute(update(ClusterRow).where(ClusterRow.id == cluster_id).values(representative_id=chosen))


def _load_members(connection: Connection, which: Any) -> list[ClusterMember]:
    columns = (ArticleRow.id, ArticleRow.published, ArticleRow.stored_at, ArticleRow.credits, ArticleRow.site_name)
    rows = select(*columns, SourceRow.key).join(SourceRow, SourceRow.id == ArticleRow.source_id)
    return [
        ClusterMember(
            article_id=row.id,
            published=row.published,
            stored_at=row.stored_at,
            credits_other_outlet=credits_other_outlet(row.credits, row.site_name, row.key),
        )
        for row in connection.execute(rows.where(which))
    ]
