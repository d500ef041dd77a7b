"""One file a revision; none changes once it is released."""
