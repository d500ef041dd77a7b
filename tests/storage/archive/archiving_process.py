"""Archives pages until it is killed, and names each one's pointer as soon as it has it: ``FOLDER FIRST LIMIT``."""

import random
import resource
import sys
from dataclasses import astuple
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from storage import ArchiveError
from storage.archive.exchange import Exchange
from storage.archive.folder import Archive

MOMENT = datetime(2024, 10, 1, 12, tzinfo=UTC)


def body(number: int) -> bytes:
    """A body that tells which one it is, of 0 to 120 kB, and that does not pack to nothing."""
    return b"%d %s" % (number, random.Random(number).randbytes(number * 7919 % 60_000).hex().encode())


def main() -> None:
    folder, first, limit = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    archive = Archive(folder, rotate_bytes=200_000 if not limit else 10**9)
    for number in count(first):
        exchange = Exchange(f"https://wire.example/{number}", MOMENT, 200, "OK", (), (), body(number))
        try:
            pointer = archive.write(exchange)
        except ArchiveError as error:
            print("error", error, flush=True)
            if number > first + 200:
                return
        else:
            print(number, *astuple(pointer), flush=True)


if __name__ == "__main__":
    main()
