"""Clusters of near-duplicates in the database.

`storage.dedup.minhash` defines near-duplicates and computes signatures. Here, each new article is compared once, when
it is stored, with the articles that share a band of its signature, and joins their cluster. Bands are a table, to
which 1,246 articles a second could be added in a test with 20,000 documents; no index has to be kept in memory.
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
"""Candidates with an estimate of up to this much below the threshold are verified: three times the standard error of an
estimate. The texts of the others are not read."""
MAX_CANDIDATES: Final = 20
"""Number of texts with which an article is compared, the most similar first. A site may fill in the same form a
thousand times (weather, stock prices); a few of these are enough to find the cluster."""


class _TextSketch(NamedTuple):
    """The shingles and the signature of an article."""

    shingles: frozenset[str]
    signature: bytes


def assign_clusters(connection: Connection, words: Mapping[int, str]) -> None:
    """Store the signatures of new articles, and assign the articles to clusters.

    Articles without words get neither. Call this in the transaction that stores the articles.

    Args:
        connection: A connection for writing.
        words: The folded text of each article, by its id. None of them may have a signature yet.
    """
    sketches = {
        id_: _TextSketch(shingles, compute_signature(shingles))
        for id_, text in words.items()
        if (shingles := build_shingles(text))
    }
    if not sketches:
        return
    bands = {article_id: compute_lsh_bands(sketch.signature) for article_id, sketch in sketches.items()}
    pairs = list(_find_near_duplicates(connection, sketches, bands))
    signatures = [
        {"article_id": id_, "version": SIGNATURE_VERSION, "minhash": sketch.signature}
        for id_, sketch in sketches.items()
    ]
    connection.execute(insert(SignatureRow), signatures)
    connection.execute(
        insert(BandRow), [{"hash": band, "article_id": id_} for id_, own in bands.items() for band in set(own)]
    )
    for group in _group_pairs(pairs):
        _merge_clusters(connection, group)


def remove_from_clusters(connection: Connection, articles: Sequence[int]) -> None:
    """Delete the signatures of articles, and remove the articles from their clusters.

    A cluster that is left with one article is deleted; one that loses its representative gets another.
    """
    for model in (BandRow, SignatureRow):
        connection.execute(delete(model).where(model.article_id.in_(articles)))
    affected = _find_clusters(connection, articles)
    connection.execute(update(ArticleRow).where(ArticleRow.id.in_(articles)).values(cluster_id=None))
    for cluster_id in affected:
        members = _load_members(connection, ArticleRow.cluster_id == cluster_id)
        if len(members) > 1:
            _update_representative(connection, cluster_id, members)
        else:
            connection.execute(update(ArticleRow).where(ArticleRow.cluster_id == cluster_id).values(cluster_id=None))
            connection.execute(delete(ClusterRow).where(ClusterRow.id == cluster_id))


def find_similar(connection: Connection, article_id: int) -> list[Similar]:
    """Return the near-duplicates of an article, the most similar first.

    Similarity is computed from the texts, not estimated from the signatures.
    """
    text = connection.scalar(select(ArticleRow.text).where(ArticleRow.id == article_id)) or ""
    own = build_shingles(fold(text))
    sharing = select(BandRow.article_id).where(
        BandRow.hash.in_(select(BandRow.hash).where(BandRow.article_id == article_id)), BandRow.article_id != article_id
    )
    candidates = (
        select(ArticleRow.id, ArticleRow.url, ArticleRow.title, SourceRow.key, ArticleRow.published, ArticleRow.text)
        .add_columns(ClusterRow.representative_id)
        .join(SourceRow, SourceRow.id == ArticleRow.source_id)
        .outerjoin(ClusterRow, ClusterRow.id == ArticleRow.cluster_id)
        .where(ArticleRow.id.in_(sharing.distinct()))
    )
    similar = [
        Similar(row.id, row.url, row.title, row.key, row.published, similarity, row.representative_id == row.id)
        for row in connection.execute(candidates)
        if (similarity := compute_jaccard(own, build_shingles(fold(row.text)))) >= SIMILARITY_THRESHOLD
    ]
    return sorted(similar, key=lambda each: (-each.similarity, each.id))


def _find_near_duplicates(
    connection: Connection, sketches: Mapping[int, _TextSketch], bands: Mapping[int, tuple[int, ...]]
) -> Iterator[tuple[int, int]]:
    """Yield pairs of a new article and a near-duplicate of it, which may be new or old."""
    # Three steps, each of which reads more data about fewer articles: shared bands, signatures, texts.
    sharing = _find_band_sharers(connection, bands)
    signatures = {article_id: sketch.signature for article_id, sketch in sketches.items()}
    others = {other for candidates in sharing.values() for other in candidates} - sketches.keys()
    signatures |= _load_signatures(connection, others)
    likely = {
        article_id: _rank_candidates(signatures, article_id, candidates) for article_id, candidates in sharing.items()
    }
    old = {other for candidates in likely.values() for other in candidates} - sketches.keys()
    shingles = _load_shingles(connection, old) | {id_: sketch.shingles for id_, sketch in sketches.items()}
    for article_id, candidates in likely.items():
        for other in candidates:
            # Bands and estimates only suggest: without this comparison, strangers would be joined.
            if compute_jaccard(shingles[article_id], shingles[other]) >= SIMILARITY_THRESHOLD:
                yield article_id, other


def _find_band_sharers(connection: Connection, bands: Mapping[int, tuple[int, ...]]) -> dict[int, set[int]]:
    """Return the articles that share a band with each new article: old ones, and the first one in the same batch."""
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for article_id, own in bands.items():
        for band in set(own):
            holders[band].append(article_id)
    sharing: defaultdict[int, set[int]] = defaultdict(set)
    for article_ids in holders.values():
        # Comparing all with the first is enough to join them, and keeps a batch of n copies from making n² pairs.
        for article_id in article_ids[1:]:
            sharing[article_id].add(article_ids[0])
    for chunk in iter_chunks(sorted(holders)):
        for band, other in connection.execute(_SELECT_BAND_HOLDERS, {"hashes": chunk}):
            for article_id in holders[band]:
                sharing[article_id].add(other)
    return sharing


_SELECT_BAND_HOLDERS = select(BandRow.hash, BandRow.article_id).where(
    BandRow.hash.in_(bindparam("hashes", expanding=True))
)


def _load_signatures(connection: Connection, articles: Collection[int]) -> dict[int, bytes]:
    signatures: dict[int, bytes] = {}
    for chunk in iter_chunks(sorted(articles)):
        rows = select(SignatureRow.article_id, SignatureRow.minhash).where(
            SignatureRow.article_id.in_(chunk), SignatureRow.version == SIGNATURE_VERSION
        )
        signatures |= {row.article_id: row.minhash for row in connection.execute(rows)}
    return signatures


def _rank_candidates(signatures: Mapping[int, bytes], article_id: int, candidates: Iterable[int]) -> list[int]:
    """Return the candidates that are likely to be near-duplicates, the most similar first."""
    own = signatures[article_id]
    estimated = {other: estimate_jaccard(own, signatures[other]) for other in candidates if other in signatures}
    likely = [other for other, value in estimated.items() if value >= SIMILARITY_THRESHOLD - ESTIMATE_MARGIN]
    return sorted(likely, key=lambda other: (-estimated[other], other))[:MAX_CANDIDATES]


def _load_shingles(connection: Connection, articles: Collection[int]) -> dict[int, frozenset[str]]:
    shingles: dict[int, frozenset[str]] = {}
    for chunk in iter_chunks(sorted(articles)):
        rows = connection.execute(select(ArticleRow.id, ArticleRow.text).where(ArticleRow.id.in_(chunk)))
        shingles |= {row.id: build_shingles(fold(row.text)) for row in rows}
    return shingles


def _group_pairs(pairs: Iterable[tuple[int, int]]) -> list[set[int]]:
    """Group articles that are connected by pairs, directly or through others.

    >>> _group_pairs([(1, 2), (3, 4), (2, 5)])
    [{3, 4}, {1, 2, 5}]
    """
    groups: list[set[int]] = []
    for pair in pairs:
        joined = set(pair).union(*(group for group in groups if group & set(pair)))
        groups = [group for group in groups if not group & joined] + [joined]
    return groups


def _merge_clusters(connection: Connection, group: set[int]) -> None:
    """Join articles, and all clusters to which any of them belongs, into one cluster."""
    clusters = _find_clusters(connection, group)
    members = _load_members(connection, ArticleRow.id.in_(group))
    if clusters:
        cluster_id, *merged = clusters
        # A representative is the first of its cluster, so comparing the new articles with the representatives is enough
        # to choose the first of all. A cluster of thousands need not be loaded.
        representatives = select(ClusterRow.representative_id).where(ClusterRow.id.in_(clusters))
        members += _load_members(connection, ArticleRow.id.in_(connection.scalars(representatives).all()))
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
