"""The history of sources and runs, as alerts and status pages need it."""
