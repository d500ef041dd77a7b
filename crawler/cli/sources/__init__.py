"""``cleanwire sources``: the sites to watch, and the file that lists them."""

import click

from crawler.cli.sources.check import check
from crawler.cli.sources.discover import discover
from crawler.cli.sources.edit import add, pause, resume
from crawler.cli.sources.import_export import export, import_
from crawler.cli.sources.list_sources import list_
from crawler.cli.sources.remove import remove
from crawler.cli.sources.show import show


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def sources() -> None:
    """Manage the list of sites to watch.

    The sites are listed in sources.toml. These commands keep its comments and layout when they change it.
    """


for command in (list_, show, add, remove, pause, resume, check, discover, import_, export):
    sources.add_command(command)
