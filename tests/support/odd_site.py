"""A site that answers as a test says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from crawler.demo import Response

HTML = {"Content-Type": "text/html; charset=utf-8"}
Answer = Response | Callable[[], Response]


@dataclass
class OddSite:
    """A site with an answer for each path, and a feed that names all of them but those that crawlers ask for."""

    answers: Mapping[str, Answer]
    robots: Answer = field(default_factory=lambda: Response(404, {}, b""))

    def respond(self, target: str, base_url: str) -> Response:
        if target == "/robots.txt":
            return self._given(self.robots)
        if target in self.answers:
            return self._given(self.answers[target])
        if target == "/":
            return Response(200, HTML, b'<link rel="alternate" type="application/rss+xml" href="/feed"><p>Odd</p>')
        if target == "/feed":
            links = "".join(f"<item><link>{base_url}{path}</link></item>" for path in self.answers)
            return Response(
                200,
                {"Content-Type": "application/rss+xml"},
                f"<rss><channel>{links}</channel></rss>".encode(),
            )
        return Response(404, HTML, b"<p>Not found</p>")

    def _given(self, answer: Answer) -> Response:
        return answer if isinstance(answer, Response) else answer()
