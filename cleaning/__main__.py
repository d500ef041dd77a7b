"""``python -m cleaning FILE...``: the cleaner alone."""

from .command import clean

if __name__ == "__main__":
    clean(prog_name="python -m cleaning")
