"""Output of the commands: rows, tables, summaries, progress, files, and exit codes."""
