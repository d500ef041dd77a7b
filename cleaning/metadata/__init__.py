"""Reading a page's metadata: declared and visible dates, authors, titles, language and rights."""
