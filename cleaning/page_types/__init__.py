"""Whether a page is an article at all, or an index, a search result, a consent or an error page."""
