"""The page that shows how every source stands."""

from collections import Counter
from collections.abc import Iterator

from crawler.ops.formatting import per_day
from crawler.ops.html.layout import badge, counted, days_chart, figures, findings, link, moment, page, table, text
from crawler.ops.source_status import BAD, Overview, SourceStatus, State


def status_page(overview: Overview) -> str:
    """The page as HTML."""
    return page("Sources", _body(overview), overview.at)


def _body(overview: Overview) -> Iterator[str]:
    states = Counter(source.state for source in overview.sources)
    yield f"<header><h1>Sources</h1><p>As of {moment(overview.at)}{_last_run(overview)}.</p>"
    badges = " ".join(badge(f"{count} {state}", kind_of(state)) for state, count in states.items())
    yield f'<p class="badges">{badges}</p>'
    yield "</header>"
    if overview.overdue:
        yield f'<p class="banner">{badge("overdue", "bad")} {text(overview.overdue)}.</p>'
    yield figures(_figures(overview))
    concerning = [one for one in overview.sources if one.findings or one.problem or one.failing_listings]
    if concerning:
        yield "<h2>What is the matter</h2>"
        yield from map(_matter, concerning)
    known = [source for source in overview.sources if source.days]
    if known:
        yield "<h2>New articles a day</h2>"
        yield (
            "<p class=note>The last 28 days, each source at its own scale; dashed: what is usual; "
            "a dot: not looked at.</p>"
        )
        yield f'<div class="grid">{"".join(_small(source, overview) for source in known)}</div>'
    yield "<h2>All sources</h2>"
    yield table(_HEADS, map(_row, overview.sources), (2, 3, 4, 5), "All sources")


def _last_run(overview: Overview) -> str:
    run = overview.last_run
    return f"; the last run, number {run.id}, began {moment(run.started_at)}" if run else "; there was no run yet"


def _figures(overview: Overview) -> Iterator[tuple[str, str]]:
    sources = overview.sources
    yield "sources", f"{len(sources):,}"
    yield "need a look", f"{sum(source.is_bad for source in sources):,}"
    yield "articles", f"{sum(source.articles for source in sources):,}"
    yield "new a day", per_day(sum(source.a_day or 0 for source in sources))
    yield "usual a day", per_day(sum(source.usual_a_day or 0 for source in sources))


def kind_of(state: State) -> str:
    """Which colour a state has."""
    if state in BAD:
        return "bad"
    return {"well": "good", "stumbled": "odd"}.get(state, "calm")


def _matter(source: SourceStatus) -> str:
    listings = (
        f"<p>{badge('listings', 'odd')} {source.failing_listings} of its {source.listings} listings fail.</p>"
        if source.failing_listings
        else ""
    )
    return (
        f'<section class="card matter"><h3>{_name(source)}</h3>{findings(source.findings, source.problem)}{listings}'
        f"<p class=note>Last success {moment(source.last_good_at)} · "
        f"last new article {moment(source.last_article_at)}</p>"
        "</section>"
    )


def _name(source: SourceStatus) -> str:
    shown = (
        f'<bdi>{text(source.name)}</bdi> <span class="key">{text(source.key)}</span>'
        if source.name
        else text(source.key)
    )
    return f"{shown}"


def _small(source: SourceStatus, overview: Overview) -> str:
    pace = f"{per_day(source.a_day)} a day · usual {per_day(source.usual_a_day)}"
    return (
        f'<figure class="card"><figcaption><b>{text(source.name or source.key)}</b> '
        f"{badge(source.state, kind_of(source.state))}<small>{pace}</small></figcaption>"
        f"{days_chart(source.days, overview.at, source.usual_a_day)}</figure>"
    )


_HEADS = (
    *("state", "source", "a day", "usual", "articles", "listings"),
    *("last success", "last new article", "due", "failed in 7 days", "rejected in 7 days"),
)


def _row(source: SourceStatus) -> tuple[str, ...]:
    due = "–" if source.state == "paused" else moment(source.next_due_at) if source.next_due_at else "now"
    failing = f" ({source.failing_listings} fail)" if source.failing_listings else ""
    name = f"<bdi>{text(source.name)}</bdi><br>" if source.name else ""
    return (
        badge(source.state, kind_of(source.state)),
        f"{name}{link(source.url)}",
        per_day(source.a_day),
        per_day(source.usual_a_day),
        f"{source.articles:,}",
        f"{source.listings:,}{failing}",
        moment(source.last_good_at),
        moment(source.last_article_at),
        due,
        counted(source.failed),
        counted(source.rejected),
    )
