"""Scrapy's settings: polite to sites, safe against them, and quiet."""

import os

from cleaning.cli.fetch import build_user_agent
from crawler.fetch.browser import build_launch_options
from crawler.fetch.network_guard import ALLOW_NETWORKS_SETTING

BOT_NAME = "cleanwire"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

# The user agent. CLEANWIRE_CONTACT is an e-mail address or a URL at which a site's owner can reach the operator.
CLEANWIRE_CONTACT = os.environ.get("CLEANWIRE_CONTACT", "")
CLEANWIRE_DATABASE = os.environ.get("CLEANWIRE_DATABASE", "sqlite:///corpus.db")
CLEANWIRE_ALLOW_NETWORKS = os.environ.get(ALLOW_NETWORKS_SETTING, "")
USER_AGENT = build_user_agent(CLEANWIRE_CONTACT)
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
}

# Polite: one request per host at a time, with a delay in between; any number of hosts at the same time.
CONCURRENT_REQUESTS = 0  # no limit, because requests that wait for their host's delay count too
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # a source can set more
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0.0  # jitter would shorten the delay that robots.txt or the user set
ROBOTSTXT_OBEY = True
RETRY_ENABLED = False  # failures go back to the frontier and are retried by a later run
COOKIES_ENABLED = False  # SessionCookiesMiddleware replaces Scrapy's, which drops the cookies of sources.toml
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
DOWNLOAD_FAIL_ON_DATALOSS = False  # IncompleteResponseMiddleware decides, once the body is decompressed
DOWNLOAD_VERIFY_CERTIFICATES = True
REDIRECT_MAX_TIMES = 8
METAREFRESH_ENABLED = False  # it would parse pages in the reactor's process
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
EXTENSIONS = {"scrapy.extensions.remote_control.RemoteControl": None}  # its import costs 0.2 s even if it is disabled

DOWNLOADER = "crawler.fetch.downloader.PoliteDownloader"
DOWNLOADER_MIDDLEWARES = {
    "crawler.fetch.middlewares.OptOutMiddleware": 30,
    "crawler.fetch.network_guard.AddressGuardMiddleware": 40,
    "crawler.fetch.retry_after.HostPauses": 50,
    "crawler.fetch.robots.RobotsMiddleware": 100,
    "crawler.fetch.source_credentials.SourceHeadersMiddleware": 350,  # before the default headers
    "crawler.fetch.incomplete.IncompleteResponseMiddleware": 580,  # after the decompression
    "crawler.fetch.middlewares.DecompressionMiddleware": 590,
    "crawler.fetch.middlewares.RedirectMiddleware": 600,
    "crawler.fetch.session_cookies.SessionCookiesMiddleware": 700,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
}

# For sources with js = true.
PLAYWRIGHT_LAUNCH_OPTIONS = build_launch_options()
PLAYWRIGHT_MAX_PAGES_PER_CONTEXT = 1  # the default is CONCURRENT_REQUESTS, here unlimited

# Every response reaches the spider and gets an outcome; none is dropped on the way.
HTTPERROR_ALLOW_ALL = True
SPIDER_MIDDLEWARES = {
    "crawler.scrapy_entry.ScrapyEntryMiddleware": 1000,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
}

# Each callback yields at most one article. Scrapy's default starts 100 tasks to take them, which costs 1.5 ms a page.
CONCURRENT_ITEMS = 1

# Quiet: the summary replaces Scrapy's statistics, and its debug lines print whole articles.
LOG_LEVEL = "INFO"
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
LOGSTATS_INTERVAL = 0
STATS_DUMP = False
