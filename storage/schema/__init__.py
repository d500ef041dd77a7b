"""The tables and views of a corpus, and their documentation."""
