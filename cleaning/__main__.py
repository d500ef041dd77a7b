"""The command line of the cleaner alone, for installations without the crawler.

``python -m cleaning INPUT...`` does what ``cleanwire clean`` does, and ``python -m cleaning rules check`` what
``cleanwire rules check`` does.
"""

import sys

from cleaning.cli.clean import clean
from cleaning.cli.rules import rules
from cleaning.cli.runtime import run

if __name__ == "__main__":
    if sys.argv[1:2] == ["rules"]:
        del sys.argv[1]
        run(rules, "python -m cleaning rules")
    run(clean, "python -m cleaning")
