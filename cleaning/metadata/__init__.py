"""Reading of a page's metadata: dates, authors, titles, language and rights, declared or visible."""
