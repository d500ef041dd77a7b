"""HTTP: politeness, robots.txt, redirects, limits, credentials, the network guard, and the browser.

A request passes the downloader middlewares that :mod:`crawler.settings` lists. Each is beside its subject:

1. :mod:`~crawler.fetch.middlewares`: nothing on the opt-out list is fetched.
2. :mod:`~crawler.fetch.network_guard`: allows public addresses only, also after DNS; names why a request failed.
3. :mod:`~crawler.fetch.retry_after`: parses ``Retry-After`` and sends the host nothing until then.
4. :mod:`~crawler.fetch.robots`: fetches and caches each host's robots.txt, and rejects the URLs that it forbids.
5. :mod:`~crawler.fetch.source_credentials`: adds the headers and cookies of a source, on its own origins only.
6. :mod:`~crawler.fetch.downloader`: waits for the host's turn; keeps the delay and concurrency of each host.
7. :mod:`~crawler.fetch.handler`: sends it; limits the response headers and verifies certificates.

The response comes back through :mod:`~crawler.fetch.middlewares`, which follows redirects and decompresses bodies, and
names an outcome if either fails. :mod:`~crawler.fetch.client` fetches listings in this way, and
:mod:`~crawler.fetch.browser` runs the scripts of a fetched page.
"""
