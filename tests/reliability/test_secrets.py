"""What is a key to something is written nowhere: not to the database, the archive, logs, reports or the terminal."""

import gzip
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from databases import POSTGRESQL, created, unavailable
from faulty import page, redirect, reply, serving

CLEANWIRE = Path(sys.executable).with_name("cleanwire")
SECRET = "s3cr3t-0f-tests"  # not a word that is written for another reason

SOURCES = """
[alerts]
command = ["sh", "-c", "cat > alert.json; echo noted; exit 3"]
webhook = "{there}/hook/{secret}"
ping_url = "{there}/ping/{secret}"

[[source]]
url = "http://news.example/"
headers = {{ "X-Key" = "{secret}", "Authorization" = {{env = "KEY"}} }}
cookies = {{ session = "{secret}" }}

[[source]]
url = "http://broken.example/"
headers = {{ "X-Key" = "{secret}" }}
"""


class Folder:
    """A folder to work in, and all that was said there."""

    def __init__(self, path: Path, database: str, proxy: str) -> None:
        self.path = path
        self.said = ""
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
            "CLEANWIRE_DATABASE": database,
            "http_proxy": proxy,
            "no_proxy": "",
            "KEY": SECRET,
            "HOME": str(path),
        }

    def run(self, *words: str, **environment: str) -> int:
        done = subprocess.run(
            [CLEANWIRE, *words],
            cwd=self.path,
            env={**self._environment, **environment},
            capture_output=True,
            timeout=120,
            check=False,
        )
        self.said += f"$ {words[0]}\n{done.stdout.decode()}{done.stderr.decode()}\n"
        return done.returncode

    def places(self) -> list[str]:
        """Where the secret is: in what was said, and in files, unpacked where they are packed."""
        found = [line for line in self.said.splitlines() if SECRET in line]
        for path in self.path.rglob("*"):
            if path.is_file() and path.name != "sources.toml":
                body = path.read_bytes()
                plain = gzip.decompress(body) if path.name.endswith(".gz") else body
                found += [str(path)] if SECRET.encode() in plain else []
        return found


@pytest.mark.parametrize("kind", ["sqlite", pytest.param(POSTGRESQL, marks=pytest.mark.slow)])
def test_keys_are_written_nowhere(kind: str, tmp_path: Path) -> None:
    database = "sqlite:///corpus.db"
    if kind == POSTGRESQL:
        if reason := unavailable(POSTGRESQL):
            pytest.skip(reason)
        address = created(POSTGRESQL, "secrets")
        # The server's own rules let the user in; the password goes along, and must not come out.
        database = re.sub(r"//([^@/:]+)(:[^@]*)?@", rf"//\1:{SECRET}@", address)
    sites = {
        "news.example": {"/news/1": page(1), "/news/2": redirect("http://other.example/"), "/gone": reply(404)},
        "other.example": {"/": page(3)},
        "broken.example": {"*": reply(500)},
        "*": {"*": reply(403)},
    }
    with serving(sites) as server:
        proxy = server.url.replace("http://", f"http://user:{SECRET}@")
        folder = Folder(tmp_path, database, proxy)
        text = SOURCES.format(there="http://127.0.0.1:1", secret=SECRET)
        (tmp_path / "sources.toml").write_text(text, "utf-8")
        folder.run("crawl", "--delay", "0", "-v", "--now")
        folder.run(
            "crawl", "--delay", "0", "--now", "-v", "--log-format", "json", "--ping-url", f"{server.url}/{SECRET}"
        )
        assert any(exchange.headers.get("x-key") == SECRET for exchange in server.exchanges), folder.said
        assert not [one for one in server.exchanges if one.host == "other.example" and SECRET in one.headers.values()]
    folder.run("crawl", "--delay", "0", "--now", "-v")  # the proxy is gone
    for words in (
        # What is in the database is in its file, or in the backup's; these say what is in sources.toml too.
        *(
            ["status", "--json"],
            ["report", "--html", "report.html"],
            ["sources", "list"],
            ["sources", "list", "--json"],
        ),
        *(
            ["sources", "check"],
            ["sources", "export", "--format", "toml", "-o", "out.toml"],
            ["db", "backup", "copy.db"],
        ),
    ):
        folder.run(*words)
    assert "stored 1" in folder.said
    assert folder.places() == []


@pytest.mark.parametrize(
    "database",
    [
        f"postgresql://user:{SECRET}@127.0.0.1:1/news",
        f"mariadb://user:{SECRET}@127.0.0.1:1/news",
        f"postgresql://user:{SECRET}@[::1/news",
        f"postgresql://user:{SECRET}@127.0.0.1:no/news",
        f"postgresql://127.0.0.1:1/news?password={SECRET}",
        f"postgresql://user:a@{SECRET}@127.0.0.1:1/news",
        f"oracle://user:{SECRET}@127.0.0.1/news",
        f"mariadb://user:{SECRET}@127.0.0.1:1/news?unknown={SECRET}",
    ],
    ids=range(8),
)
def test_no_error_shows_a_password(database: str, tmp_path: Path) -> None:
    folder = Folder(tmp_path, database, "")
    folder.run("stats")
    folder.run("crawl", "https://news.example", "-v")
    assert folder.said.count("cleanwire: ") >= 2, folder.said
    assert folder.places() == []
