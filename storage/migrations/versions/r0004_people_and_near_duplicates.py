"""Credits and tags to find by, near-duplicates, tombstones, saved queries, and which cleaner made a text."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("article", sa.Column("cleaner", sa.String(40), nullable=True))
    op.add_column("article", sa.Column("cluster_id", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_article_cluster_id"), "article", ["cluster_id"])
    op.add_column("article_version", sa.Column("cleaner", sa.String(40), nullable=True))
    op.add_column("article_version", sa.Column("ended_by", sa.String(10), nullable=False, server_default="edit"))
    _names("credit", "role", 20)
    op.create_index(op.f("ix_credit_words_role"), "credit", ["words", "role"])
    _names("tag", "kind", 10)
    op.create_index(op.f("ix_tag_words"), "tag", ["words"])
    _near_duplicates()
    op.create_table(
        "tombstone",
        sa.Column("key_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("erased_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_tombstone")),
    )
    op.create_table(
        "saved_query",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("seen_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_query")),
        sa.UniqueConstraint("name", name=op.f("uq_saved_query_name")),
    )


def _names(table: str, kind: str, characters: int) -> None:
    op.create_table(
        table,
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column(kind, sa.String(characters), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("words", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f(f"fk_{table}_article_id_article")),
        sa.PrimaryKeyConstraint("article_id", kind, "position", name=op.f(f"pk_{table}")),
    )


def _near_duplicates() -> None:
    op.create_table(
        "signature",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("minhash", sa.LargeBinary(512), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_signature_article_id_article")),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_signature")),
    )
    op.create_table(
        "band",
        sa.Column("hash", sa.BigInteger(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_band_article_id_article")),
        sa.PrimaryKeyConstraint("hash", "article_id", name=op.f("pk_band")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_band_article_id"), "band", ["article_id"])
    op.create_table(
        "cluster",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("representative_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["representative_id"], ["article.id"], name=op.f("fk_cluster_representative_id_article")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster")),
    )
