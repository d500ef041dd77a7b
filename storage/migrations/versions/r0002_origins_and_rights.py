"""Organisations apart from authors, who took the pictures, what a page allows, and where each field comes from."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for name in ("organisations", "photo_credits", "robots"):
        op.add_column("article", sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("article", sa.Column("tdm_reserved", sa.Boolean(), nullable=True))
    op.add_column("article", sa.Column("tdm_policy", sa.Text(), nullable=True))
    op.add_column("article", sa.Column("provenance", sa.JSON(), nullable=False, server_default="{}"))
