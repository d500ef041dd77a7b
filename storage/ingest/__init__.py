"""Writing: fetched pages and their articles, versions and derived rows, in one transaction a batch."""
