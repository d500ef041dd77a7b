"""Pages that their scripts make: a browser runs the scripts, and has no network of its own.

The page itself has come already, as every page does. What its scripts ask for goes the same way, through the crawl's
own downloader: by robots.txt, when the host's turn comes, to public addresses only, bounded, and with the source's own
headers on its own origins alone. Pictures, styles, fonts, frames and whatever else is no text are not asked for.
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

CHROMIUM_VARIABLE: Final = "CLEANWIRE_CHROMIUM"
"""The environment variable that names the browser's executable."""
EXECUTABLE_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLAYWRIGHT_BROWSERS_FOLDER: Final = Path("~/.cache/ms-playwright")
"""Where ``playwright install chromium`` puts a browser."""

PAGE_TIMEOUT_SECONDS: Final = 60.0
"""Seconds that a page may take, the turns of its requests included."""
NETWORK_IDLE_SECONDS: Final = 15.0
"""Seconds to wait until nothing has been asked for during half a second; some pages never stop asking."""
MAX_SCRIPT_REQUESTS: Final = 40
"""Of one page's scripts."""
MAX_CONCURRENT_PAGES: Final = 2
MAX_CACHED_SCRIPTS: Final = 200
"""Scripts that are kept for a site's next page."""
MAX_PAGE_CHARS: Final = 10 * 1024 * 1024
"""Characters of a page; as many bytes as the downloader takes."""

_ALLOWED_RESOURCE_TYPES: Final = frozenset({"script", "xhr", "fetch"})
_FORWARDED_REQUEST_HEADERS: Final = ("accept", "content-type", "origin", "authorization")
"""Headers of a script's request that reach the server. Cookies and the rest are the crawl's."""
_DROPPED_RESPONSE_HEADERS: Final = frozenset(
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
    "--host-resolver-rules=MAP * ~NOTFOUND",
    # Two names of the same: without it WebRTC sends datagrams past the proxy, to whatever address a page names.
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
)
_DEAD_PROXY: Final = "http://127.0.0.1:9"
"""The proxy of the browser: what would go past us goes there."""

_log = logging.getLogger(__name__)


class RenderingError(Exception):
    """A page whose scripts could not be run."""

    def __init__(self, outcome: str, detail: str) -> None:
        super().__init__(f"{outcome}: {detail}")
        self.outcome = outcome
        self.detail = detail


def find_executable() -> str | None:
    """The browser: the one that CLEANWIRE_CHROMIUM names or leads to, else one on the PATH, else ``None``."""
    if named := os.environ.get(CHROMIUM_VARIABLE):
        return shutil.which(named) or named
    return next(filter(None, map(shutil.which, EXECUTABLE_NAMES)), None)


def require_browser(sources: Iterable[SourceConfig]) -> None:
    """Raise ConfigError where a source needs a browser and there is none, or nothing to drive it with."""
    source = next((source for source in sources if source.js), None)
    if source is None:
        return
    if find_spec("scrapy_playwright") is None:
        raise ConfigError(f"{source.url} has js = true, which needs: in Cleanwire's folder, pip install '.[js]'.")
    browser = find_executable()
    if browser is None and not any(PLAYWRIGHT_BROWSERS_FOLDER.expanduser().glob("chromium*")):
        hint = f"install one (apt install chromium, or playwright install chromium), or name it in {CHROMIUM_VARIABLE}"
        raise ConfigError(f"{source.url} has js = true, and there is no Chromium: {hint}.")
    if browser is not None and not os.access(browser, os.X_OK):
        raise ConfigError(f"{CHROMIUM_VARIABLE} names {browser}, which cannot be run.")


class Browser:
    """A browser for one crawl. It starts with the first page, and ends with :meth:`close`."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._handler: Any = None
        self._starting = asyncio.Lock()
        self._free_pages = asyncio.Semaphore(MAX_CONCURRENT_PAGES)
        self._numbers = count()
        self._scripts: dict[str, Response] = {}
        self._deadlines: set[asyncio.Timeout] = set()
        """Of the pages under way."""
        self._stopped = False

    async def render(self, page: Response) -> bytes:
        """The page as its scripts leave it, in UTF-8. Raises RenderingError."""
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
            raise RenderingError("too-large", f"its scripts made more than {MAX_PAGE_CHARS >> 20} MB of it")
        return str(rendered.text).encode("utf-8", "replace")

    async def _ensure_started(self) -> Any:
        async with self._starting:
            if self._handler is None:
                from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

                handler = ScrapyPlaywrightDownloadHandler(self._crawler)
                await handler._launch()  # it waits for the engine to start, which has happened
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
        """Answer all that the page asks for, in the network's place."""
        asked = count(1)
        begun: list[str] = []

        async def handle_route(route: Any) -> None:
            if not begun and route.request.is_navigation_request():
                begun.append(page.url)
                await _send_reply(route, page)
            elif route.request.resource_type not in _ALLOWED_RESOURCE_TYPES or next(asked) > MAX_SCRIPT_REQUESTS:
                await route.abort()
            elif reply := await self._fetch_for_script(route.request):
                await _send_reply(route, reply)
            else:
                await route.abort()

        await tab.route("**", handle_route)
        await tab.context.route("**", lambda route: route.abort())  # what it opens beside itself
        await tab.route_web_socket("**", lambda socket: socket.close())
        tab.on("popup", lambda popup: asyncio.ensure_future(popup.close()))
        tab.on("dialog", lambda dialog: asyncio.ensure_future(dialog.dismiss()))

    async def _fetch_for_script(self, script_request: Any) -> Response | None:
        """What the server answers to a script; ``None`` where it may not be asked, or does not answer."""
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
            url, method=script_request.method, headers=headers, body=script_request.post_data_buffer, dont_filter=True
        )
        try:
            assert self._crawler.engine is not None
            reply = await self._crawler.engine.download_async(request)
        except Exception as error:  # whatever refuses or fails: the page has to do without
            _log.debug("a script of a page does without %s: %s", url, error)
            return None
        if is_script and reply.status == 200 and len(self._scripts) < MAX_CACHED_SCRIPTS:
            self._scripts[url] = reply
        return reply

    def stop(self) -> None:
        """Give up the pages under way, and let no other begin."""
        self._stopped = True
        for deadline in self._deadlines:
            deadline.reschedule(asyncio.get_running_loop().time())

    async def close(self) -> None:
        """End the browser, if it was started."""
        if self._handler is not None:
            handler, self._handler = self._handler, None
            with suppress(Exception):  # it may have died, and has nothing that could be lost
                await asyncio.wait_for(handler.close(), 5)


async def _send_reply(route: Any, reply: Response) -> None:
    headers = {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1") for name, values in reply.headers.items()
    }
    kept = {name: value for name, value in headers.items() if name not in _DROPPED_RESPONSE_HEADERS}
    await route.fulfill(status=reply.status, headers=kept, body=reply.body)


async def _wait_until_idle(tab: Any) -> None:
    """Wait until the page asks for nothing more, but not for ever."""
    from playwright.async_api import TimeoutError as Late

    with suppress(Late):
        await tab.wait_for_load_state("networkidle", timeout=NETWORK_IDLE_SECONDS * 1000)


async def _close_context(handler: Any, context: str, seconds: float) -> None:
    """Let go of a page with all that belongs to it; one that hangs is left to the browser's end."""
    if wrapper := handler.context_wrappers.get(context):
        with suppress(Exception):  # whatever a browser says that has lost the page
            await asyncio.wait_for(wrapper.context.close(), seconds)


def build_launch_options() -> dict[str, Any]:
    """How Playwright starts the browser; see ``BrowserType.launch`` there."""
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()  # Chromium has none for root
    options: dict[str, Any] = {
        "headless": True,
        "args": [*_CHROMIUM_ARGUMENTS, *sandbox],
        "proxy": {"server": _DEAD_PROXY},
    }
    browser = find_executable()
    return options if browser is None else {**options, "executable_path": browser}


def is_renderable(response: Response) -> bool:
    """Whether an answer is a page that scripts can be run in."""
    return response.status in (200, 203) and "html" in (get_header(response, "Content-Type") or "html").lower()
