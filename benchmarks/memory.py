"""The memory of a long crawl over time: of its own process, and of all its workers, as a plot.

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

from process_tree import memory_of, of_session

from crawler.demo import make_big_site, serve

CLEANWIRE = Path(sys.executable).with_name("cleanwire")
ROWS = 10


@dataclass(frozen=True)
class Sample:
    """Megabytes, once so many requests had been answered."""

    requests: int
    parent: float
    workers: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--plot", type=Path, help="write the plot to this file, as SVG or PNG")
    arguments = parser.parse_args()
    samples = crawl(arguments.pages)
    print("| requests | the crawl's own process, MB | its workers, MB |\n|---|---|---|")
    for sample in samples[:: max(1, len(samples) // ROWS)]:
        print(f"| {sample.requests} | {sample.parent:.0f} | {sample.workers:.0f} |")
    if arguments.plot:
        plot(samples, arguments.plot)


def crawl(pages: int) -> list[Sample]:
    """Crawl a site of so many articles, and look once a second."""
    samples = []
    with tempfile.TemporaryDirectory() as scratch, serve(make_big_site(pages)) as server:
        command = [str(CLEANWIRE), "--database", f"sqlite:///{scratch}/corpus.db", "crawl", "--delay", "0", server.url]
        environment = {**os.environ, "CLEANWIRE_ALLOW_NETWORKS": "127.0.0.0/8", "no_proxy": "127.0.0.1"}
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        while process.poll() is None:
            others = [pid for pid in of_session(process.pid) if pid != process.pid]
            sample = Sample(len(server.requests), memory_of(process.pid), sum(map(memory_of, others)))
            if sample.parent:
                samples.append(sample)
            time.sleep(1)
    if process.returncode:
        sys.exit(f"the crawl ended with {process.returncode}")
    return samples


def plot(samples: list[Sample], target: Path) -> None:
    """Write both curves over the requests."""
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
