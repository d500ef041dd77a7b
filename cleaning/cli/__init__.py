"""The command line of the cleaner: ``cleanwire clean``, and ``python -m cleaning`` with the base install alone.

Modules of this package import click and nothing heavier at their top.
"""
