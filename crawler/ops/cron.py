"""Builds what makes a machine crawl at intervals: a crontab line, or a systemd service and timer."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from crawler.config.units import format_duration

_MINUTE, _HOUR, _DAY, _WEEK = 60, 3_600, 86_400, 7 * 86_400
_CRON_MINUTES: Final = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)
_CRON_HOURS: Final = (1, 2, 3, 4, 6, 8, 12)
EVEN_INTERVALS_SECONDS: Final = (*(n * _MINUTE for n in _CRON_MINUTES), *(n * _HOUR for n in _CRON_HOURS), _DAY, _WEEK)
"""The intervals that cron can keep evenly: divisors of an hour and of a day, a day, and a week."""
MAX_COMMAND_CHARACTERS: Final = 998
"""Debian's cron ignores a crontab with a longer command."""
RANDOM_DELAY_SHARE: Final = 0.1
"""The share of the interval by which a systemd timer is delayed at random, so that not all machines crawl at once."""


class UnsupportedScheduleError(ValueError):
    """The schedule cannot be expressed. The message is a sentence for the user, without a full stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CronJob:
    """A command and the interval at which it runs."""

    command: tuple[str, ...]
    """The program, by its absolute path, and its arguments."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    """Variables to set; their values may be secret."""
    missing_variables: tuple[str, ...] = ()
    """Names of further variables that the job needs and whose values must not be printed."""
    interval_seconds: int
    """Seconds from one run to the next."""
    seed: int = 0
    """Chooses the minute. It is the same for the same job on the same machine, so that the line does not change."""


def compute_max_runtime(interval_seconds: float) -> int:
    """Return how many seconds a run may take so that it has ended before the next one starts: 90 % of the interval.

    >>> compute_max_runtime(600), compute_max_runtime(60), compute_max_runtime(86_400)
    (540, 54, 77760)
    """
    seconds = int(interval_seconds * 0.9)
    return seconds - seconds % _MINUTE if seconds >= 2 * _MINUTE else seconds


def build_crontab_line(job: CronJob) -> str:
    r"""Build the line of a user's crontab.

    >>> build_crontab_line(CronJob(command=("/opt/100%/cleanwire", "crawl", "two words"), interval_seconds=600, seed=3))
    "3-59/10 * * * * /opt/100\\%/cleanwire crawl 'two words'"

    Raises:
        UnsupportedScheduleError: the interval is not in ``EVEN_INTERVALS_SECONDS``, or the command has characters
            that a crontab cannot hold.
    """
    settings = [f"{name}={shlex.quote(value)}" for name, value in job.environment.items()]
    command = " ".join([*settings, *map(shlex.quote, job.command)])
    # Implementations of cron disagree about backslashes, except before a percent sign.
    if bad := re.search(r"[\\\x00-\x1f\x7f]", command):
        raise UnsupportedScheduleError(f"a crontab cannot contain {bad[0]!r}, which is in a path or a variable")
    command = command.replace("%", "\\%")
    if len(command) > MAX_COMMAND_CHARACTERS:
        raise UnsupportedScheduleError(
            f"the line has {len(command)} characters, and cron accepts {MAX_COMMAND_CHARACTERS}"
        )
    return f"{build_cron_schedule(job.interval_seconds, job.seed)} {command}"


def build_cron_schedule(interval_seconds: int, seed: int) -> str:
    """Build the five time fields of a crontab line, shifted by minutes, hours and days that the seed chooses.

    >>> [build_cron_schedule(*each) for each in ((600, 12), (3_600, 75), (6 * 3_600, 75), (60, 5))]
    ['2-59/10 * * * *', '15 * * * *', '15 1-23/6 * * *', '* * * * *']
    >>> build_cron_schedule(86_400, 75), build_cron_schedule(7 * 86_400, 75 + 3 * 1440)
    ('15 1 * * *', '15 1 * * 3')

    Raises:
        UnsupportedScheduleError: the interval is not in ``EVEN_INTERVALS_SECONDS``.
    """
    if interval_seconds not in EVEN_INTERVALS_SECONDS:
        near = [
            max((even for even in EVEN_INTERVALS_SECONDS if even < interval_seconds), default=EVEN_INTERVALS_SECONDS[0])
        ]
        near += [even for even in EVEN_INTERVALS_SECONDS if even > interval_seconds][:1]
        raise UnsupportedScheduleError(
            f"cron cannot run every {format_duration(interval_seconds)} evenly, "
            f"but {' or '.join(map(format_duration, near))}"
        )
    minute, hour, day = seed % 60, seed // 60 % 24, seed // 1_440 % 7
    if interval_seconds < _HOUR:
        step = interval_seconds // _MINUTE
        return f"{'*' if step == 1 else f'{minute % step}-59/{step}'} * * * *"
    if interval_seconds < _DAY:
        step = interval_seconds // _HOUR
        return f"{minute} {'*' if step == 1 else f'{hour % step}-23/{step}'} * * *"
    return f"{minute} {hour} * * {'*' if interval_seconds == _DAY else day}"


def build_systemd_service(job: CronJob, *, description: str, user: str | None, timeout_seconds: int) -> str:
    """Build the systemd service that runs a job once.

    Args:
        job: what to run.
        description: the unit's description.
        user: the user to run as; ``None`` for the user whose systemd instance it is.
        timeout_seconds: after how long systemd kills the run.

    Raises:
        UnsupportedScheduleError: a path or a variable has characters that a unit cannot hold.
    """
    settings = [f"Environment={_escape_unit_word(f'{name}={value}')}" for name, value in job.environment.items()]
    missing = [
        f"# {', '.join(job.missing_variables)} must be set too, in a file that only this user can read:\n"
        "# EnvironmentFile=/etc/cleanwire.env"
    ]
    # systemd replaces $NAME in commands, and in nothing else.
    command = " ".join(_escape_unit_word(word).replace("$", "$$") for word in job.command)
    lines = [
        "[Unit]",
        f"Description={_escape_unit_text(description)}",
        "Wants=network-online.target",
        "After=network-online.target",
        "",
        "[Service]",
        "Type=oneshot",
        *([f"User={user}"] if user else []),
        *settings,
        *(missing if job.missing_variables else []),
        f"ExecStart={command}",
        "# 75: another crawl is still running",
        "SuccessExitStatus=75",
        f"TimeoutStartSec={timeout_seconds}",
        "NoNewPrivileges=yes",
        "Nice=5",
    ]
    return "\n".join(lines) + "\n"


def build_systemd_timer(job: CronJob, *, description: str) -> str:
    """Build the systemd timer that starts the service of the same name at intervals.

    Raises:
        UnsupportedScheduleError: the description has characters that a unit cannot hold.
    """
    lines = [
        "[Unit]",
        f"Description={_escape_unit_text(description)}",
        "",
        "[Timer]",
        "OnBootSec=1min",
        f"OnUnitActiveSec={job.interval_seconds}",
        f"RandomizedDelaySec={int(job.interval_seconds * RANDOM_DELAY_SHARE)}",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    return "\n".join(lines) + "\n"


def _escape_unit_text(text: str) -> str:
    if bad := re.search(r"[\x00-\x1f\x7f]", text):
        raise UnsupportedScheduleError(f"a systemd unit cannot contain {bad[0]!r}, which is in a path or a variable")
    return text.replace("%", "%%")


def _escape_unit_word(word: str) -> str:
    r"""Quote a word of a unit's setting in the way that systemd unquotes it.

    >>> print(_escape_unit_word('/srv/news'), _escape_unit_word('100% "sure"'), _escape_unit_word('C:\\'))
    /srv/news "100%% \"sure\"" "C:\\"
    """
    text = _escape_unit_text(word)
    if re.fullmatch(r"[\w@%+=:,./~-]+", text, re.ASCII):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
