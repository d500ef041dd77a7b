"""The spiders. ``CLEANWIRE_SPIDERS`` names folders with further ones, parted as in ``PATH``.

Their modules are found here too, as ``crawler.spiders.my_site``: they need no package of their own, cannot stand in
the way of another module, and Scrapy lists them as it lists ours.
"""

from crawler.engine.custom_spiders import SPIDER_FOLDERS

__path__ += map(str, SPIDER_FOLDERS)
