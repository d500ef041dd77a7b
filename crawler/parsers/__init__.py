"""Parsers for feeds, sitemaps, OPML, robots.txt and HTML links. Bytes in, frozen values out, no I/O."""
