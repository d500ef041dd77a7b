"""The lines that remain: rules and patterns that recognise boilerplate and harvest its metadata."""
