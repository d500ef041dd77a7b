"""Signatures of texts in several scripts change: no table does, and all that is derived is made anew."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    pass
