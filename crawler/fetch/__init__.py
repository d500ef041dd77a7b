"""HTTP: politeness, robots.txt, redirects, limits, credentials, the network guard, and the browser.

A request passes the downloader middlewares that :mod:`crawler.settings` lists. Each is beside its subject:

1. :mod:`~crawler.fetch.middlewares`: nothing on the opt-out list is fetched.
2. :mod:`~crawler.fetch.network_guard`: public addresses only, and no others after DNS; names what made a request fail.
3. :mod:`~crawler.fetch.retry_after`: parses ``Retry-After`` and leaves a host alone until then.
4. :mod:`~crawler.fetch.robots`: fetches each host's robots.txt, keeps it, and rejects what it forbids.
5. :mod:`~crawler.fetch.source_credentials`: the headers and cookies of a source, on its own origin alone.
6. :mod:`~crawler.fetch.downloader`: waits for the host's turn; delays and concurrency of each host.
7. :mod:`~crawler.fetch.handler`: sends it; limits on response headers, verification of certificates.

Its response comes back through :mod:`~crawler.fetch.middlewares`, where redirects are followed and bodies decompressed,
and where both get an outcome if they fail. :mod:`~crawler.fetch.client` fetches listings in this way, and
:mod:`~crawler.fetch.browser` runs the scripts of a fetched page.
"""
