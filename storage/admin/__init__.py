"""Administration of a corpus: creating, upgrading, checking, copying, erasing, recleaning, and SQL queries."""
