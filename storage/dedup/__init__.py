"""Near-duplicates: MinHash signatures of texts, and clusters of articles with nearly the same text."""
