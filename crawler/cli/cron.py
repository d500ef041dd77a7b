"""``cleanwire cron``."""

import os
import platform
import shlex
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cleaning.cli.terminal import print_safe
from crawler.cli.options.param_types import Duration
from crawler.cli.options.source_options import sources_file_option
from crawler.cli.sources.sources_file import read_sources_file
from crawler.config.units import format_duration

if TYPE_CHECKING:
    from crawler.ops.cron import CronJob

UNIT_NAME: Final = "cleanwire"
GRACE_SECONDS: Final = 120
"""Seconds after ``--max-runtime`` in which a crawl has always ended by itself; then systemd ends it."""
_PROXY_VARIABLES: Final = ("http_proxy", "https_proxy", "no_proxy")


@click.command(
    epilog="""\b
Examples:
  cleanwire cron --every 10m
  (crontab -l; cleanwire cron --every 15m) | crontab -
  cleanwire cron --every 1h --systemd
  cleanwire cron --systemd --user --output ~/.config/systemd/user
"""
)
@click.option("--every", type=Duration(), default="10m", show_default=True, metavar="TIME", help="How often to crawl.")
@click.option(
    "--max-runtime",
    type=Duration(),
    metavar="TIME",
    help="How long a crawl may take.  [default: nine tenths of --every]",
)
@click.option("--ping-url", metavar="URL", help="An address that is told when a crawl begins, ends and fails.")
@click.option("--systemd", is_flag=True, help="A service and a timer instead of the line.")
@click.option("--user", is_flag=True, help="Units for a user's own systemd (systemctl --user).")
@click.option(
    "--output",
    "-o",
    "folder",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="A folder to write the units into, instead of printing them.",
)
@sources_file_option
@click.pass_context
def cron(
    context: click.Context,
    every: float,
    max_runtime: float | None,
    ping_url: str | None,
    systemd: bool,
    user: bool,
    folder: Path | None,
    sources_file: Path,
) -> None:
    """Print what makes this machine crawl at intervals, ready to install.

    That is a line for a crontab, or units for systemd: with this installation's command, the present corpus and sources
    by their absolute paths, and the variables CLEANWIRE_* and *_proxy as they are set now.
    """
    from crawler.ops.cron import UnsupportedScheduleError, build_crontab_line, compute_max_runtime

    if not systemd and (user or folder):
        raise click.UsageError("--user and --output are for --systemd")
    if every < 60:
        raise click.UsageError("--every must be one minute or more")
    limit = int(max_runtime or compute_max_runtime(every))
    if limit >= every:
        raise click.UsageError(
            "--max-runtime must be shorter than --every: a crawl is refused while another is at work"
        )
    job = _build_job(context.find_root().obj, sources_file, int(every), limit, ping_url)
    try:
        if not systemd:
            _print_crontab_line(job, limit, build_crontab_line(job))
            return
        units = _build_units(job, sources_file, limit, is_users=user)
    except UnsupportedScheduleError as error:
        hint = "" if systemd else "; --systemd can do more"
        raise click.UsageError(f"{error}{hint}") from error
    if folder:
        for name, text in units.items():
            unit = folder / name
            unit.unlink(missing_ok=True)  # or a link that somebody laid there
            unit.touch(mode=0o600, exist_ok=False)  # what is set in it may be a password
            unit.write_text(text, "utf-8")
        print_safe(f"{' and '.join(units)} written to {folder}; now {_format_enable_command(user)}", err=True)
    else:
        _print_units(units, is_users=user)


def _build_job(database: str, sources_file: Path, every: int, limit: int, ping_url: str | None) -> "CronJob":
    from crawler.ops.cron import CronJob

    _, reading = read_sources_file(sources_file)
    settings, address = _collect_environment(os.environ), _make_database_absolute(database)
    if "://" in address and not address.startswith("sqlite:"):
        settings["CLEANWIRE_DATABASE"] = address  # it may hold a password: processes' arguments are public
        corpus: list[str] = []
    else:
        corpus = ["--database", address]
    options = ["--sources", str(sources_file.absolute()), "--quiet", "--max-runtime", format_duration(limit)]
    if ping_url:
        options += ["--ping-url", ping_url]
    return CronJob(
        command=(str(_find_program()), *corpus, "crawl", *options),
        environment=settings,
        missing_variables=reading.config.variables,
        interval_seconds=every,
        seed=zlib.crc32(f"{platform.node()} {address}".encode()),
    )


def _find_program() -> Path:
    """The command of this installation: the one beside the interpreter, else the one that was called."""
    beside = Path(sys.executable).with_name("cleanwire")
    called = Path(sys.argv[0]).absolute()
    program = next((path for path in (beside, called) if path.is_file() and os.access(path, os.X_OK)), None)
    if program is None:
        raise click.UsageError(f"there is no command cleanwire beside {sys.executable}: install the package there")
    return program


def _make_database_absolute(database: str) -> str:
    if "://" in database and not database.startswith("sqlite:"):
        return database
    from storage.backends.url import parse_sqlite_path

    return f"sqlite:///{parse_sqlite_path(database).absolute()}"


def _collect_environment(present: Mapping[str, str]) -> dict[str, str]:
    """The variables that a crawl depends on, and that cron does not set; paths in them are made absolute."""
    settings = {
        name: present[name]
        for name in sorted(present)
        if present[name]
        and name != "CLEANWIRE_DATABASE"
        and (name.startswith("CLEANWIRE_") or name.lower() in _PROXY_VARIABLES)
    }
    if sites := settings.get("CLEANWIRE_SITES"):
        paths = [str(Path(path).absolute()) for path in sites.split(os.pathsep) if path]
        settings["CLEANWIRE_SITES"] = os.pathsep.join(paths)
    return settings


def _print_crontab_line(job: "CronJob", limit: int, line: str) -> None:
    print_safe(
        f"# Cleanwire: a crawl every {format_duration(job.interval_seconds)}, of {format_duration(limit)} at most. "
        "Install it with `crontab -e`."
    )
    if job.missing_variables:
        print_safe(
            f"# {', '.join(job.missing_variables)} must be set too: write NAME=value on lines above the next one."
        )
    print_safe(line)


def _build_units(job: "CronJob", sources_file: Path, limit: int, *, is_users: bool) -> dict[str, str]:
    import getpass

    from crawler.ops.cron import build_systemd_service, build_systemd_timer

    description = f"Cleanwire: crawl the sources of {sources_file.absolute()}"
    owner = None if is_users else getpass.getuser()
    return {
        f"{UNIT_NAME}.service": build_systemd_service(
            job, description=description, user=owner, timeout_seconds=limit + GRACE_SECONDS
        ),
        f"{UNIT_NAME}.timer": build_systemd_timer(
            job, description=f"{description}, every {format_duration(job.interval_seconds)}"
        ),
    }


def _format_enable_command(is_users: bool) -> str:
    systemctl = "systemctl --user" if is_users else "systemctl"
    return f"{systemctl} daemon-reload && {systemctl} enable --now {UNIT_NAME}.timer"


def _print_units(units: Mapping[str, str], *, is_users: bool) -> None:
    folder = "~/.config/systemd/user" if is_users else "/etc/systemd/system"
    print_safe(f"# Put the two units into {folder} (--output writes them), then:")
    print_safe(f"# {_format_enable_command(is_users)}")
    for name, text in units.items():
        print_safe(f"\n# {shlex.quote(name)}\n{text}", nl=False)
