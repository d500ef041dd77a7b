"""The crawl's side of the frontier: leases of pages to fetch, commits of finished ones, intervals between visits."""
