"""``cleanwire cron``: what it prints is run as cron and systemd run it."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from typing import Any

import pytest

from crawler.ops.cron import (
    EVEN_INTERVALS_SECONDS,
    CronJob,
    UnsupportedScheduleError,
    build_cron_schedule,
    build_crontab_line,
    build_systemd_service,
)

JOB = CronJob(command=("/bin/cleanwire", "crawl"), interval_seconds=600)


@pytest.fixture
def awkward(desk: Any) -> Any:
    """A desk in a folder whose name needs quoting everywhere."""
    folder = desk.folder / '100% o\'clock $HOME "news"'
    folder.mkdir()
    (folder / "sources.toml").write_text(f'[[source]]\nurl = "{desk.server.url}"\nmax_pages = 2\ndelay = 0\n')
    return replace(desk, folder=folder)


def as_cron_runs(line: str, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a crontab's line: an almost empty environment, the root folder, ``%`` unescaped, /bin/sh."""
    *fields, command = line.split(None, 5)
    assert len(fields) == 5
    assert "%" not in command.replace("\\%", "")
    words = [f"{name}={value}" for name, value in {"HOME": "/", "PATH": "/usr/bin:/bin", **environment}.items()]
    return subprocess.run(
        ["/usr/bin/env", "-i", *words, "/bin/sh", "-c", command.replace("\\%", "%")],
        cwd="/",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def checkout() -> dict[str, str]:
    """Where the tests' code is, if it is not what is installed."""
    return {"PYTHONPATH": os.environ["PYTHONPATH"]} if "PYTHONPATH" in os.environ else {}


def test_the_line_runs_from_anywhere_with_nothing_set(awkward: Any) -> None:
    printed = awkward.run(
        "cron", CLEANWIRE_CONTACT='desk@example.org (it\'s "100%" ours)', CLEANWIRE_DATABASE="corpus.db"
    )
    assert (printed.returncode, printed.stderr) == (0, "")
    assert printed.stdout.startswith("# Cleanwire: crawl every 10m, for at most 9m. Install with `crontab -e`.\n")
    line = printed.stdout.splitlines()[-1]
    assert re.match(r"[0-9]-59/10 \* \* \* \* CLEANWIRE_ALLOW_NETWORKS=127.0.0.0/8 CLEANWIRE_CONTACT=", line)
    done = as_cron_runs(line, checkout())
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert json.loads(awkward.run("stats", "--json").stdout)["articles"] == 2


def test_the_line_is_the_same_every_time(awkward: Any) -> None:
    words = ("cron", "--every", "1h", "--max-runtime", "30m")
    first = awkward.run(*words)
    assert first.stdout == awkward.run(*words).stdout
    assert re.search(r"^\d+ \* \* \* \* .* --quiet --max-runtime 30m$", first.stdout, re.MULTILINE)


def test_what_a_crawl_depends_on_is_carried_along(awkward: Any) -> None:
    (awkward.folder / "sources.toml").write_text(
        '[[source]]\nurl = "https://a.example/"\nheaders = {X-Token = {env = "TOKEN"}}\n'
    )
    printed = awkward.run(
        "--database",
        "postgresql://me:secret@db.example/news",
        "cron",
        TOKEN="hush",  # the file names it; its value stays where it is
        CLEANWIRE_SITES="sites.toml:/etc/sites",
        https_proxy="http://proxy.example:3128",
        UNRELATED="x",
    ).stdout
    assert "# Also set TOKEN: add a line NAME=value for each above the next line." in printed
    assert "hush" not in printed
    assert "UNRELATED" not in printed
    assert "https_proxy=http://proxy.example:3128 " in printed
    assert " --database " not in printed
    assert "CLEANWIRE_DATABASE=postgresql://me:secret@db.example/news " in printed
    assert re.search(r"CLEANWIRE_SITES='/.*/sites\.toml:/etc/sites' ", printed)


def test_units(awkward: Any) -> None:
    printed = awkward.run("cron", "--systemd", "--every", "7m", CLEANWIRE_CONTACT='100% "ours" $HOME')
    assert (printed.returncode, printed.stderr) == (0, "")
    assert "\n# systemctl daemon-reload && systemctl enable --now cleanwire.timer\n" in f"\n{printed.stdout}"
    assert "OnUnitActiveSec=420\nRandomizedDelaySec=42\n" in printed.stdout
    assert "--max-runtime 6m\n" in printed.stdout
    assert 'Environment="CLEANWIRE_CONTACT=100%% \\"ours\\" $HOME"\n' in printed.stdout
    assert '/100%% o\'clock $$HOME \\"news\\"/sources.toml" --quiet' in printed.stdout


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed here")
@pytest.mark.parametrize("options", [(), ("--user",)])
def test_systemd_accepts_the_units(awkward: Any, options: tuple[str, ...]) -> None:
    folder = awkward.folder.parent / "units"
    folder.mkdir()
    written = awkward.run("cron", "--systemd", *options, "--output", str(folder), CLEANWIRE_CONTACT="50% $x \\ \"q'")
    assert written.returncode == 0, written.stderr
    assert "enable --now cleanwire.timer" in written.stderr
    assert ("User=" in (folder / "cleanwire.service").read_text()) is (not options)
    units = [str(folder / name) for name in ("cleanwire.service", "cleanwire.timer")]
    checked = subprocess.run(
        ["systemd-analyze", "--man=no", *options, "verify", *units],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "XDG_RUNTIME_DIR": str(folder)},
    )
    said = [line for line in checked.stderr.splitlines() if "cleanwire" in line]
    assert (checked.returncode, said) == (0, [])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--every", "7m"], "cron cannot run every 7m evenly, but 6m or 10m; --systemd supports more"),
        (["--every", "30s"], "at least one minute"),
        (["--every", "5m", "--max-runtime", "5m"], "--max-runtime must be shorter than --every"),
        (["--user"], "require --systemd"),
        (["--sources", "gone.toml"], "gone.toml does not exist"),
    ],
)
def test_what_is_refused(awkward: Any, words: list[str], said: str) -> None:
    done = awkward.run("cron", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_file_with_a_mistake_is_not_installed(awkward: Any) -> None:
    (awkward.folder / "sources.toml").write_text('[[source]]\nurl = "https://a.example/"\ndealy = 1\n')
    assert "unknown key `dealy`" in awkward.run("cron").stderr


def fires(field: str, size: int) -> set[int]:
    """The values for which a field of a crontab fires."""
    span, _, step = field.partition("/")
    if span == "*":
        return set(range(0, size, int(step or 1)))
    first, _, last = span.partition("-")
    return set(range(int(first), int(last or first) + 1, int(step or 1)))


@pytest.mark.parametrize("every", EVEN_INTERVALS_SECONDS)
def test_schedules_are_even_whatever_the_seed(every: int) -> None:
    for seed in (0, 1, 59, 60, 61, 1_439, 1_440, 10_079, 4_294_967_295):
        minute, hour, day, month, weekday = build_cron_schedule(every, seed).split()
        assert (day, month) == ("*", "*")
        times = sorted(
            (each_day * 24 + each_hour) * 3_600 + each_minute * 60
            for each_day in fires(weekday, 7)
            for each_hour in fires(hour, 24)
            for each_minute in fires(minute, 60)
        )
        week = 7 * 86_400
        assert {
            (after - before) % week or week for before, after in zip(times, [*times[1:], times[0]], strict=True)
        } == {every}


@pytest.mark.parametrize("text", ["a\nb", "a\\b", "x" * 1_000])
def test_what_a_crontab_cannot_hold(text: str) -> None:
    with pytest.raises(UnsupportedScheduleError):
        build_crontab_line(replace(JOB, environment={"CLEANWIRE_CONTACT": text}))


def test_no_line_can_be_smuggled_into_a_unit() -> None:
    with pytest.raises(UnsupportedScheduleError):
        build_systemd_service(
            replace(JOB, environment={"CLEANWIRE_CONTACT": "a\nExecStart=/bin/evil"}),
            description="x",
            user=None,
            timeout_seconds=1,
        )
