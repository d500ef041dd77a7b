"""What pages that are made to hurt cost, by kind and size: seconds of the processor, memory, and what became of them.

    python benchmarks/hostile_growth.py
    python benchmarks/hostile_growth.py --kinds 'nested divs' spans --sizes 64 256 1024 4096
    python benchmarks/hostile_growth.py --plot docs/hostile.svg      (pip install matplotlib)

The kinds are those of ``tests/support/hostile_pages.py``. Each page is cleaned in a worker process, one at a time, with
the deadline that a crawl has. Where time grows with the size, four times the size cost four times as much; a greater
growth between the last two sizes is marked.
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

SUSPECT = 1.5
"""Times the growth of the size from which on a growth of the time is marked."""
PLOTTED = 10
"""Kinds that are named in the plot, the costliest."""
LEAST_MEMORY = 1.0
"""MB below which the plot tells no difference."""


@dataclass(frozen=True)
class Cost:
    """What a page took."""

    outcome: str
    seconds: float
    """Of the processor."""
    megabytes: float
    """More than the worker had before."""
    kept: float
    """Share of the page's prose that is in the article."""


def cost_of(page: Page) -> Cost:
    """Clean a page; runs in a worker."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = _kilobytes("VmRSS")
    begun = time.process_time()
    result = clean_page(page)
    seconds = time.process_time() - begun
    more = (_kilobytes("VmHWM") - before) / 1000
    if not isinstance(result, Cleaned):
        return Cost(result.outcome, seconds, more, 0.0)
    text = result.article.text
    return Cost("article", seconds, more, sum(paragraph in text for paragraph in PROSE) / len(PROSE))


def _kilobytes(name: str) -> int:
    return int(Path("/proc/self/status").read_text().split(f"{name}:")[1].split()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), metavar="KIND")
    parser.add_argument("--sizes", nargs="+", type=int, default=[16, 64, 256, 1024], help="in KB")
    parser.add_argument("--plot", type=Path, help="write the plot to this file, as SVG or PNG")
    arguments = parser.parse_args()
    sizes = [size * 1024 for size in arguments.sizes]
    print(f"| kind | {' | '.join(f'{size} KB: s, MB' for size in arguments.sizes)} | prose | |")
    print(f"|---|{'---|' * len(sizes)}---|---|")
    costs: dict[str, list[Cost]] = defaultdict(list)
    for kind, cost in measure(arguments.kinds, sizes):
        costs[kind].append(cost)
        if len(costs[kind]) == len(sizes):
            print(row(kind, costs[kind], sizes), flush=True)
    if arguments.plot:
        plot(costs, sizes, arguments.plot)


def measure(kinds: Sequence[str], sizes: Sequence[int]) -> Iterator[tuple[str, Cost]]:
    """What each kind costs in each size, in this order."""
    from hostile_growth import cost_of as in_worker  # a worker does not know the program's main module

    pages = (Page(KINDS[kind](size), key=kind) for kind in kinds for size in sizes)
    for page, result in map_in_workers(in_worker, pages, workers=1):
        lost = isinstance(result, WorkerLostError)
        yield str(page.key), Cost(result.outcome, float("nan"), float("nan"), 0.0) if lost else result


def row(kind: str, costs: Sequence[Cost], sizes: Sequence[int]) -> str:
    """A row of the table: the least of the prose that a size has kept, and whether time grows faster than size."""
    cells = [
        f"{cost.seconds:.2f}, {cost.megabytes:.0f}" if cost.seconds == cost.seconds else cost.outcome for cost in costs
    ]
    outcomes = {cost.outcome for cost in costs}
    kept = f"{min(cost.kept for cost in costs):.0%}" if outcomes == {"article"} else ", ".join(sorted(outcomes))
    grows = len(costs) > 1 and costs[-1].seconds / costs[-2].seconds > SUSPECT * sizes[-1] / sizes[-2]
    return f"| {kind} | {' | '.join(cells)} | {kept} | {'grows faster' if grows and costs[-1].seconds > 1 else ''} |"


def plot(costs: dict[str, list[Cost]], sizes: Sequence[int], target: Path) -> None:
    """Write time and memory over size, the kinds that take most time by name and the others in grey."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "cleanwire"
    from matplotlib import pyplot

    kilobytes = [size // 1024 for size in sizes]
    figure, (time_axes, memory_axes) = pyplot.subplots(1, 2, figsize=(9, 4.5), layout="constrained")
    ranked = sorted(costs, key=lambda kind: -costs[kind][-1].seconds)
    for rank, kind in reversed(list(enumerate(ranked))):
        look = {"label": kind, "color": f"C{rank}", "marker": "."} if rank < PLOTTED else {"color": "0.85", "lw": 0.8}
        time_axes.loglog(kilobytes, [cost.seconds for cost in costs[kind]], **look)
        memory_axes.loglog(kilobytes, [max(cost.megabytes, LEAST_MEMORY) for cost in costs[kind]], **look)
    time_axes.axhline(15, color="0.4", linestyle=":")
    time_axes.set(title="seconds of the processor; dotted: a page's deadline", ylim=(0.002, 30))
    memory_axes.set(title="MB more than before", ylim=(LEAST_MEMORY, 300))
    for axes in (time_axes, memory_axes):
        axes.set_xlabel("KB of the page")
        axes.set_xticks(kilobytes, [str(one) for one in kilobytes])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    handles, labels = time_axes.get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside lower center", ncols=5, frameon=False, fontsize=8)
    figure.savefig(target, metadata={"Date": None})


if __name__ == "__main__":
    main()
