"""What must stay secret: keys, cookies and passwords are sent where they belong, and written nowhere."""

import gzip
import zlib
from pathlib import Path

import pytest

from crawler.demo import DemoSite, serve

MARK = "s3cr3t-m4rk"


def unpacked(path: Path) -> bytes:
    """A file's bytes; of a compressed one, what is in it as well."""
    content = path.read_bytes()
    try:
        return content + gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return content


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_secrets_are_written_nowhere(desk, watchdog, log_format: str) -> None:
    told = f"http://127.0.0.1:{watchdog.server_address[1]}"
    with serve(DemoSite()) as site:
        (desk.folder / "sources.toml").write_text(
            f"""

            [alerts]
            ping_url = "{told}/{MARK}-ping"
            webhook = "{told}/{MARK}-hook"

            [[source]]
            url = "{site.url}"
            headers = {{Authorization = "Bearer {MARK}-header", X-Key = {{env = "EXAMPLE_KEY"}}}}
            cookies = {{session = "{MARK}-cookie"}}

            [[source]]  # fails, so that there is something to tell of
            url = "http://user:{MARK}-userinfo@127.0.0.1:9"
            """
        )
        secrets = {"EXAMPLE_KEY": f"{MARK}-env", "https_proxy": f"http://user:{MARK}-proxy@127.0.0.1:9"}
        crawled = desk.run("crawl", "--verbose", "--delay", "0", "--log-format", log_format, **secrets)
    commands = (["status", "--json"], ["report", "--json"], ["report", "--html", "page.html"], ["failures", "--json"])
    said = [
        crawled,
        *(desk.run(*command, **secrets) for command in (*commands, ["runs", "--json"], ["sources", "list"])),
    ]
    assert crawled.returncode == 3, crawled.stderr
    assert [path for path, _ in watchdog.calls] == [f"/{MARK}-ping/start", f"/{MARK}-ping"]  # sent where they belong
    for done in said:
        assert MARK not in done.stdout + done.stderr, done.args
    written = [path for path in desk.folder.rglob("*") if path.is_file() and path.name != "sources.toml"]
    assert any(path.suffix == ".gz" for path in written)
    assert [path for path in written if MARK.encode() in unpacked(path)] == []


def test_a_databases_password_is_in_no_message(desk) -> None:
    for driver in ("postgresql+psycopg", "mariadb+pymysql"):
        url = f"{driver}://user:{MARK}@127.0.0.1:9/corpus"
        done = desk.run("--database", url, "search", "flood")
        assert done.returncode not in (0, 1), done.stderr
        assert MARK not in done.stdout + done.stderr
        assert "127.0.0.1" in done.stderr
