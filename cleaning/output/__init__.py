"""Showing results: Markdown, and the explanation of removals on a terminal or as a page."""
