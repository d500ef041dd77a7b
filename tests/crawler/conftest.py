"""Crawls as users run them: in a process of their own, against servers on loopback."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from processes import Running

# No "if __name__ == '__main__'" guard, as in the scripts that people write.
SCRIPT = """
import json, sys
from crawler.runner import CrawlOptions, crawl
from crawler.config.models import SourceConfig
from storage import Corpus

asked = json.loads(sys.argv[1])
exec(asked["before"])
with Corpus.open(asked["database"], create=True) as corpus:
    sources = [SourceConfig(**source) for source in asked["sources"]]
    summary = crawl(corpus, sources, CrawlOptions(**asked["options"]))
def peak_memory():
    status = open("/proc/self/status").read()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024

print(json.dumps({
    "line": summary.format_line(),
    "counts": summary.to_counts(),
    "problems": {source.url: source.problem for source in summary.sources if source.problem},
    "requests": {source.url: source.requests for source in summary.sources},
    "stopped": summary.stopped,
    "notes": summary.notes,
    "exit_code": summary.exit_code,
    "megabytes": peak_memory(),
}))
"""
StartCrawl = Callable[..., Running]


@pytest.fixture
def database(tmp_path: Path) -> str:
    """The address of a corpus that is not there yet."""
    return f"sqlite:///{tmp_path / 'corpus.db'}"


@pytest.fixture
def start_crawl(database: str) -> StartCrawl:
    """Starts a crawl of addresses (or of tables as in sources.toml), without a delay unless one is given."""

    def start(
        *sources: str | dict[str, Any],
        environment: Mapping[str, str] | None = None,
        before: str = "",
        **options: Any,
    ) -> Running:
        asked = {
            "database": database,
            "sources": [source if isinstance(source, dict) else {"url": source} for source in sources],
            "options": {"delay": 0.0, **options},
            "before": before,
        }
        return Running([sys.executable, "-c", SCRIPT, json.dumps(asked)], environment or {})

    return start
