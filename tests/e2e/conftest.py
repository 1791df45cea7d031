"""People at screens: a browser, a mail server and a running utility."""

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from aiosmtpd.controller import Controller
from conftest import Server, clone_of_demo, free_port, running_server
from playwright.sync_api import Browser, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@dataclass
class Mailbox:
    """What the mail server was given."""

    messages: list = field(default_factory=list)

    async def handle_DATA(self, server, session, envelope):
        self.messages.append(
            email.message_from_bytes(envelope.content, policy=email.policy.default)
        )
        return "250 OK"

    def to(self, address: str) -> list:
        return [message for message in self.messages if address in (message["To"] or "")]


@pytest.fixture(scope="module")
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield box, controller.port
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def utility(mailbox) -> Iterator[Server]:
    """The demo utility, running, its mail going to the mailbox."""
    _box, port = mailbox
    with (
        clone_of_demo("power_e2e") as name,
        running_server(
            name,
            "--smtp=127.0.0.1",
            f"--smtp-port={port}",
            "--max-cron-threads=1",
        ) as server,
    ):
        yield server


@pytest.fixture(scope="module")
def browser(chromium) -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()
