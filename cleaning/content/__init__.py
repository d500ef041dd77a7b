"""Choosing the main content: blocks of text, their features, and the model that classifies them."""
