"""Measure the memory of a long crawl over time, of its main process and of its workers, as a table and a plot.

    pip install matplotlib
    python benchmarks/memory.py --pages 10000 --plot docs/memory.svg

Memory is PSS: pages that several processes share are divided among them. The site is generated, on loopback.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from process_tree import list_session_processes, measure_memory

from crawler.demo import make_big_site, serve

CLEANWIRE = Path(sys.executable).with_name("cleanwire")
MAX_ROWS = 10


@dataclass(frozen=True)
class Sample:
    """Megabytes of the main process and of all workers, at one moment of the crawl."""

    requests: int
    """Requests that the server had answered."""
    parent: float
    workers: float


def main() -> None:
    """Crawl, print ten samples, and plot all of them if requested."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=10_000, help="articles of the site (default: 10000)")
    parser.add_argument("--plot", type=Path, help="write the plot to this file, as SVG or PNG")
    arguments = parser.parse_args()
    samples = crawl(arguments.pages)
    print("| requests | the crawl's own process, MB | its workers, MB |\n|---|---|---|")
    for sample in samples[:: max(1, len(samples) // MAX_ROWS)]:
        print(f"| {sample.requests} | {sample.parent:.0f} | {sample.workers:.0f} |")
    if arguments.plot:
        render_plot(samples, arguments.plot)


def crawl(pages: int) -> list[Sample]:
    """Crawl a generated site, and return a sample for each second."""
    samples = []
    with tempfile.TemporaryDirectory() as scratch, serve(make_big_site(pages)) as server:
        command = [str(CLEANWIRE), "--database", f"sqlite:///{scratch}/corpus.db", "crawl", "--delay", "0", server.url]
        environment = {**os.environ, "CLEANWIRE_ALLOW_NETWORKS": "127.0.0.0/8", "no_proxy": "127.0.0.1"}
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        while process.poll() is None:
            others = [pid for pid in list_session_processes(process.pid) if pid != process.pid]
            sample = Sample(len(server.requests), measure_memory(process.pid), sum(map(measure_memory, others)))
            # The process may end between the two measurements.
            if sample.parent:
                samples.append(sample)
            time.sleep(1)
    if process.returncode:
        sys.exit(f"the crawl failed with exit code {process.returncode}")
    return samples


def render_plot(samples: list[Sample], target: Path) -> None:
    """Plot both curves over the number of requests."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "cleanwire"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 3.5), layout="constrained")
    requests = [sample.requests for sample in samples]
    axes.plot(requests, [sample.parent for sample in samples], label="the crawl's own process")
    axes.plot(requests, [sample.workers for sample in samples], label="its workers together")
    axes.set(xlabel="requests", ylabel="megabytes (PSS)", ylim=(0, None), xlim=(0, None))
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(target, metadata={"Date": None})


if __name__ == "__main__":
    main()
