"""The command ``cleanwire``: its first lines, which import next to nothing."""

import os
import signal


def main() -> None:
    """Run the command. Ctrl-C ends it without a traceback while its parts are being imported, too.

    As an exception it would be lost there now and then: lxml, for one, goes on importing.
    """
    if (before := signal.getsignal(signal.SIGINT)) == signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    from crawler.cli.group import main as run

    signal.signal(signal.SIGINT, before)
    run()
