"""What comes over the network besides HTML: WARC records, content encodings, and which addresses are public."""
