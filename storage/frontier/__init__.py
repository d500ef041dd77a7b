"""The frontier in SQL: sources, the listings and pages to fetch, and their leases."""
