"""Finds articles: polls the feeds, sitemaps and section pages of a site, and walks its archives back in time."""
