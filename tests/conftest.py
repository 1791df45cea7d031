"""Real servers on clones of the demo utility."""

import contextlib
import datetime
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from house import database, odoo, paths, postgres, process

TEMPLATE = os.environ.get("POWER_DEMO_DATABASE", "power_demo_template")


def utility_today() -> datetime.date:
    """The day it is at the demo utility, which is ahead of the machine's own clock."""
    return datetime.datetime.now(ZoneInfo("Asia/Shanghai")).date()


@dataclass
class Server:
    """An Odoo server on a database of its own."""

    url: str
    database: str
    log: Path
    child: subprocess.Popen

    def rows(self, statement: str, *parameters) -> list[tuple]:
        return postgres.rows(statement, self.database, *parameters)

    def kill(self) -> None:
        """As the power failure does it."""
        self.child.kill()
        self.child.wait()


class RefusedError(Exception):
    """What the server answers to a user who asks for too much."""


class Session:
    """A logged-in user who talks to a server as the web client does."""

    def __init__(self, server: Server, login: str, password: str | None = None):
        self.server = server
        cookies = urllib.request.HTTPCookieProcessor()
        self.opener = urllib.request.build_opener(cookies)
        self.post(
            "/web/session/authenticate",
            {"db": server.database, "login": login, "password": password or login},
        )

    def call(self, model: str, method: str, *arguments, **keywords):
        """Call a method of a model; arguments as the web client sends them."""
        return self.post(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": arguments, "kwargs": keywords},
        )

    def post(self, path: str, parameters: dict):
        request = urllib.request.Request(
            self.server.url + path,
            json.dumps({"jsonrpc": "2.0", "method": "call", "params": parameters}).encode(),
            {"Content-Type": "application/json"},
        )
        with self.opener.open(request, timeout=300) as answer:
            reply = json.load(answer)
        if "error" in reply:
            raise RefusedError(reply["error"]["data"]["message"])
        return reply.get("result")


@pytest.fixture(scope="session", autouse=True)
def postgresql() -> None:
    postgres.ensure()


@pytest.fixture(scope="session")
def chromium() -> str:
    path = os.environ.get("POWER_CHROMIUM")
    if not path:
        pytest.skip("no Chromium on this machine")
    return path


@contextlib.contextmanager
def clone_of_demo(name: str) -> Iterator[str]:
    """A copy of the demo utility that disappears afterwards."""
    if not database.exists(TEMPLATE):
        pytest.fail("The demo utility is not built: run ./scripts/test once without names.")
    database.clone(TEMPLATE, name)
    try:
        yield name
    finally:
        database.drop(name)


@contextlib.contextmanager
def running_server(name: str, *options: str, label: str = "") -> Iterator[Server]:
    """A server on a database; ended afterwards, however the test ends.

    :param label: of its log, where a database has several servers
    """
    port, websocket_port = free_port(), free_port()
    log = paths.DATA / "log" / f"e2e-{label or name}.log"
    log.unlink(missing_ok=True)
    child = process.start(
        database.command(
            name,
            "odoo.test.conf",
            f"--db-filter=^{name}$",
            f"--http-port={port}",
            f"--gevent-port={websocket_port}",
            f"--logfile={log}",
            *options,
        ),
        odoo.child_environment(),
        cwd=ROOT,
    )
    with process.ended_with_us(child):
        server = Server(f"http://127.0.0.1:{port}", name, log, child)
        _wait(server)
        yield server


def _wait(server: Server) -> None:
    for _ in range(180):
        assert server.child.poll() is None, server.log.read_text()[-2000:]
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"{server.url}/web/login", timeout=120),
        ):
            return
        time.sleep(0.5)
    raise AssertionError(f"no answer; see {server.log}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
