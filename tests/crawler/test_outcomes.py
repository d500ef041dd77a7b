"""Every failure, status and pause has one name."""

from datetime import UTC, datetime

import pytest
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    NotSupported,
    ResponseDataLossError,
)

from cleaning.html.decoding import parse_charset
from crawler.fetch.network_guard import classify_failure, rejected_names
from crawler.fetch.retry_after import parse_retry_after
from crawler.outcomes import RequestRejectedError, classify_error, classify_outcome, classify_status, is_possibly_html

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (DownloadTimeoutError("30 s"), "timeout"),
        (CannotResolveHostError("x"), "dns-failure"),
        (DownloadConnectionRefusedError("x"), "connection-failed"),
        (DownloadFailedError("x"), "connection-failed"),
        (DownloadCancelledError("x"), "too-large"),
        (ResponseDataLossError("x"), "incomplete"),
        (NotSupported("ftp"), "scheme-refused"),
        (RequestRejectedError("robots-forbidden", "x"), "robots-forbidden"),
        (OSError("x"), "connection-failed"),
        (None, "connection-failed"),
    ],
)
def test_names_of_errors(error: BaseException | None, outcome: str) -> None:
    assert classify_error(error)[0] == outcome


FAILURE = "<twisted.python.failure.Failure "


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (ResponseDataLossError(), "the connection ended before the whole page had arrived"),
        (DownloadTimeoutError(), "the server took too long"),
        (DownloadCancelledError(""), "the page is larger than a crawl downloads"),
        (ConnectionResetError("reset by peer"), "ConnectionResetError: reset by peer"),
        (EOFError(), "EOFError"),
        (DownloadFailedError(f"[{FAILURE}twisted.internet.error.ConnectionDone: Closed cleanly.>]"), "Closed cleanly."),
        (
            DownloadFailedError(f"[{FAILURE}twisted.internet.error.ConnectionLost: Lost.>, {FAILURE}builtins.E: x y>]"),
            "Lost.; x y",
        ),
        (
            DownloadFailedError(f"[{FAILURE}OpenSSL.SSL.Error: [('SSL routines', '', 'wrong version')]>]"),
            "wrong version",
        ),
        (DownloadFailedError(f"[{FAILURE}OpenSSL.SSL.ZeroReturnError: >]"), "OpenSSL.SSL.ZeroReturnError"),
        (DownloadFailedError(f"[{FAILURE}http.PotentialDataLoss: >]"), "http.PotentialDataLoss"),
    ],
)
def test_details_are_for_people(error: BaseException, detail: str) -> None:
    assert classify_error(error)[1] == detail


def test_what_did_not_come_is_not_rejected() -> None:
    assert classify_outcome("too-large") == "failed"


def test_a_refused_name_is_told_from_one_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rejected_names, "intranet.example", "10.0.0.1")
    error = CannotResolveHostError("no results")
    assert classify_failure(error, "http://intranet.example/")[0] == "address-refused"
    assert classify_failure(error, "http://elsewhere.example/")[0] == "dns-failure"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, None),
        (203, None),
        (204, "http-204"),
        (301, "bad-redirect"),
        (404, "http-404"),
        (503, "http-503"),
    ],
)
def test_names_of_statuses(status: int, outcome: str | None) -> None:
    assert classify_status(status) == outcome


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/html", True),
        ("TEXT/HTML; charset=x", True),
        ("application/xhtml+xml", True),
        ("application/octet-stream", True),
        ("", True),
        ("application/json", False),
        ("application/pdf", False),
        ("video/mp4", False),
        ("image/png", False),
    ],
)
def test_what_may_be_a_page(content_type: str, expected: bool) -> None:
    assert is_possibly_html(content_type) is expected


@pytest.mark.parametrize(
    ("status", "retry_after", "seconds"),
    [
        (429, None, 60.0),
        (429, "5", 5.0),
        (429, "soon", 60.0),
        (503, None, None),
        (503, "0", 0.0),
        (503, "Mon, 01 Jan 2024 12:02:00 GMT", 120.0),
        (503, "Mon, 01 Jan 2024 11:00:00 GMT", 0.0),
        (503, "99999999999999", 86400.0),
        (503, "-5", 60.0),
        (503, "٣", 60.0),
        (200, "120", None),
        (404, "120", None),
    ],
)
def test_pauses(status: int, retry_after: str | None, seconds: float | None) -> None:
    assert parse_retry_after(status, retry_after, NOON) == seconds


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/html; charset=UTF-8", "utf-8"),
        ("text/html;charset='windows-1252' ; x=y", "windows-1252"),
        ("text/html; charset=", None),
        ("text/html", None),
    ],
)
def test_charsets(content_type: str, charset: str | None) -> None:
    assert parse_charset(content_type) == charset
