"""Everything that is read from a URL alone: its class, its pattern, its number in a list, and well-known feed URLs."""
