"""``python -m crawler.demo``."""

import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest

from crawler.demo import DemoSite, MirrorSite, serve
from crawler.demo.__main__ import build_parser, build_site, main


def test_serves_until_interrupted() -> None:
    command = [sys.executable, "-m", "crawler.demo", "--port", "0", "--articles", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[2]
        with build_opener(ProxyHandler({})).open(url, timeout=10) as response:
            assert response.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--help"])
    assert exit_.value.code == 0
    assert "python -m crawler.demo --port 8000" in capsys.readouterr().out


def test_taken_port(capsys: pytest.CaptureFixture[str]) -> None:
    with serve(DemoSite()) as server:
        assert main(["--port", server.url.rpartition(":")[2]]) == 2
    assert capsys.readouterr().err.startswith("Cannot listen on 127.0.0.1:")


def test_folder_that_is_no_mirror(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--mirror", str(tmp_path)]) == 2
    assert "holds no index.json" in capsys.readouterr().err


def test_sites_by_option(tmp_path: Path) -> None:
    def site(*argv: str) -> object:
        return build_site(build_parser().parse_args(argv))

    plain, bare, generated = site(), site("--no-feeds", "--no-sitemaps"), site("--articles", "4")
    assert isinstance(plain, DemoSite)
    assert isinstance(bare, DemoSite)
    assert isinstance(generated, DemoSite)
    assert (plain.feeds, plain.sitemaps, bare.feeds, bare.sitemaps) == (True, True, False, False)
    assert len(generated.articles) == 4
    assert site("--mirror", str(tmp_path)) == MirrorSite(tmp_path)


def test_needs_the_standard_library_alone() -> None:
    banned = "scrapy, lxml, sqlalchemy, feedparser, click, rich, trafilatura, cleaning, storage"
    program = f"import sys; sys.modules.update(dict.fromkeys('{banned}'.split(', '))); import crawler.demo.__main__"
    subprocess.run([sys.executable, "-c", program], check=True)
