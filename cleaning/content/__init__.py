"""Choose the main content of a page: split it into blocks, describe them by features, and classify them."""
