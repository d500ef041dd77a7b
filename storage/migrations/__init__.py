"""The schema's revisions, run by `storage.admin.migrate` through Alembic."""
