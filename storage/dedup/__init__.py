"""Near-duplicates: MinHash signatures of texts, and the clusters of articles that they make."""
