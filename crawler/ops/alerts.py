"""Alerts: a command or a webhook is informed when an anomaly of a source begins or ends.

There is one alert per run, a JSON document, and none if nothing has changed. It holds nothing secret: URLs of sites and
pages, counts, sentences.
"""

import logging
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cleaning.output.safe_text import dump_safe_json
from crawler.config.models import AlertConfig
from crawler.ops.health_check import HealthCheck
from crawler.ops.json_forms import serialize_anomalies
from crawler.ops.watchdog import WatchdogClient
from crawler.ops.webhooks import extract_host, post_message
from storage import Source

ALERT_FORMAT_VERSION: Final = 1
"""The version of the document. Fields may be added without notice; none is removed while this stays the same."""
DELIVERY_TIMEOUT_SECONDS: Final = 30.0
"""How long a command or a webhook may take."""
MAX_LOGGED_CHARACTERS: Final = 2_000
"""The most characters of a command's output that are logged."""

TEST_TEXT: Final = "This is a test of the alerts of Cleanwire. All is well."

_log = logging.getLogger(__name__)


def build_alert(
    health_checks: Sequence[HealthCheck],
    sources: Mapping[int, Source],
    *,
    run_id: int,
    exit_code: int,
    finished_at: datetime,
    summary_line: str,
    counts: Mapping[str, int],
) -> dict[str, Any] | None:
    """Build the alert of a run, for ``json.dumps``; ``None`` if no anomaly has begun or ended.

    Its ``text`` says everything for people; chat services (Slack, Mattermost, Rocket.Chat) show that key.
    """
    changed = [checkup for checkup in health_checks if checkup.began or checkup.ended]
    if not changed:
        return None
    entries = [_build_source_entry(checkup, sources[checkup.source_run.source_id]) for checkup in changed]
    return {
        "format": ALERT_FORMAT_VERSION,
        "text": "\n".join(sentence for source in entries for sentence in _describe_changes(source)),
        "run": {
            "id": run_id,
            "finished_at": finished_at.isoformat(),
            "exit_code": exit_code,
            "summary": summary_line,
            "counts": dict(counts),
        },
        "sources": entries,
    }


def _build_source_entry(health_check: HealthCheck, source: Source) -> dict[str, Any]:
    return {
        "key": source.key,
        "name": source.name,
        "url": source.url,
        "problem": health_check.source_run.problem,
        "began": serialize_anomalies(health_check.began),
        "ended": serialize_anomalies(health_check.ended),
    }


def _describe_changes(source: Mapping[str, Any]) -> Iterator[str]:
    name = source["name"] or source["key"]
    for finding in source["began"]:
        yield f"{name}: {finding['kind']}: {finding['sentence']}"
        yield from (f"  {url}" for url in finding["samples"])
    for finding in source["ended"]:
        yield f"{name}: no longer {finding['kind']}"


def send_alert(alert: Mapping[str, Any], command: Sequence[str] = (), webhook: str | None = None) -> tuple[str, ...]:
    """Send an alert to the standard input of a command, to a webhook, or to both.

    Returns:
        A sentence for each that failed. A failure never fails the crawl.
    """
    body = dump_safe_json(alert).encode()
    problems = [
        _run_command(command, body) if command else None,
        post_message(webhook, body, "application/json", DELIVERY_TIMEOUT_SECONDS) if webhook else None,
    ]
    return tuple(f"the alert was not delivered: {problem}" for problem in problems if problem)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of a message to one of the configured channels."""

    channel: str
    """``command``, ``webhook`` or ``ping_url``, as in ``[alerts]``."""
    target: str
    """The program, or the host of the URL; the rest may be secret."""
    problem: str | None
    """Why it was not delivered, as a sentence; ``None`` if it was."""

    def to_json(self) -> dict[str, str | None]:
        """Return the delivery as a dictionary for ``json.dumps``."""
        return asdict(self)


def send_test(config: AlertConfig) -> list[Delivery]:
    """Send a test alert to the command and the webhook, and a ping to the watchdog, as far as they are configured."""
    body = dump_safe_json(_build_test_alert(datetime.now(UTC))).encode()
    deliveries = []
    if config.command:
        deliveries.append(Delivery("command", config.command[0], _run_command(config.command, body)))
    if config.webhook:
        problem = post_message(config.webhook, body, "application/json", DELIVERY_TIMEOUT_SECONDS)
        deliveries.append(Delivery("webhook", extract_host(config.webhook), problem))
    if config.ping_url:
        problem = WatchdogClient(config.ping_url).end(0, TEST_TEXT)
        deliveries.append(Delivery("ping_url", extract_host(config.ping_url), problem))
    return deliveries


def _build_test_alert(now: datetime) -> dict[str, Any]:
    run = {"id": 0, "finished_at": now.isoformat(), "exit_code": 0, "summary": TEST_TEXT, "counts": {}}
    return {"format": ALERT_FORMAT_VERSION, "text": TEST_TEXT, "run": run, "sources": []}


def _run_command(command: Sequence[str], body: bytes) -> str | None:
    """Run the command; return what went wrong as a sentence, or ``None``. Its output goes to the log."""
    name = os.path.basename(command[0])  # noqa: PTH119 - a word of a command line, not a path to open
    try:
        process = subprocess.Popen(  # noqa: S603 - the operator has chosen the command
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        return f"{name} cannot be run: {error.strerror or error}"
    try:
        output, _ = process.communicate(body, timeout=DELIVERY_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        _stop_command(process)
        return f"{name} took longer than {DELIVERY_TIMEOUT_SECONDS:g} s"
    if text := output.decode("utf-8", "replace").strip():
        _log.info("%s says: %s", name, text[:MAX_LOGGED_CHARACTERS])
    if process.returncode == 0:
        return None
    last = f": {text.splitlines()[-1][:200]}" if text else ""
    return f"{name} ended with the exit code {process.returncode}{last}"


def _stop_command(process: "subprocess.Popen[bytes]") -> None:
    """Kill a command with everything it has started: a child that keeps the pipe open would keep the crawl waiting."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()
