"""The HTML page of ``cleanwire status``: every source compared with its own past."""

from collections import Counter
from collections.abc import Iterator

from crawler.ops.formatting import format_rate
from crawler.ops.html.layout import (
    build_anomaly_list,
    build_badge,
    build_days_chart,
    build_figures,
    build_link,
    build_page,
    build_table,
    escape_text,
    format_counts,
    format_time,
)
from crawler.ops.source_status import UNHEALTHY_STATES, SourceStatus, State, StatusOverview


def build_status_page(overview: StatusOverview) -> str:
    """Build the page as HTML."""
    return build_page("Sources", _build_body(overview), overview.at)


def _build_body(overview: StatusOverview) -> Iterator[str]:
    states = Counter(source.state for source in overview.sources)
    yield f"<header><h1>Sources</h1><p>As of {format_time(overview.at)}{_describe_last_run(overview)}.</p>"
    badges = " ".join(build_badge(f"{count} {state}", classify_state(state)) for state, count in states.items())
    yield f'<p class="badges">{badges}</p>'
    yield "</header>"
    if overview.overdue:
        yield f'<p class="banner">{build_badge("overdue", "bad")} {escape_text(overview.overdue)}.</p>'
    yield build_figures(_list_figures(overview))
    concerning = [one for one in overview.sources if one.anomalies or one.problem or one.failing_listings]
    if concerning:
        yield "<h2>Problems</h2>"
        yield from map(_build_problem_card, concerning)
    known = [source for source in overview.sources if source.days]
    if known:
        yield "<h2>New articles a day</h2>"
        yield (
            "<p class=note>The last 28 days, each source at its own scale; dashed line: the usual rate; "
            "dot: not polled.</p>"
        )
        yield f'<div class="grid">{"".join(_build_source_card(source, overview) for source in known)}</div>'
    yield "<h2>All sources</h2>"
    yield build_table(_COLUMN_TITLES, map(_build_row, overview.sources), (2, 3, 4, 5), "All sources")


def _describe_last_run(overview: StatusOverview) -> str:
    run = overview.last_run
    return f"; the last run, number {run.id}, started {format_time(run.started_at)}" if run else "; no run yet"


def _list_figures(overview: StatusOverview) -> Iterator[tuple[str, str]]:
    sources = overview.sources
    yield "sources", f"{len(sources):,}"
    yield "need attention", f"{sum(source.is_bad for source in sources):,}"
    yield "articles", f"{sum(source.articles for source in sources):,}"
    yield "new a day", format_rate(sum(source.articles_per_day or 0 for source in sources))
    yield "usual a day", format_rate(sum(source.usual_articles_per_day or 0 for source in sources))


def classify_state(state: State) -> str:
    """Return the CSS class of a state, which sets its colour."""
    if state in UNHEALTHY_STATES:
        return "bad"
    return {"well": "good", "stumbled": "odd"}.get(state, "calm")


def _build_problem_card(source: SourceStatus) -> str:
    listings = (
        f"<p>{build_badge('listings', 'odd')} {source.failing_listings} of its {source.listings} listings fail.</p>"
        if source.failing_listings
        else ""
    )
    return (
        f'<section class="card matter"><h3>{_format_name(source)}</h3>'
        f"{build_anomaly_list(source.anomalies, source.problem)}{listings}"
        f"<p class=note>Last success {format_time(source.last_good_at)} · "
        f"last new article {format_time(source.last_article_at)}</p>"
        "</section>"
    )


def _format_name(source: SourceStatus) -> str:
    shown = (
        f'<bdi>{escape_text(source.name)}</bdi> <span class="key">{escape_text(source.key)}</span>'
        if source.name
        else escape_text(source.key)
    )
    return f"{shown}"


def _build_source_card(source: SourceStatus, overview: StatusOverview) -> str:
    pace = f"{format_rate(source.articles_per_day)} a day · usual {format_rate(source.usual_articles_per_day)}"
    return (
        f'<figure class="card"><figcaption><b>{escape_text(source.name or source.key)}</b> '
        f"{build_badge(source.state, classify_state(source.state))}<small>{pace}</small></figcaption>"
        f"{build_days_chart(source.days, overview.at, source.usual_articles_per_day)}</figure>"
    )


_COLUMN_TITLES = (
    *("state", "source", "a day", "usual", "articles", "listings"),
    *("last success", "last new article", "due", "failed in 7 days", "rejected in 7 days"),
)


def _build_row(source: SourceStatus) -> tuple[str, ...]:
    due = "–" if source.state == "paused" else format_time(source.next_due_at) if source.next_due_at else "now"
    failing = f" ({source.failing_listings} fail)" if source.failing_listings else ""
    name = f"<bdi>{escape_text(source.name)}</bdi><br>" if source.name else ""
    return (
        build_badge(source.state, classify_state(source.state)),
        f"{name}{build_link(source.url)}",
        format_rate(source.articles_per_day),
        format_rate(source.usual_articles_per_day),
        f"{source.articles:,}",
        f"{source.listings:,}{failing}",
        format_time(source.last_good_at),
        format_time(source.last_article_at),
        due,
        format_counts(source.failed),
        format_counts(source.rejected),
    )
