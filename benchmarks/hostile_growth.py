"""Measure hostile pages by kind and size: CPU seconds, memory, and the outcome.

    python benchmarks/hostile_growth.py
    python benchmarks/hostile_growth.py --kinds 'nested divs' spans --sizes 64 256 1024 4096
    python benchmarks/hostile_growth.py --plot docs/hostile.svg      (pip install matplotlib)

The kinds are those of ``tests/support/hostile_pages.py``. Each page is cleaned in a worker process, one at a time, with
the deadline that a crawl has. If the time is linear in the size, a page of four times the size takes four times as
long; a faster growth between the last two sizes is marked.
"""

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from hostile_pages import KINDS, PROSE

from cleaning import Cleaned, Page
from cleaning.batch import clean_page, map_in_workers
from cleaning.worker_pool import WorkerLostError

MARKED_GROWTH = 1.5
"""If time grows by more than this factor times the growth of the size, the kind is marked."""
MAX_PLOTTED_KINDS = 10
"""The most expensive kinds, which are named in the plot."""
MIN_PLOTTED_MEGABYTES = 1.0
"""MB below which the plot shows no difference."""


@dataclass(frozen=True)
class Cost:
    """What a page took, and what became of it."""

    outcome: str
    seconds: float
    """CPU seconds."""
    megabytes: float
    """Memory that the worker needed in addition."""
    kept: float
    """Share of the page's prose that is in the article."""


def measure_cost(page: Page) -> Cost:
    """Clean a page and return its cost; this runs in a worker."""
    Path("/proc/self/clear_refs").write_text("5")  # resets VmHWM, the peak
    before = _read_kilobytes("VmRSS")
    started = time.process_time()
    result = clean_page(page)
    seconds = time.process_time() - started
    added = (_read_kilobytes("VmHWM") - before) / 1000
    if not isinstance(result, Cleaned):
        return Cost(result.outcome, seconds, added, 0.0)
    text = result.article.text
    return Cost("article", seconds, added, sum(paragraph in text for paragraph in PROSE) / len(PROSE))


def _read_kilobytes(name: str) -> int:
    """Return a value of this process's ``/proc`` status, in kilobytes."""
    return int(Path("/proc/self/status").read_text().split(f"{name}:")[1].split()[0])


def main() -> None:
    """Print a table of all kinds and sizes, and plot it if requested."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--kinds", nargs="+", choices=KINDS, default=list(KINDS), metavar="KIND", help="kinds of pages (default: all)"
    )
    parser.add_argument("--sizes", nargs="+", type=int, default=[16, 64, 256, 1024], help="sizes of the pages in KB")
    parser.add_argument("--plot", type=Path, help="write the plot to this file, as SVG or PNG")
    arguments = parser.parse_args()
    sizes = [size * 1024 for size in arguments.sizes]
    print(f"| kind | {' | '.join(f'{size} KB: s, MB' for size in arguments.sizes)} | prose | |")
    print(f"|---|{'---|' * len(sizes)}---|---|")
    costs: dict[str, list[Cost]] = defaultdict(list)
    for kind, cost in measure(arguments.kinds, sizes):
        costs[kind].append(cost)
        if len(costs[kind]) == len(sizes):
            print(format_row(kind, costs[kind], sizes), flush=True)
    if arguments.plot:
        render_plot(costs, sizes, arguments.plot)


def measure(kinds: Sequence[str], sizes: Sequence[int]) -> Iterator[tuple[str, Cost]]:
    """Yield the cost of each kind in each size, in this order."""
    from hostile_growth import measure_cost as in_worker  # workers cannot import from the main module

    pages = (Page(KINDS[kind](size), key=kind) for kind in kinds for size in sizes)
    for page, result in map_in_workers(in_worker, pages, workers=1):
        is_lost = isinstance(result, WorkerLostError)
        yield str(page.key), Cost(result.outcome, float("nan"), float("nan"), 0.0) if is_lost else result


def format_row(kind: str, costs: Sequence[Cost], sizes: Sequence[int]) -> str:
    """Format a table row of one kind.

    It has the cost by size, the smallest share of the prose that was kept, and whether time grows faster than the size.
    """
    cells = [
        # NaN marks a page that was lost: show its outcome instead.
        f"{cost.seconds:.2f}, {cost.megabytes:.0f}" if cost.seconds == cost.seconds else cost.outcome
        for cost in costs
    ]
    outcomes = {cost.outcome for cost in costs}
    kept = f"{min(cost.kept for cost in costs):.0%}" if outcomes == {"article"} else ", ".join(sorted(outcomes))
    # Below a second, the growth is mostly noise.
    grows = len(costs) > 1 and costs[-1].seconds / costs[-2].seconds > MARKED_GROWTH * sizes[-1] / sizes[-2]
    return f"| {kind} | {' | '.join(cells)} | {kept} | {'grows faster' if grows and costs[-1].seconds > 1 else ''} |"


def render_plot(costs: dict[str, list[Cost]], sizes: Sequence[int], target: Path) -> None:
    """Plot time and memory over size, the most expensive kinds with their names and the others in grey."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "cleanwire"
    from matplotlib import pyplot

    kilobytes = [size // 1024 for size in sizes]
    figure, (time_axes, memory_axes) = pyplot.subplots(1, 2, figsize=(9, 4.5), layout="constrained")
    ranked = sorted(costs, key=lambda kind: -costs[kind][-1].seconds)
    for rank, kind in reversed(list(enumerate(ranked))):
        style = (
            {"label": kind, "color": f"C{rank}", "marker": "."}
            if rank < MAX_PLOTTED_KINDS
            else {"color": "0.85", "lw": 0.8}
        )
        time_axes.loglog(kilobytes, [cost.seconds for cost in costs[kind]], **style)
        memory_axes.loglog(kilobytes, [max(cost.megabytes, MIN_PLOTTED_MEGABYTES) for cost in costs[kind]], **style)
    time_axes.axhline(15, color="0.4", linestyle=":")
    time_axes.set(title="CPU seconds; dotted: the deadline of a page", ylim=(0.002, 30))
    memory_axes.set(title="MB added to the worker", ylim=(MIN_PLOTTED_MEGABYTES, 300))
    for axes in (time_axes, memory_axes):
        axes.set_xlabel("size of the page, KB")
        axes.set_xticks(kilobytes, [str(kilobyte) for kilobyte in kilobytes])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    handles, labels = time_axes.get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside lower center", ncols=5, frameon=False, fontsize=8)
    figure.savefig(target, metadata={"Date": None})


if __name__ == "__main__":
    main()
