"""Options that several commands share, and what they name: the corpus, sources, days, a query."""
