"""The report of a run that was killed before it could save its counts."""

from pathlib import Path

from crawl_steps import Crawl, cleaned_article

from crawler.ops.run_report import load_report
from storage import Corpus


def test_a_killed_run_reports_what_it_had_fetched(tmp_path: Path) -> None:
    with Corpus.open(f"sqlite:///{tmp_path / 'corpus.db'}", create=True) as corpus:
        killed = Crawl(corpus)
        killed.fetch("https://wire.example/1", cleaned_article("Twelve boats."))
        killed.fetch("https://wire.example/2", outcome="http-404", http_status=404)
        killed.fetch("https://wire.example/3", outcome="too-short")
        killed.find("https://wire.example/4")
        report = load_report(corpus, corpus.monitoring.list_runs(1)[0])
        counts = {name: number for name, number in report.run.summary.items() if number}
        assert counts == {"found": 4, "fetched": 3, "stored": 1, "rejected": 1, "failed": 1}
        assert report.outcomes == {"http-404": 1, "stored": 1, "too-short": 1}
        assert [(each.source.key, each.source_run.found, each.pages) for each in report.sources] == [
            ("wire.example", 4, 3)
        ]
        Crawl(corpus).frontier.release_stale_leases()
        (_, interrupted) = corpus.monitoring.list_runs(2)
        assert interrupted.outcome == "interrupted"
        assert load_report(corpus, interrupted).run.summary["fetched"] == 3
