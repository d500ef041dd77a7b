"""Database servers that a test has for itself, to stop them hard: in a folder and at a port of their own.

Where the programs are missing, `missing` says so, and the tests are left out by name. Neither server runs as root: for
root, they run as the users that their packages made.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from databases import MARIADB, POSTGRESQL
from processes import PATIENCE, until
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from storage.backends.url import parse_database_url

AS_ROOT = os.getuid() == 0


class OwnServer(ABC):
    """A server on loopback. `own_server` makes one."""

    user: str
    """Who runs it, where we are root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        if AS_ROOT:
            shutil.chown(folder, self.user)

    @property
    @abstractmethod
    def address(self) -> str:
        """Of a database in which there is nothing."""

    @abstractmethod
    def make(self) -> None:
        """Put into the folder what the server begins with."""

    @abstractmethod
    def start(self) -> None:
        """Have it answer."""

    @abstractmethod
    def stop(self) -> None:
        """Stop it without letting it finish anything: it has to recover when it starts again."""

    def run(self, *command: object) -> None:
        """Run one of its programs to the end, as its user."""
        with self.log.open("ab") as log:
            subprocess.run(self.as_user(command), stdout=log, stderr=log, check=True, cwd="/", timeout=PATIENCE)

    def as_user(self, command: Sequence[object]) -> list[str]:
        """The command that runs a command as its user."""
        return [*(["runuser", "-u", self.user, "--"] if AS_ROOT else []), *map(str, command)]


class OwnPostgreSQL(OwnServer):
    """A PostgreSQL server."""

    user = "postgres"

    @staticmethod
    def program(name: str) -> str | None:
        """Where a program of the newest version is."""
        versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]))
        return str(versions[-1]) if versions else shutil.which(name)

    @property
    def address(self) -> str:
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        self.run(self.program("initdb"), "--no-sync", "-A", "trust", "-U", self.user, "-D", self.folder / "data")

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self._control("start", "-w", "-l", self.folder / "server.log", "-o", options)

    def stop(self) -> None:
        self._control("stop", "-m", "immediate")

    def _control(self, *what: object) -> None:
        self.run(self.program("pg_ctl"), "-D", self.folder / "data", *what)


class OwnMariaDB(OwnServer):
    """A MariaDB server."""

    user = "mysql"

    @staticmethod
    def program(name: str) -> str | None:
        """Where a program is."""
        return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")

    @property
    def address(self) -> str:
        return f"mariadb://root@127.0.0.1:{self.port}/test"

    def make(self) -> None:
        data = f"--datadir={self.folder / 'data'}"
        self.run(self.program("mariadb-install-db"), "--no-defaults", data, "--auth-root-authentication-method=normal")

    def start(self) -> None:
        places = {"datadir": "data", "socket": "socket", "pid-file": "pid"}
        options = [f"--{option}={self.folder / name}" for option, name in places.items()]
        network = (f"--port={self.port}", "--bind-address=127.0.0.1")
        command = [self.program("mariadbd"), "--no-defaults", *options, *network]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self.as_user(command), stdout=log, stderr=log, cwd="/")
        until(self._answers)

    def _answers(self) -> bool:
        engine = create_engine(parse_database_url(self.address).url)
        try:
            with engine.connect() as connection:
                return bool(connection.scalar(text("SELECT 1")))
        except OperationalError:
            assert self._process.poll() is None, self.log.read_text()
            return False
        finally:
            engine.dispose()

    def stop(self) -> None:
        os.kill(int((self.folder / "pid").read_text()), signal.SIGKILL)
        self._process.wait()


_KINDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    POSTGRESQL: (OwnPostgreSQL, ("initdb", "pg_ctl")),
    MARIADB: (OwnMariaDB, ("mariadb-install-db", "mariadbd")),
}


def missing(kind: str) -> str | None:
    """Why there can be no server of one's own; ``None`` where there can."""
    server, programs = _KINDS[kind]
    wanted = [name for name in programs if server.program(name) is None]
    if AS_ROOT and shutil.which("runuser") is None:
        wanted.append("runuser")
    return f"{' and '.join(wanted)} cannot be found" if wanted else None


@contextmanager
def own_server(kind: str) -> Iterator[OwnServer]:
    """A server that has begun, with nothing in it. Its folder is not the test's, which is closed to other users."""
    folder = Path(tempfile.mkdtemp(prefix=f"cleanwire-{kind}-"))
    try:
        server = _KINDS[kind][0](folder)
        server.make()
        server.start()
        try:
            yield server
        finally:
            with suppress(OSError, subprocess.CalledProcessError):  # where a test has stopped it
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
