"""What Alembic runs a migration in: the transaction that `storage.admin.migrate` has begun."""

from alembic import context

from storage.schema.tables import Base


def run() -> None:
    """Migrate within the connection's own transaction, so that a failed upgrade leaves the old schema."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Base.metadata,
        render_as_batch=True,
        transactional_ddl=context.config.attributes["connection"].dialect.name != "mariadb",
    )
    context.run_migrations()


if __name__ == "env_py":  # the name under which Alembic loads this file
    run()
