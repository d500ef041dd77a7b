"""Lines of the main content: rules and patterns that recognise boilerplate and harvest the metadata in it."""
