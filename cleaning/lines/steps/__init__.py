"""The steps that take boilerplate out of the lines of a page."""
