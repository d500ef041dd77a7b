"""Finding articles: polling the feeds, sitemaps and sections of a site, and walking back in time."""
