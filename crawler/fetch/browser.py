"""Renders pages that need JavaScript: a browser runs the scripts but has no network access of its own.

The page itself has been downloaded already, like every page. The requests of its scripts go through the crawl's own
downloader too: they obey robots.txt, wait for the host's turn, reach public addresses only, are limited in size and
time, and carry the source's headers on its own origins only. Images, stylesheets, fonts and frames are blocked.
"""

import asyncio
import logging
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any, Final

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.config.models import ConfigError, SourceConfig
from crawler.fetch.client import get_header
from crawler.fetch.session_cookies import copy_cookie_meta

CHROMIUM_VARIABLE: Final = "CLEANWIRE_CHROMIUM"
"""The environment variable that names the browser's executable."""
EXECUTABLE_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLAYWRIGHT_BROWSERS_FOLDER: Final = Path("~/.cache/ms-playwright")
"""The folder in which ``playwright install chromium`` puts a browser."""

PAGE_TIMEOUT_SECONDS: Final = 60.0
"""Time limit for one page, including the waiting of its requests for their turn."""
NETWORK_IDLE_SECONDS: Final = 15.0
"""How long to wait for half a second without requests; some pages never stop sending them."""
MAX_SCRIPT_REQUESTS: Final = 40
"""Requests that the scripts of one page may send."""
MAX_CONCURRENT_PAGES: Final = 2
MAX_CACHED_SCRIPTS: Final = 200
"""Scripts that are kept in memory for a site's next page."""
MAX_PAGE_CHARS: Final = 10 * 1024 * 1024
"""Characters of a rendered page; the downloader has the same limit in bytes."""

# Only these can change a page's text. Everything else would cost the site requests for nothing.
_ALLOWED_RESOURCE_TYPES: Final = frozenset({"script", "xhr", "fetch"})
_FORWARDED_REQUEST_HEADERS: Final = ("accept", "content-type", "origin", "authorization")
"""Headers of a script's request that are sent to the server. The crawl sets cookies and all others itself."""
_DROPPED_RESPONSE_HEADERS: Final = frozenset(
    # The body that the browser gets is decompressed already, and cookies stay with the crawl.
    {"content-encoding", "content-length", "transfer-encoding", "connection", "set-cookie"}
)
_CHROMIUM_ARGUMENTS: Final = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    # The browser resolves no names, so it cannot connect even where the proxy is bypassed.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    # One switch under its old and its new name. Without it, WebRTC sends UDP past the proxy to any address that a page
    # names; Chromium ignores the name that it does not know.
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
)
_DEAD_PROXY: Final = "http://127.0.0.1:9"
"""The proxy of the browser: nothing listens there, so a request that bypasses the crawl fails."""

_log = logging.getLogger(__name__)


class RenderingError(Exception):
    """The scripts of a page could not be run.

    Attributes:
        outcome: ``"browser-timeout"``, ``"browser-failed"`` or ``"too-large"``.
        detail: the reason as a sentence.
    """

    def __init__(self, outcome: str, detail: str) -> None:
        super().__init__(f"{outcome}: {detail}")
        self.outcome = outcome
        self.detail = detail


def find_executable() -> str | None:
    """Return the path of the browser, or ``None`` if only Playwright's own can be used.

    ``CLEANWIRE_CHROMIUM`` may be a path or a name on the PATH, and comes first; without it, the usual names are
    searched. It is returned even if there is no such file: :func:`require_browser` reports that.
    """
    if named := os.environ.get(CHROMIUM_VARIABLE):
        return shutil.which(named) or named
    return next(filter(None, map(shutil.which, EXECUTABLE_NAMES)), None)


def require_browser(sources: Iterable[SourceConfig]) -> None:
    """Check before a crawl that pages with ``js = true`` can be rendered.

    Raises:
        ConfigError: a source needs a browser, and there is no Chromium, it cannot be run, or scrapy-playwright is
            missing.
    """
    source = next((source for source in sources if source.js), None)
    if source is None:
        return
    if find_spec("scrapy_playwright") is None:
        raise ConfigError(f"{source.url} has js = true: run pip install '.[js]' in Cleanwire's folder.")
    browser = find_executable()
    if browser is None and not any(PLAYWRIGHT_BROWSERS_FOLDER.expanduser().glob("chromium*")):
        hint = f"install one (apt install chromium, or playwright install chromium), or set {CHROMIUM_VARIABLE}"
        raise ConfigError(f"{source.url} has js = true, but there is no Chromium: {hint}.")
    if browser is not None and not os.access(browser, os.X_OK):
        raise ConfigError(f"{CHROMIUM_VARIABLE} is {browser}, which is not an executable file.")


class Browser:
    """The browser of one crawl. It starts with the first page that needs it and ends with :meth:`close`.

    A crawl without ``js = true`` never starts one.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._handler: Any = None
        self._starting = asyncio.Lock()
        # Each page has a process of Chromium, with memory of its own, so few are rendered at a time.
        self._free_pages = asyncio.Semaphore(MAX_CONCURRENT_PAGES)
        self._numbers = count()
        self._scripts: dict[str, Response] = {}
        self._deadlines: set[asyncio.Timeout] = set()
        """The deadlines of the pages in progress, so that :meth:`stop` can move them."""
        self._stopped = False

    async def render(self, page: Response) -> bytes:
        """Return a page as HTML in UTF-8 after its scripts have run.

        Waits while :data:`MAX_CONCURRENT_PAGES` are being rendered. Each page has a browser context of its own, so
        pages share neither cookies nor storage.

        Raises:
            RenderingError: the scripts took too long, made too large a page, or the browser failed.
        """
        from playwright.async_api import Error

        async with self._free_pages:
            handler = await self._ensure_started()
            context = f"page {next(self._numbers)}"
            deadline = asyncio.timeout(0 if self._stopped else PAGE_TIMEOUT_SECONDS)
            try:
                async with deadline:
                    self._deadlines.add(deadline)
                    rendered = await handler.download_request(self._build_request(page, context))
            except TimeoutError as error:
                raise RenderingError(
                    "browser-timeout", f"its scripts took longer than {PAGE_TIMEOUT_SECONDS:g} s"
                ) from error
            except Error as error:
                raise RenderingError("browser-failed", str(error).partition("\n")[0]) from error
            finally:
                self._deadlines.discard(deadline)
                await _close_context(handler, context, 0.2 if self._stopped else 5)
        if len(rendered.text) > MAX_PAGE_CHARS:
            raise RenderingError("too-large", f"its scripts made it larger than {MAX_PAGE_CHARS >> 20} MB")
        return str(rendered.text).encode("utf-8", "replace")

    async def _ensure_started(self) -> Any:
        async with self._starting:
            if self._handler is None:
                from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

                handler = ScrapyPlaywrightDownloadHandler(self._crawler)
                # The public way waits for Scrapy's signal that the engine has started, which has been sent long ago.
                await handler._launch()
                self._handler = handler
        return self._handler

    def _build_request(self, page: Response, context: str) -> Request:
        from scrapy_playwright.page import PageMethod

        return Request(
            page.url,
            meta={
                "playwright": True,
                "playwright_context": context,
                "playwright_context_kwargs": {
                    "user_agent": self._crawler.settings["USER_AGENT"],
                    "service_workers": "block",
                    "accept_downloads": False,
                },
                "playwright_page_init_callback": partial(self._handle_requests, page=page),
                "playwright_page_goto_kwargs": {
                    "wait_until": "domcontentloaded",
                    "timeout": PAGE_TIMEOUT_SECONDS * 1000,
                },
                "playwright_page_methods": [PageMethod(_wait_until_idle)],
            },
        )

    async def _handle_requests(self, tab: Any, request: Request, *, page: Response) -> None:
        """Intercept every request of a page: the page itself comes from memory, its scripts from the downloader."""
        request_numbers = count(1)
        navigated_to: list[str] = []

        async def handle_route(route: Any) -> None:
            """Answer one request of the page, or abort it."""
            # Only the first navigation is the page itself. A later one, or a frame's, would be another page.
            if not navigated_to and route.request.is_navigation_request():
                navigated_to.append(page.url)
                await _send_reply(route, page)
            elif (
                route.request.resource_type not in _ALLOWED_RESOURCE_TYPES
                or next(request_numbers) > MAX_SCRIPT_REQUESTS
            ):
                await route.abort()
            elif reply := await self._fetch_for_script(route.request, page):
                await _send_reply(route, reply)
            else:
                await route.abort()

        await tab.route("**", handle_route)
        # Routes of the context cover the requests of other tabs, such as pop-ups before they are closed.
        await tab.context.route("**", lambda route: route.abort())
        await tab.route_web_socket("**", lambda socket: socket.close())
        tab.on("popup", lambda popup: asyncio.ensure_future(popup.close()))
        tab.on("dialog", lambda dialog: asyncio.ensure_future(dialog.dismiss()))

    async def _fetch_for_script(self, script_request: Any, page: Response) -> Response | None:
        """Return the server's response to a script's request; ``None`` if it is not allowed or fails."""
        url = script_request.url.partition("#")[0]
        is_script = script_request.resource_type == "script"
        if is_script and url in self._scripts:
            return self._scripts[url]
        if script_request.method not in ("GET", "POST") or not url.startswith(("http://", "https://")):
            return None
        headers = {
            name: script_request.headers[name] for name in _FORWARDED_REQUEST_HEADERS if name in script_request.headers
        }
        request = Request(
            url,
            method=script_request.method,
            headers=headers,
            body=script_request.post_data_buffer,
            meta=copy_cookie_meta(page),
            dont_filter=True,
        )
        try:
            assert self._crawler.engine is not None
            reply = await self._crawler.engine.download_async(request)
        except Exception as error:
            # robots.txt, the network guard, a timeout: one missing resource must not end the page.
            _log.debug("could not fetch %s for a page's script: %s", url, error)
            return None
        if is_script and reply.status == 200 and len(self._scripts) < MAX_CACHED_SCRIPTS:
            self._scripts[url] = reply
        return reply

    def stop(self) -> None:
        """Cancel the pages in progress and reject new ones.

        Called a few seconds after the crawl was told to stop: pages that are still in progress by then probably hang.
        """
        self._stopped = True
        for deadline in self._deadlines:
            deadline.reschedule(asyncio.get_running_loop().time())

    async def close(self) -> None:
        """Close the browser if it was started.

        Errors are ignored, since a browser that has died has nothing that could be lost; one that hangs is abandoned
        after 5 s.
        """
        if self._handler is not None:
            handler, self._handler = self._handler, None
            with suppress(Exception):
                await asyncio.wait_for(handler.close(), 5)


async def _send_reply(route: Any, reply: Response) -> None:
    headers = {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1") for name, values in reply.headers.items()
    }
    kept = {name: value for name, value in headers.items() if name not in _DROPPED_RESPONSE_HEADERS}
    await route.fulfill(status=reply.status, headers=kept, body=reply.body)


async def _wait_until_idle(tab: Any) -> None:
    """Wait until the page has sent no request for half a second, at most :data:`NETWORK_IDLE_SECONDS`."""
    from playwright.async_api import TimeoutError as PlaywrightTimeoutError

    with suppress(PlaywrightTimeoutError):
        await tab.wait_for_load_state("networkidle", timeout=NETWORK_IDLE_SECONDS * 1000)


async def _close_context(handler: Any, context: str, seconds: float) -> None:
    """Close the browser context of a page. One that hangs is left to the end of the browser."""
    if wrapper := handler.context_wrappers.get(context):
        with suppress(Exception):  # the browser may have crashed with the page
            await asyncio.wait_for(wrapper.context.close(), seconds)


def build_launch_options() -> dict[str, Any]:
    """Return the options with which Playwright starts the browser; see its ``BrowserType.launch``.

    :mod:`crawler.settings` passes them to scrapy-playwright.
    """
    # Chromium does not start as root with its sandbox.
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
    options: dict[str, Any] = {
        "headless": True,
        "args": [*_CHROMIUM_ARGUMENTS, *sandbox],
        "proxy": {"server": _DEAD_PROXY},
    }
    browser = find_executable()
    return options if browser is None else {**options, "executable_path": browser}


def is_renderable(response: Response) -> bool:
    """Return whether a response is an HTML page whose scripts can be run.

    A response without a content type counts as HTML, as in a browser.
    """
    return response.status in (200, 203) and "html" in (get_header(response, "Content-Type") or "html").lower()
