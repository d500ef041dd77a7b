"""A corpus that the real command crawled from the real demo site."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from crawler.demo import DemoServer, DemoSite, serve

CLEANWIRE = Path(sys.executable).with_name("cleanwire")


@dataclass(frozen=True)
class Desk:
    """A folder to work in, with a site to crawl."""

    folder: Path
    server: DemoServer

    executable = CLEANWIRE

    @property
    def database(self) -> str:
        """The address of the folder's corpus."""
        return f"sqlite:///{self.folder / 'corpus.db'}"

    def run(
        self, *arguments: str, stdin: bytes | None = None, allow: str = "127.0.0.0/8", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run ``cleanwire`` in the folder, as a user would."""
        variables = {
            **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
            "CLEANWIRE_ALLOW_NETWORKS": allow,
            "CLEANWIRE_DATABASE": self.database,
            "NO_COLOR": "1",
            **environment,
        }
        done = subprocess.run(
            [CLEANWIRE, *arguments],
            cwd=self.folder,
            env=variables,
            input=stdin,
            capture_output=True,
            timeout=120,
            check=False,
        )
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture(scope="session")
def demo_server() -> Iterator[DemoServer]:
    with serve(DemoSite()) as server:
        yield server


@pytest.fixture(scope="session")
def crawled(tmp_path_factory: pytest.TempPathFactory, demo_server: DemoServer) -> Desk:
    """A desk whose corpus holds the demo site."""
    desk = Desk(tmp_path_factory.mktemp("crawled"), demo_server)
    done = desk.run("crawl", "--delay", "0", demo_server.url)
    assert done.returncode == 0, done.stderr
    return desk


@pytest.fixture
def desk(tmp_path: Path, demo_server: DemoServer) -> Desk:
    """A desk with an empty folder."""
    return Desk(tmp_path, demo_server)


class Watchdog(BaseHTTPRequestHandler):
    """Takes whatever it is told, and notes it."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.calls.append((self.path, body.decode()))  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()

    do_GET = do_POST  # noqa: N815

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def watchdog() -> Iterator[HTTPServer]:
    """A server for pings and alerts, with paths and bodies in ``calls``."""
    server = HTTPServer(("127.0.0.1", 0), Watchdog)
    server.calls = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
