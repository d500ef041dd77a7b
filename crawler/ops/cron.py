"""What makes a machine crawl at intervals: a line of a crontab, or a service and a timer of systemd."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from crawler.config.units import format_duration

_MINUTE, _HOUR, _DAY, _WEEK = 60, 3_600, 86_400, 7 * 86_400
_CRON_MINUTES: Final = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)
_CRON_HOURS: Final = (1, 2, 3, 4, 6, 8, 12)
EVEN: Final = (*(n * _MINUTE for n in _CRON_MINUTES), *(n * _HOUR for n in _CRON_HOURS), _DAY, _WEEK)
"""Seconds between two runs that cron can keep evenly: what divides an hour or a day, a day, and a week."""
LONGEST_COMMAND: Final = 998
"""Characters; Debian's cron ignores a crontab with a longer command."""
SPREAD: Final = 0.1
"""Share of the interval that a timer of systemd starts too late by, at random: not all machines knock at once."""


class NotPossibleError(ValueError):
    """What was asked for cannot be written down. The message is a sentence for the user, without a full stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be run, and when."""

    command: tuple[str, ...]
    """The program, by its absolute path, and its arguments."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    """Variables to set; they may be secret."""
    missing: tuple[str, ...] = ()
    """Names of further variables that the job needs, and whose values are nobody else's business."""
    every: int
    """Seconds from one run to the next."""
    seed: int = 0
    """Tells which minute is taken. The same for the same job on the same machine, so that its line does not change."""


def time_left(every: float) -> int:
    """Seconds that a run may take so that it has ended when the next one begins.

    >>> time_left(600), time_left(60), time_left(86_400)
    (540, 54, 77760)
    """
    seconds = int(every * 0.9)
    return seconds - seconds % _MINUTE if seconds >= 2 * _MINUTE else seconds


def crontab_line(job: Job) -> str:
    r"""The line of a user's crontab.

    >>> crontab_line(Job(command=("/opt/100%/cleanwire", "crawl", "two words"), every=600, seed=3))
    "3-59/10 * * * * /opt/100\\%/cleanwire crawl 'two words'"

    Raises NotPossibleError for an interval that is not in ``EVEN``, and for what cron's lines cannot hold.
    """
    settings = [f"{name}={shlex.quote(value)}" for name, value in job.environment.items()]
    command = " ".join([*settings, *map(shlex.quote, job.command)])
    # Crons do not agree on what a backslash is, except before a percent sign.
    if bad := re.search(r"[\\\x00-\x1f\x7f]", command):
        raise NotPossibleError(f"a crontab cannot hold {bad[0]!r}, which a path or a variable has in it")
    command = command.replace("%", "\\%")
    if len(command) > LONGEST_COMMAND:
        raise NotPossibleError(f"the line has {len(command)} characters, and cron takes {LONGEST_COMMAND}")
    return f"{cron_schedule(job.every, job.seed)} {command}"


def cron_schedule(every: int, seed: int) -> str:
    """The five fields of a crontab for an interval in seconds, moved by some minutes, hours and days.

    >>> cron_schedule(600, 12), cron_schedule(3_600, 75), cron_schedule(6 * 3_600, 75), cron_schedule(60, 5)
    ('2-59/10 * * * *', '15 * * * *', '15 1-23/6 * * *', '* * * * *')
    >>> cron_schedule(86_400, 75), cron_schedule(7 * 86_400, 75 + 3 * 1440)
    ('15 1 * * *', '15 1 * * 3')

    Raises NotPossibleError for an interval that is not in ``EVEN``.
    """
    if every not in EVEN:
        near = [max((even for even in EVEN if even < every), default=EVEN[0])]
        near += [even for even in EVEN if even > every][:1]
        raise NotPossibleError(
            f"cron cannot keep {format_duration(every)} evenly, but {' or '.join(map(format_duration, near))}"
        )
    minute, hour, day = seed % 60, seed // 60 % 24, seed // 1_440 % 7
    if every < _HOUR:
        step = every // _MINUTE
        return f"{'*' if step == 1 else f'{minute % step}-59/{step}'} * * * *"
    if every < _DAY:
        step = every // _HOUR
        return f"{minute} {'*' if step == 1 else f'{hour % step}-23/{step}'} * * *"
    return f"{minute} {hour} * * {'*' if every == _DAY else day}"


def systemd_service(job: Job, *, description: str, user: str | None, limit: int) -> str:
    """The unit that runs a job once, as ``user`` or as whoever's manager it is; given up ``limit`` seconds on.

    Raises NotPossibleError for what a unit cannot hold.
    """
    settings = [f"Environment={_unit_word(f'{name}={value}')}" for name, value in job.environment.items()]
    missing = [
        f"# {', '.join(job.missing)} must be set too, in a file that nobody else can read:\n"
        "# EnvironmentFile=/etc/cleanwire.env"
    ]
    # systemd replaces $NAME in commands, and in nothing else.
    command = " ".join(_unit_word(word).replace("$", "$$") for word in job.command)
    lines = [
        "[Unit]",
        f"Description={_unit_text(description)}",
        "Wants=network-online.target",
        "After=network-online.target",
        "",
        "[Service]",
        "Type=oneshot",
        *([f"User={user}"] if user else []),
        *settings,
        *(missing if job.missing else []),
        f"ExecStart={command}",
        "# 75: another crawl is still at work",
        "SuccessExitStatus=75",
        f"TimeoutStartSec={limit}",
        "NoNewPrivileges=yes",
        "Nice=5",
    ]
    return "\n".join(lines) + "\n"


def systemd_timer(job: Job, *, description: str) -> str:
    """The unit that starts the service of the same name at intervals; raises NotPossibleError like the service."""
    lines = [
        "[Unit]",
        f"Description={_unit_text(description)}",
        "",
        "[Timer]",
        "OnBootSec=1min",
        f"OnUnitActiveSec={job.every}",
        f"RandomizedDelaySec={int(job.every * SPREAD)}",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    return "\n".join(lines) + "\n"


def _unit_text(text: str) -> str:
    if bad := re.search(r"[\x00-\x1f\x7f]", text):
        raise NotPossibleError(f"a unit cannot hold {bad[0]!r}, which a path or a variable has in it")
    return text.replace("%", "%%")


def _unit_word(word: str) -> str:
    r"""A word of a unit's setting, as systemd takes it apart again.

    >>> print(_unit_word('/srv/news'), _unit_word('100% "sure"'), _unit_word('C:\\'))
    /srv/news "100%% \"sure\"" "C:\\"
    """
    text = _unit_text(word)
    if re.fullmatch(r"[\w@%+=:,./~-]+", text, re.ASCII):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
