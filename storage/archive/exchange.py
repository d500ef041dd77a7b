"""The value that the archive stores: a page as it was fetched."""

from dataclasses import dataclass
from datetime import datetime

from cleaning.web.warc import Headers


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response."""

    url: str
    fetched_at: datetime
    """Timezone-aware; read back in UTC."""
    http_status: int
    reason: str
    """The reason phrase after the status, such as ``"OK"``; may be empty."""
    request_headers: Headers
    """In the order sent. Values that may be secret (cookies, credentials, custom headers) are read back as
    ``[withheld]``."""
    response_headers: Headers
    """As the server sent them, including Content-Encoding and Transfer-Encoding; values of cookies are withheld."""
    body: bytes
    """Decoded: without its transfer and content encodings."""
    ip_address: str | None = None
    """The server's IP address; ``None`` if it is not known."""
