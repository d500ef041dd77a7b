"""Import of articles from WARC files."""
