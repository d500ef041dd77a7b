"""The write path: fetched pages with their articles, versions and derived rows, in one transaction per batch."""
