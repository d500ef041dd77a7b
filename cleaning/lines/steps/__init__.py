"""The steps that remove boilerplate lines; :mod:`cleaning.lines.steps.pipeline` has their list."""
