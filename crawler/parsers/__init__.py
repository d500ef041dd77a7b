"""Parsers of what sites send: feeds, sitemaps, OPML, robots.txt and links. Bytes in, frozen values out; no I/O."""
