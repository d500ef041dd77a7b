"""The schema's revisions, run by `storage.schema` through Alembic."""
