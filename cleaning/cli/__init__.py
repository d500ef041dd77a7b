"""The commands of the cleaner: ``cleanwire clean`` and ``cleanwire rules``, in the base install ``python -m cleaning``.

At their top, modules of this package import click and nothing heavier. Commands import trafilatura and lxml when they
need them, so that ``cleanwire --help`` takes 0.09 s.
"""
