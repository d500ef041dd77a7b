"""Read WARC records and content encodings, and decide which network addresses are public."""
