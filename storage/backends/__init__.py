"""SQLite, PostgreSQL and MariaDB behind one interface, with everything in which their SQL differs."""
