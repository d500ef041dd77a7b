"""The history of sources and runs, for alerts, reports and status pages."""
