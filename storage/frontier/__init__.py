"""The crawl's state in SQL: the frontier and its leases, sources, hosts, listings and runs."""
