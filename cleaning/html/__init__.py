"""From bytes to a tree: decoding, limits that keep the parser linear, and parsing."""
