"""A page as it was fetched: a request and its answer."""

from dataclasses import dataclass
from datetime import datetime

from cleaning.web.warc import Headers


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer."""

    url: str
    fetched_at: datetime
    """Timezone-aware; comes back in UTC."""
    http_status: int
    reason: str
    """The words behind the status: ``"OK"``; may be empty."""
    request_headers: Headers
    """In their order. What may be a secret comes back as ``[withheld]``: cookies, credentials, headers of one's own."""
    response_headers: Headers
    """As the server sent them, those included that tell how the body was encoded on its way; cookies are withheld."""
    body: bytes
    """Without its transfer and content encodings."""
    ip_address: str | None = None
    """Where the answer came from; ``None`` where nobody noted it."""
