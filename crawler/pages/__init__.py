"""Judges fetched pages: the code that runs in worker processes, and the decisions that follow from its result."""
