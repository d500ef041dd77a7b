"""The databases: SQLite, PostgreSQL and MariaDB behind one interface, and what SQL differs in between them."""
