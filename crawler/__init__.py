"""The crawl: a Scrapy project, and the command `cleanwire` on top of it."""
