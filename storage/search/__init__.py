"""Searching: the query language, the full-text index, filters, facets, snippets and saved queries."""
