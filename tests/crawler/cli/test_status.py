"""What a run leaves behind for those who watch: status, report, pings, logs."""

import json
from http.server import HTTPServer


def test_a_run_is_told_of_and_can_be_looked_at(desk, watchdog: HTTPServer) -> None:
    ping = f"http://127.0.0.1:{watchdog.server_address[1]}/ping"
    url = desk.server.url
    done = desk.run("crawl", "--delay", "0", "-v", "--log-format", "json", "--ping-url", ping, url)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert sum(line.get("outcome") == "stored" for line in lines) == 30
    assert [path for path, _ in watchdog.calls] == ["/ping/start", "/ping"]  # type: ignore[attr-defined]
    assert "stored 30" in watchdog.calls[1][1]  # type: ignore[attr-defined]

    status = json.loads(desk.run("status", "--json").stdout)
    (source,) = status["sources"]
    assert (source["state"], source["articles"], source["problem"]) == ("well", 30, None)
    assert desk.run("status").returncode == 0
    report = json.loads(desk.run("report", "last", "--json").stdout)
    assert report["run"]["counts"]["stored"] == 30
    for command in ("status", "report"):
        assert desk.run(command, "--html", "page.html").returncode == 0
        page = (desk.folder / "page.html").read_text()
        assert "<svg" in page
        assert "src=" not in page

    failed = desk.run("crawl", "--ping-url", ping, "http://127.0.0.1:1/", "--delay", "0")
    assert failed.returncode == 4
    assert [path for path, _ in watchdog.calls][-1] == "/ping/fail"  # type: ignore[attr-defined]


def test_the_alerts_can_be_tried(desk, watchdog: HTTPServer) -> None:
    none = desk.run("alerts", "test")
    assert none.returncode == 2
    sources = desk.folder / "sources.toml"
    sources.write_text('[[source]]\nurl = "https://wire.example/"\n')
    unconfigured = desk.run("alerts", "test")
    assert (unconfigured.returncode, "configures no alerts" in unconfigured.stderr) == (2, True)

    url = f"http://127.0.0.1:{watchdog.server_address[1]}"
    sources.write_text(
        f'[alerts]\ncommand = ["tee", "alert.json"]\nwebhook = "{url}/secret"\nping_url = "{url}/ping"\n'
    )
    done = desk.run("alerts", "test")
    assert (done.returncode, done.stdout.count("delivered")) == (0, 3), done.stderr
    assert "secret" not in done.stdout
    assert json.loads((desk.folder / "alert.json").read_text())["text"].startswith("This is a test")
    assert [path for path, _ in watchdog.calls] == ["/secret", "/ping"]  # type: ignore[attr-defined]

    sources.write_text(f'[alerts]\ncommand = ["false"]\nwebhook = "{url}/fine"\n')
    failed = desk.run("alerts", "test", "--json")
    assert failed.returncode == 3
    assert [(one["channel"], one["problem"]) for one in json.loads(failed.stdout)] == [
        ("command", "false ended with the exit code 1"),
        ("webhook", None),
    ]
