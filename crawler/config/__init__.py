"""The configuration a person writes: ``sources.toml``, its values, its checks, and edits that keep its comments."""
