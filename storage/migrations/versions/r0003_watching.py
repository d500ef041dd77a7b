"""Watching for years: when feeds are due, later looks at articles, versions, archives, and each source's health."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _columns()
    _of_articles()
    _of_sources()
    _of_walks()


def _columns() -> None:
    op.add_column("source", sa.Column("profile", sa.Text(), nullable=True))
    op.add_column("feed", sa.Column("interval", sa.Integer(), nullable=True))
    op.add_column("feed", sa.Column("next_poll_at", sa.DateTime(), nullable=True))
    for name in ("validated", "failures"):
        op.add_column("feed", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    for name in ("first_fetched_at", "revisit_at"):
        op.add_column("frontier", sa.Column(name, sa.DateTime(), nullable=True))
    for name in ("etag", "last_modified"):
        op.add_column("frontier", sa.Column(name, sa.Text(), nullable=True))
    op.create_index(op.f("ix_frontier_revisit_at"), "frontier", ["revisit_at"])
    op.add_column("fetch", sa.Column("archive_file", sa.String(255), nullable=True))
    op.add_column("fetch", sa.Column("archive_offset", sa.BigInteger(), nullable=True))
    op.add_column("fetch", sa.Column("archive_length", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_fetch_run_id"), "fetch", ["run_id"])
    op.add_column("article", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("article", sa.Column("gone_at", sa.DateTime(), nullable=True))
    # What was fetched before counts as fetched then, so that a later look does not take it for new.
    op.execute(
        "UPDATE frontier SET first_fetched_at = (SELECT stored_at FROM article WHERE article.id = frontier.article_id)"
    )


def _of_articles() -> None:
    op.create_table(
        "article_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(), nullable=False),
        sa.Column("published", sa.DateTime(), nullable=True),
        sa.Column("modified", sa.DateTime(), nullable=True),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_article_version_article_id_article")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_version")),
    )
    op.create_index(
        op.f("ix_article_version_article_id_number"), "article_version", ["article_id", "number"], unique=True
    )
    op.create_table(
        "feed_text",
        sa.Column("frontier_id", sa.Integer(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["frontier_id"], ["frontier.id"], name=op.f("fk_feed_text_frontier_id_frontier")),
        sa.PrimaryKeyConstraint("frontier_id", name=op.f("pk_feed_text")),
    )


def _of_sources() -> None:
    op.create_table(
        "host",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("paused_until", sa.DateTime(), nullable=True),
        sa.Column("robots_fetched_at", sa.DateTime(), nullable=True),
        sa.Column("robots_status", sa.Integer(), nullable=True),
        sa.Column("robots", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_host")),
    )
    op.create_table(
        "source_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("found", "requests")),
        sa.Column("outcomes", sa.JSON(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("pages", "measured")),
        sa.Column("words", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("titles", "dates", "authors")),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("problem", "drift")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_source_run_run_id_run")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_source_run_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_run")),
    )
    op.create_index(op.f("ix_source_run_source_id_run_id"), "source_run", ["source_id", "run_id"], unique=True)
    op.create_index(op.f("ix_source_run_run_id"), "source_run", ["run_id"])
    op.create_index(
        op.f("ix_source_run_history"), "source_run", ["source_id", "run_id", "at", "found", "measured", "pages"]
    )


def _of_walks() -> None:
    op.create_table(
        "warc_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("path_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warc_import")),
        sa.UniqueConstraint("path_hash", name=op.f("uq_warc_import_path_hash")),
    )
    op.create_table(
        "backfill",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("url_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=False),
        sa.Column("next_url", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_backfill_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backfill")),
    )
    op.create_index(op.f("ix_backfill_source_id_url_hash"), "backfill", ["source_id", "url_hash"], unique=True)
