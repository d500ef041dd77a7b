"""What a URL alone says: whether it is an article's, which page of a series it is, and where feeds usually are."""
