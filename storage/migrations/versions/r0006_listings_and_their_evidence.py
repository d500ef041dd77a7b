"""What a source's listings show and say of its articles, groups of sources, and rights stated by sites."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("source", sa.Column("group_name", sa.String(200), nullable=True))
    op.add_column("source", sa.Column("portfolio", sa.Text(), nullable=True))
    op.add_column("feed", sa.Column("moved_to", sa.Text(), nullable=True))
    op.add_column("frontier", sa.Column("guid_hash", sa.LargeBinary(16), nullable=True))
    op.add_column("frontier", sa.Column("listed_at", sa.DateTime(), nullable=True))
    op.add_column("frontier", sa.Column("listed_modified", sa.DateTime(), nullable=True))
    op.create_index(op.f("ix_frontier_guid_hash"), "frontier", ["guid_hash"])
    op.add_column("host", sa.Column("robots_max_age", sa.Integer(), nullable=True))
    op.add_column("host", sa.Column("tdmrep_fetched_at", sa.DateTime(), nullable=True))
    op.add_column("host", sa.Column("tdmrep", sa.Text(), nullable=True))
    op.add_column("article", sa.Column("usage_statements", sa.JSON(), nullable=False, server_default="[]"))
    _rename_feed_texts()


def _rename_feed_texts() -> None:
    op.create_table(
        "feed_entry",
        sa.Column("frontier_id", sa.Integer(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["frontier_id"], ["frontier.id"], name=op.f("fk_feed_entry_frontier_id_frontier")),
        sa.PrimaryKeyConstraint("frontier_id", name=op.f("pk_feed_entry")),
    )
    op.execute(
        "INSERT INTO feed_entry (frontier_id, html, authors, tags) SELECT frontier_id, html, '[]', '[]' FROM feed_text"
    )
    op.drop_table("feed_text")
