"""Turn bytes into a tree: decode them, limit what would make the parser slow, and parse."""
