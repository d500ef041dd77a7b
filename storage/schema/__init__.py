"""The tables and views of a corpus, the keys of its URLs, and the generated documentation."""
