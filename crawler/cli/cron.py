"""``cleanwire cron``: schedules for crontab and systemd."""

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
"""Seconds that a crawl has to finish after ``--max-runtime``; then systemd stops it."""
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
    help="Stop a crawl after this long.  [default: 90 % of --every]",
)
@click.option("--ping-url", metavar="URL", help="Ping this URL when a crawl starts, ends or fails.")
@click.option("--systemd", is_flag=True, help="Print a systemd service and timer instead of a crontab line.")
@click.option("--user", is_flag=True, help="Print units for the user's systemd instance (systemctl --user).")
@click.option(
    "--output",
    "-o",
    "folder",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Write the units to this folder instead of printing them.",
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
    """Print a crontab line or systemd units for regular crawls.

    They contain this installation's command, the corpus and sources.toml as absolute paths, and the current values of
    the variables CLEANWIRE_* and *_proxy.
    """
    from crawler.ops.cron import UnsupportedScheduleError, build_crontab_line, compute_max_runtime

    if not systemd and (user or folder):
        raise click.UsageError("--user and --output require --systemd")
    # cron's unit is the minute.
    if every < 60:
        raise click.UsageError("--every must be at least one minute")
    limit = int(max_runtime or compute_max_runtime(every))
    # A crawl that starts while another one runs ends at once with exit code 75, and cron would send an email about it.
    if limit >= every:
        raise click.UsageError("--max-runtime must be shorter than --every: only one crawl can run at a time")
    job = _build_job(context.find_root().obj, sources_file, int(every), limit, ping_url)
    try:
        if not systemd:
            _print_crontab_line(job, limit, build_crontab_line(job))
            return
        units = _build_units(job, sources_file, limit, is_users=user)
    except UnsupportedScheduleError as error:
        hint = "" if systemd else "; --systemd supports more"
        raise click.UsageError(f"{error}{hint}") from error
    if folder:
        for name, text in units.items():
            unit = folder / name
            # Removed first: a symbolic link in its place would redirect the write to another file.
            unit.unlink(missing_ok=True)
            # Readable by the owner only, from the start: the variables in it may contain passwords.
            unit.touch(mode=0o600, exist_ok=False)
            unit.write_text(text, "utf-8")
        print_safe(f"{' and '.join(units)} written to {folder}; now run {_format_enable_command(user)}", err=True)
    else:
        _print_units(units, is_users=user)


def _build_job(database: str, sources_file: Path, every: int, limit: int, ping_url: str | None) -> "CronJob":
    """Build the job to schedule: the full command line, and the variables it needs."""
    from crawler.ops.cron import CronJob

    _, reading = read_sources_file(sources_file)
    settings, database_url = _collect_environment(os.environ), _make_database_absolute(database)
    if "://" in database_url and not database_url.startswith("sqlite:"):
        # The URL may contain a password, and every user of the machine can see the arguments of a process.
        settings["CLEANWIRE_DATABASE"] = database_url
        corpus: list[str] = []
    else:
        corpus = ["--database", database_url]
    options = ["--sources", str(sources_file.absolute()), "--quiet", "--max-runtime", format_duration(limit)]
    if ping_url:
        options += ["--ping-url", ping_url]
    return CronJob(
        command=(str(_find_program()), *corpus, "crawl", *options),
        environment=settings,
        missing_variables=reading.config.variables,
        interval_seconds=every,
        # The same job gets the same minute each time this command runs, and different machines get different ones, so
        # that they do not all request the same sites at once.
        seed=zlib.crc32(f"{platform.node()} {database_url}".encode()),
    )


def _find_program() -> Path:
    """Return this installation's ``cleanwire``: the program next to the interpreter, or else the one that is running.

    Raises click.UsageError if neither is an executable file.
    """
    installed = Path(sys.executable).with_name("cleanwire")
    called = Path(sys.argv[0]).absolute()
    program = next((path for path in (installed, called) if path.is_file() and os.access(path, os.X_OK)), None)
    if program is None:
        raise click.UsageError(f"cleanwire is not installed next to {sys.executable}")
    return program


def _make_database_absolute(database: str) -> str:
    """Return the database URL with an absolute path: cron runs in the home folder, systemd in the root folder."""
    if "://" in database and not database.startswith("sqlite:"):
        return database
    from storage.backends.url import parse_sqlite_path

    return f"sqlite:///{parse_sqlite_path(database).absolute()}"


def _collect_environment(present: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that affect a crawl and that cron would not set, with the paths in them made absolute.

    ``CLEANWIRE_DATABASE`` is not among them; `_build_job` decides how the database is passed.
    """
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
    """Print the line under a comment that explains it and names the variables that still have to be set."""
    print_safe(
        f"# Cleanwire: crawl every {format_duration(job.interval_seconds)}, for at most {format_duration(limit)}. "
        "Install with `crontab -e`."
    )
    if job.missing_variables:
        print_safe(
            f"# Also set {', '.join(job.missing_variables)}: add a line NAME=value for each above the next line."
        )
    print_safe(line)


def _build_units(job: "CronJob", sources_file: Path, limit: int, *, is_users: bool) -> dict[str, str]:
    """Return the text of each systemd unit by its file name."""
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
    """Return the shell command that loads and starts the timer."""
    systemctl = "systemctl --user" if is_users else "systemctl"
    return f"{systemctl} daemon-reload && {systemctl} enable --now {UNIT_NAME}.timer"


def _print_units(units: Mapping[str, str], *, is_users: bool) -> None:
    """Print the units, under comments that say where to put them and how to start them."""
    folder = "~/.config/systemd/user" if is_users else "/etc/systemd/system"
    print_safe(f"# Put both units into {folder} (or use --output), then run:")
    print_safe(f"# {_format_enable_command(is_users)}")
    for name, text in units.items():
        print_safe(f"\n# {shlex.quote(name)}\n{text}", nl=False)
