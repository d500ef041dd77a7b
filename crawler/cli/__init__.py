"""The command ``cleanwire``: its entry point, which imports as little as possible."""

import os
import signal


def main() -> None:
    """Run the command line, and exit without a traceback if Ctrl-C arrives while modules are being imported.

    This is the console script of the package. `crawler.cli.group.main` does the work, once it is imported.
    """
    # A KeyboardInterrupt raised during an import can be lost: lxml, for one, swallows it and goes on importing. Until
    # the imports are done, Ctrl-C therefore ends the process at once.
    if (before := signal.getsignal(signal.SIGINT)) == signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    from crawler.cli.group import main as run

    # From here on, `cleaning.cli.runtime.run` decides what Ctrl-C does.
    signal.signal(signal.SIGINT, before)
    run()
