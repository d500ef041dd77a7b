"""``python -m cleaning INPUT...``: the cleaner alone; ``python -m cleaning rules check``: its rules."""

import sys

from .cli.clean import clean
from .cli.program import run
from .cli.rules import rules

if __name__ == "__main__":
    if sys.argv[1:2] == ["rules"]:
        del sys.argv[1]
        run(rules, "python -m cleaning rules")
    run(clean, "python -m cleaning")
