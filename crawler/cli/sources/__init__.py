"""``cleanwire sources``: the sites to watch, and the file that lists them."""

import click

from crawler.cli.sources.check import check
from crawler.cli.sources.discover import discover
from crawler.cli.sources.edit import add, pause, resume
from crawler.cli.sources.import_export import export, import_
from crawler.cli.sources.list_sources import list_


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def sources() -> None:
    """List, add, check, import, export and pause the sites to watch.

    They stand in sources.toml, which these commands change without touching its comments and layout.
    """


for command in (list_, add, pause, resume, check, discover, import_, export):
    sources.add_command(command)
