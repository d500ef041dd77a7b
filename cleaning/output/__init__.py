"""Render results: articles as Markdown, and the explanation of a page's removals as data or as an HTML page."""
