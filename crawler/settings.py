"""Scrapy's settings: polite to sites, safe against them, and quiet."""

import os

from cleaning.cli.fetch import build_user_agent
from crawler.fetch.browser import build_launch_options
from crawler.fetch.network_guard import ALLOW_NETWORKS_SETTING

BOT_NAME = "cleanwire"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

# Who we are. CLEANWIRE_CONTACT is an address or a URL at which a site's owner reaches whoever runs the crawl.
CLEANWIRE_CONTACT = os.environ.get("CLEANWIRE_CONTACT", "")
CLEANWIRE_DATABASE = os.environ.get("CLEANWIRE_DATABASE", "sqlite:///corpus.db")
CLEANWIRE_ALLOW_NETWORKS = os.environ.get(ALLOW_NETWORKS_SETTING, "")
USER_AGENT = build_user_agent(CLEANWIRE_CONTACT)
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
}

# Polite: one request a host at a time, with a pause between two; as many hosts at once as there are.
CONCURRENT_REQUESTS = 0  # no limit: requests that wait for their host's turn count too
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # a source can ask for more
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0.0  # jitter would go below the delay that was promised
ROBOTSTXT_OBEY = True
RETRY_ENABLED = False  # what fails goes back to the frontier, for a later run
COOKIES_ENABLED = False
REFERRER_POLICY = "no-referrer"
AUTOTHROTTLE_ENABLED = False

# Safe: public addresses, http and https only; bounded in size and time; certificates verified; no open ports.
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
TWISTED_DNS_RESOLVER = "crawler.fetch.network_guard.GuardedResolver"
DNS_TIMEOUT = 15
REACTOR_THREADPOOL_MAXSIZE = 20
DOWNLOAD_HANDLERS = {
    "http": "crawler.fetch.handler.BoundedDownloadHandler",
    "https": "crawler.fetch.handler.BoundedDownloadHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
DOWNLOAD_MAXSIZE = 10 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_TIMEOUT = 30
DOWNLOAD_VERIFY_CERTIFICATES = True
REDIRECT_MAX_TIMES = 8
METAREFRESH_ENABLED = False  # reading it means parsing in the reactor
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

DOWNLOADER = "crawler.fetch.downloader.PoliteDownloader"
DOWNLOADER_MIDDLEWARES = {
    "crawler.fetch.middlewares.OptOutMiddleware": 30,
    "crawler.fetch.network_guard.AddressGuardMiddleware": 40,
    "crawler.fetch.retry_after.HostPauses": 50,
    "crawler.fetch.robots.RobotsMiddleware": 100,
    "crawler.fetch.source_credentials.SourceHeadersMiddleware": 350,  # before the default headers
    "crawler.fetch.middlewares.DecompressionMiddleware": 590,
    "crawler.fetch.middlewares.RedirectMiddleware": 600,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
}

# For sources whose pages need a browser.
PLAYWRIGHT_LAUNCH_OPTIONS = build_launch_options()
PLAYWRIGHT_MAX_PAGES_PER_CONTEXT = 1  # without it, as many as CONCURRENT_REQUESTS

# Every answer reaches the spider, which names it; none is dropped on the way.
HTTPERROR_ALLOW_ALL = True
SPIDER_MIDDLEWARES = {
    "crawler.scrapy_entry.ScrapyEntryMiddleware": 1000,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
}

# Each callback yields one article at most; Scrapy would start a hundred tasks to take them, 1.5 ms a page.
CONCURRENT_ITEMS = 1

# Quiet: the summary is ours, and a whole article for each debug line is too much.
LOG_LEVEL = "INFO"
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
LOGSTATS_INTERVAL = 0
STATS_DUMP = False
