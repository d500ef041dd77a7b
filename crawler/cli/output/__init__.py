"""What commands print and write: rows, summaries, progress, files; and the codes that they end with."""
