"""Two crawls of one corpus at once: the second one ends at once and says so, and the first does not notice."""

from pathlib import Path

from processes import is_sound, one_value, started, until

from crawler.demo import make_big_site, serve

PAGES = 15


def test_the_second_is_told_that_the_first_is_at_work(tmp_path: Path) -> None:
    with serve(make_big_site(PAGES), delay=0.1) as server:
        arguments = ("crawl", "--delay", "0", "http://dhow.example/")
        first = started(tmp_path, *arguments, http_proxy=server.url)
        until(lambda: server.requests)
        second = started(tmp_path, *arguments, http_proxy=server.url).wait()
        assert (second.status, second.output) == (75, "")
        assert second.errors == f"cleanwire: another crawl is already running on corpus.db (pid {first.id})\n"
        ended = first.wait()
    assert (ended.status, ended.errors) == (0, "")
    assert len({request.path for request in server.requests}) == len(server.requests)
    assert one_value(tmp_path / "corpus.db", "SELECT count(DISTINCT url) FROM article") == PAGES
    assert one_value(tmp_path / "corpus.db", "SELECT count(*) FROM run") == 1
    assert is_sound(tmp_path / "corpus.db")
