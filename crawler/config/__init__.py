"""``sources.toml``: its values, errors and warnings, edits that keep comments and layout, and import and export."""
