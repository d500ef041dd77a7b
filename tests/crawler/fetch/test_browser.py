"""Pages that their scripts make, in a real browser, which has no network but ours."""

import json
import signal
import socket
import time
import warnings
from contextlib import suppress
from pathlib import Path

import pytest

from crawler.config.models import ConfigError, SourceConfig
from crawler.demo import Response, serve
from crawler.demo.generated import generate_articles
from crawler.fetch.browser import CHROMIUM_VARIABLE, find_executable, require_browser
from storage import Corpus

HTML = {"Content-Type": "text/html; charset=utf-8"}
JSON = {"Content-Type": "application/json"}
SITE = "http://app.example/"
FRONT = """<!doctype html><html lang="en"><head><title>App Post</title></head><body>
<div id="list">Loading…</div><script>
fetch("/api/list.json").then(answer => answer.json()).then(stories => {
  document.getElementById("list").innerHTML =
    stories.map(s => `<h2><a href="${s.path}">${s.title}</a></h2>`).join("");
});</script></body></html>"""
STORY = """<!doctype html><html lang="en"><head><title>App Post</title>
<link rel="stylesheet" href="/style.css"></head><body>
<div id="story">Loading…</div><img src="/pixel.png"><script src="/app.js"></script></body></html>"""
APP = """
const path = location.pathname;
const forbidden = [
  "http://inside.example/secret", "http://169.254.169.254/latest/", "file:///etc/passwd", "/private/x"
];
for (const url of forbidden)
  fetch(url).then(answer => answer.text()).then(text => { document.title += text; }).catch(() => {});
window.open("http://inside.example/popup"); new WebSocket("ws://inside.example/socket");
setInterval(() => fetch("/api/beacon.json"), 400);
if (path.includes("-2/")) while (true) {}
fetch("/api" + path + "story.json").then(answer => answer.json()).then(story => setTimeout(() => {
  document.title = story.title;
  document.getElementById("story").innerHTML = `<article><h1>${story.title}</h1>
    <time datetime="${story.published}">${story.published}</time>` + story.paragraphs.map(p => `<p>${p}</p>`).join("")
    + "</article>";
}, 300));
"""

if find_executable() is None:  # said in the summary of the test run
    warnings.warn("no Chromium: the pages made by scripts were not tested", stacklevel=1)
needs_browser = pytest.mark.skipif(find_executable() is None, reason="no Chromium (apt install chromium)")


def of_session(leader: int) -> list[str]:
    """What the kernel says of a session's processes."""
    stats = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            stats.append(path.read_text())
    return [stat for stat in stats if stat.rpartition(")")[2].split()[3] == str(leader)]


class ScriptedSite:
    """A site of which a page without its scripts holds nothing."""

    articles = generate_articles(3)

    def respond(self, target: str, base_url: str) -> Response:
        path = target.partition("?")[0]
        stories = {article.path: article for article in self.articles}
        if path == "/robots.txt":
            return Response(200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /private/\n")
        if path == "/":
            return Response(200, HTML, FRONT.encode())
        if path in stories:
            return Response(200, HTML, STORY.encode())
        if path == "/app.js":
            return Response(200, {"Content-Type": "text/javascript"}, APP.encode())
        if path == "/api/list.json":
            return Response(200, JSON, json.dumps([{"path": p, "title": a.title} for p, a in stories.items()]).encode())
        if (told := stories.get(path.removeprefix("/api").removesuffix("story.json"))) and path.startswith("/api"):
            story = {"title": told.title, "published": told.published.isoformat(), "paragraphs": told.paragraphs}
            return Response(200, JSON, json.dumps(story).encode())
        return Response(404, HTML, b"<h1>Not found</h1>")


class Inside:
    """A host that nothing of a page may reach but through the crawl."""

    def respond(self, target: str, base_url: str) -> Response:
        if target == "/robots.txt":
            return Response(200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /\n")
        return Response(200, HTML, b"secret")


@needs_browser
def test_scripts_are_run_and_reach_nothing_that_the_crawl_does_not_ask_for(start_crawl, database: str) -> None:
    with serve({"app.example": ScriptedSite(), "inside.example": Inside()}) as server:
        source = {"url": SITE, "js": True}
        short = "import crawler.fetch.browser as b; b.PAGE_TIMEOUT_SECONDS, b.NETWORK_IDLE_SECONDS = 12.0, 2.0"
        crawled = start_crawl(source, environment={"http_proxy": server.url}, before=short, delay=0.05).wait()
        assert (crawled.status, crawled["problems"]) == (0, {}), crawled.errors
        asked = [(request.host, request.path) for request in server.requests]
        most = max(request.in_flight for request in server.requests)
        agents = {request.user_agent for request in server.requests}
    with Corpus.open(database) as corpus:
        stored = {article.title: article for article in corpus.iter()}
    first, _, third = ScriptedSite.articles  # the scripts of the second never end
    assert set(stored) == {first.title, third.title}
    assert crawled["counts"]["failed"] == 1
    assert all(paragraph in stored[third.title].text for paragraph in third.paragraphs)
    assert ("inside.example", "/secret") not in asked
    assert ("inside.example", "/popup") not in asked
    assert not {path for _, path in asked} & {"/private/x", "/style.css", "/pixel.png", "/latest/"}
    assert asked.count(("app.example", "/app.js")) in (1, 2)  # of three pages two at once may ask before it is there
    assert most == 1
    assert all(agent.startswith("Cleanwire/") for agent in agents)


WAYS_OUT = """<!doctype html><html lang="en"><head><title>Ways out</title>
<link rel="dns-prefetch" href="//way.invalid"><link rel="preconnect" href="HERE/preconnect">
<link rel="prefetch" href="HERE/prefetch"><link rel="preload" as="fetch" href="HERE/preload"></head>
<body><iframe src="HERE/frame"></iframe><object data="HERE/object"></object><video src="HERE/video"></video><script>
const there = "HERE", port = PORT;
fetch("/ran");
const ways = [
  () => fetch(there + "/fetch", {mode: "no-cors", keepalive: true}),
  () => navigator.sendBeacon(there + "/beacon", "x"),
  () => new EventSource(there + "/events"),
  () => new WebSocket(there.replace("http", "ws") + "/socket"),
  () => new WebTransport(there.replace("http:", "https:") + "/transport"),
  () => navigator.serviceWorker.register("/worker.js"),
  () => new Worker(URL.createObjectURL(new Blob([`fetch("${there}/worker"); importScripts("${there}/import")`]))),
  () => new SharedWorker(there + "/shared"),
  () => window.open(there + "/popup"),
  () => { const link = document.createElement("a"); link.href = "#"; link.ping = there + "/ping";
          document.body.append(link); link.click(); },
  () => { const form = document.createElement("form"); form.action = there + "/form"; form.target = "x";
          document.body.append(form); form.submit(); },
  () => import(there + "/module"),
  async () => {
    const peer = new RTCPeerConnection({iceServers: [
      {urls: "stun:127.0.0.1:" + port},
      {urls: `turn:127.0.0.1:${port}?transport=tcp`, username: "u", credential: "c"},
    ]});
    peer.createDataChannel("x"); await peer.setLocalDescription(await peer.createOffer());
  },
];
for (const way of ways) try { Promise.resolve(way()).catch(() => {}); } catch {}
</script></body></html>"""


@needs_browser
def test_no_way_out_of_a_page_but_the_crawls_own(start_crawl, database: str) -> None:
    """Whatever scripts can ask a browser for: no connection and no datagram of it reaches a host inside."""
    with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        stream.bind(("127.0.0.1", 0))
        port = stream.getsockname()[1]
        datagrams.bind(("127.0.0.1", port))
        stream.listen()
        page = WAYS_OUT.replace("HERE", f"http://127.0.0.1:{port}").replace("PORT", str(port)).encode()
        with serve(
            {"app.example": Pages({"/": Response(200, HTML, page), "/ran": Response(200, HTML, b"yes")})}
        ) as server:
            short = "import crawler.fetch.browser as b; b.PAGE_TIMEOUT_SECONDS, b.NETWORK_IDLE_SECONDS = 12.0, 4.0"
            crawl = start_crawl({"url": SITE, "js": True}, environment={"http_proxy": server.url}, before=short)
            crawl.wait()
            ran = [request.path for request in server.requests]
        stream.setblocking(False)
        datagrams.setblocking(False)
        with pytest.raises(BlockingIOError):
            stream.accept()
        with pytest.raises(BlockingIOError):
            datagrams.recv(2048)
    assert "/ran" in ran


class Pages:
    """A site of a few pages."""

    def __init__(self, pages: dict[str, Response]) -> None:
        self._pages = pages

    def respond(self, target: str, base_url: str) -> Response:
        return self._pages.get(target.partition("?")[0], Response(404, HTML, b"<h1>Not found</h1>"))


@needs_browser
def test_told_to_stop_while_scripts_never_end(start_crawl, database: str) -> None:
    with serve({"app.example": ScriptedSite()}) as server:
        crawl = start_crawl({"url": SITE, "js": True}, environment={"http_proxy": server.url})
        hanging = ScriptedSite.articles[1].path
        deadline = time.monotonic() + 50
        while hanging not in {request.path for request in server.requests}:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        crawl.send(signal.SIGTERM)
        crawled = crawl.wait()
    assert (crawled.status, crawled["stopped"], crawled.errors) == (0, "SIGTERM", "")
    deadline = time.monotonic() + 20  # the browser's helpers end by themselves once it has
    while of_session(crawl.process.pid):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@needs_browser
def test_without_js_such_a_page_holds_nothing(start_crawl, database: str) -> None:
    with serve({"app.example": ScriptedSite()}) as server:
        start_crawl(SITE, environment={"http_proxy": server.url}).wait()
    with Corpus.open(database) as corpus:
        assert list(corpus.iter()) == []


def test_what_is_missing_is_said_before_the_crawl(monkeypatch: pytest.MonkeyPatch) -> None:
    source = SourceConfig(url=SITE, js=True)
    monkeypatch.setenv(CHROMIUM_VARIABLE, "/nowhere/chromium")
    with pytest.raises(ConfigError, match=r"CLEANWIRE_CHROMIUM is /nowhere/chromium, which is not an executable file"):
        require_browser([source])
    monkeypatch.delenv(CHROMIUM_VARIABLE)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("HOME", "/nowhere")
    with pytest.raises(ConfigError, match="there is no Chromium: install one"):
        require_browser([source])
    monkeypatch.setattr("crawler.fetch.browser.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install '.\[js\]'"):
        require_browser([source])
    require_browser([SourceConfig(url=SITE)])
