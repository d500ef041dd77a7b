"""Judging a fetched page: what runs in the worker processes, and the decisions that follow from its result."""
