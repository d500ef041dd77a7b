"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _sources_and_runs()
    _frontier()
    _articles()
    # The texts come folded to words between spaces (storage/folding.py), so the tokenizer only has to split;
    # unlike unicode61, this one takes every character outside ASCII, vowel signs too, for part of a word.
    op.execute("CREATE VIRTUAL TABLE article_fts USING fts5(title, text, tokenize = 'ascii')")
    op.execute("INSERT INTO article_fts (article_fts, rank) VALUES ('rank', 'bm25(4.0, 1.0)')")


def _sources_and_runs() -> None:
    op.create_table(
        "source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("key", name=op.f("uq_source_key")),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=True),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_table(
        "feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("url_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.String(128), nullable=True),
        sa.Column("polled_at", sa.DateTime(), nullable=True),
        sa.Column("changed_at", sa.DateTime(), nullable=True),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_feed_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed")),
    )
    op.create_index(op.f("ix_feed_source_id_url_hash"), "feed", ["source_id", "url_hash"], unique=True)


def _frontier() -> None:
    op.create_table(
        "frontier",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("found_in", sa.String(40), nullable=False),
        sa.Column("found_at", sa.DateTime(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("published", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(), nullable=True),
        sa.Column("outcome", sa.String(40), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_frontier_source_id_source")),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_frontier_article_id_article")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_frontier_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frontier")),
    )
    op.create_index(op.f("ix_frontier_key_hash"), "frontier", ["key_hash"], unique=True)
    newest_first = (sa.text("priority DESC"), sa.text("published DESC"))
    op.create_index("ix_frontier_queue", "frontier", ["state", "host", *newest_first, "id"])
    op.create_index(
        op.f("ix_frontier_source_id_state_not_before_run_id"),
        "frontier",
        ["source_id", "state", "not_before", "run_id"],
    )
    op.create_index(op.f("ix_frontier_article_id"), "frontier", ["article_id"])
    op.create_table(
        "fetch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("frontier_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("final_url", sa.Text(), nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("fetched_at", sa.DateTime(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["frontier_id"], ["frontier.id"], name=op.f("fk_fetch_frontier_id_frontier")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_fetch_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fetch")),
    )
    op.create_index(op.f("ix_fetch_frontier_id"), "fetch", ["frontier_id"])
    op.create_index(op.f("ix_fetch_outcome"), "fetch", ["outcome"])


def _articles() -> None:
    op.create_table(
        "article",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("frontier_id", sa.Integer(), nullable=False),
        sa.Column("published", sa.DateTime(), nullable=True),
        sa.Column("published_offset", sa.Integer(), nullable=True),
        sa.Column("published_precision", sa.String(10), nullable=True),
        sa.Column("modified", sa.DateTime(), nullable=True),
        sa.Column("modified_offset", sa.Integer(), nullable=True),
        sa.Column("modified_precision", sa.String(10), nullable=True),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("language_confidence", sa.Double(), nullable=False),
        sa.Column("stored_at", sa.DateTime(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(), nullable=False),
        sa.Column("paywalled", sa.Boolean(), nullable=True),
        sa.Column("word_count", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in _TEXTS),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in _LISTS),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_article_source_id_source")),
        sa.ForeignKeyConstraint(["frontier_id"], ["frontier.id"], name=op.f("fk_article_frontier_id_frontier")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article")),
    )
    op.create_index(op.f("ix_article_key_hash"), "article", ["key_hash"], unique=True)
    op.create_index(op.f("ix_article_frontier_id"), "article", ["frontier_id"])
    op.create_index(op.f("ix_article_content_hash"), "article", ["content_hash"])
    op.create_index(op.f("ix_article_published"), "article", ["published"])
    op.create_index(op.f("ix_article_language_published"), "article", ["language", "published"])
    op.create_index(op.f("ix_article_source_id_published"), "article", ["source_id", "published"])


_TEXTS = (
    "canonical_url",
    "title",
    "site_name",
    "section",
    "dateline",
    "description",
    "image",
    "licence",
    "page_type",
)
_LISTS = ("authors", "editors", "translators", "contributors", "credits", "tags", "flags", "removals")
