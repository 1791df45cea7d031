"""The repair desk when the server dies, and when no mail gets out."""

import contextlib
import http.client
import http.cookiejar
import re
import socketserver
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Server, Session, clone_of_demo, running_server

REFUSAL = "No mail from here"
KEY = "page of the cellar door"
FORM = {
    "symptom": "no_power",
    "address": "Canal Road 5, cellar",
    "contact_name": "Wu",
    "phone": "139 0000 7777",
    "key": KEY,
}


@pytest.fixture(scope="module")
def desk() -> Iterator[str]:
    with clone_of_demo("power_repair_desk") as name:
        yield name


def test_what_was_reported_survives_the_server(desk):
    """Killed while a report comes in, and killed between report and dispatch: the report is there
    once, and the desk goes on with it; two agents at once make one fault of one place."""
    with running_server(desk) as server:
        page = _Page(server)
        sending = threading.Thread(target=page.report, daemon=True)
        sending.start()
        time.sleep(0.05)
        server.kill()
        sending.join(60)
    with running_server(desk) as server:
        # The telephone kept what was written and sends it again, with the same key.
        assert _Page(server).report()
        assert _Page(server).report()
        agent = Session(server, "agent")
        [(point,)] = server.rows(
            """
            SELECT id FROM power_supply_point point WHERE state = 'active' AND NOT EXISTS
                   (SELECT FROM power_fault WHERE supply_point_id = point.id)
          ORDER BY id DESC LIMIT 1
            """
        )
        made = agent.call(
            "power.fault",
            "create",
            [{"supply_point_id": point, "symptom": "no_power", "channel": "phone"}],
        )
        fault = made[0] if isinstance(made, list) else made
        server.kill()
    with running_server(desk) as server:
        assert server.rows(
            "SELECT count(*) FROM power_fault WHERE report_key = %s", f"page {KEY}"
        ) == [(1,)]
        dispatcher = Session(server, "dispatcher")
        [(crew,)] = server.rows("SELECT min(id) FROM power_crew")
        dispatcher.call("power.fault", "action_accept", [fault])
        dispatcher.call("power.fault", "write", [fault], {"crew_id": crew})
        [(state, clocks)] = server.rows(
            """
            SELECT fault.state, count(clock.id) FROM power_fault fault
              JOIN power_fault_clock clock ON clock.fault_id = fault.id
             WHERE fault.id = %s GROUP BY 1
            """,
            fault,
        )
        assert state == "dispatched"
        assert clocks, "the promises keep their time"
        _assert_two_agents_make_one(server)


def _assert_two_agents_make_one(server: Server) -> None:
    """Two agents take calls about one place, and press the button at the same moment."""
    [(point, partner)] = server.rows(
        """
        SELECT id, partner_id FROM power_supply_point point WHERE state = 'active' AND NOT EXISTS
               (SELECT FROM power_fault WHERE supply_point_id = point.id)
      ORDER BY id DESC LIMIT 1
        """
    )
    vals = {"partner_id": partner, "supply_point_id": point, "symptom": "no_power"}
    agents = [Session(server, "agent") for _agent in range(2)]
    calls = [agent.call("power.fault.call", "create", [vals])[0] for agent in agents]
    with ThreadPoolExecutor(2) as pool:
        taken = pool.map(
            lambda agent, call: agent.call("power.fault.call", "action_report", [call]),
            agents,
            calls,
        )
    (fault,) = {action["res_id"] for action in taken}
    statement = "SELECT id, call_count FROM power_fault WHERE supply_point_id = %s"
    assert server.rows(statement, point) == [(fault, 2)]


def test_no_mail_gets_out(desk):
    """The mail server refuses: report and outage go on, and what customers were to read waits in
    the queue with the reason, to be sent again."""
    with (
        _refusing_mail_server() as port,
        running_server(
            desk, "--smtp=127.0.0.1", f"--smtp-port={port}", "--max-cron-threads=1"
        ) as server,
    ):
        manager, dispatcher = Session(server, "manager"), Session(server, "dispatcher")
        [(point, partner)] = server.rows(
            """
            SELECT point.id, point.partner_id FROM power_supply_point point
              JOIN res_partner partner ON partner.id = point.partner_id
             WHERE point.state = 'active' AND partner.power_contact_channel IS DISTINCT FROM 'sms'
               AND NOT EXISTS (SELECT FROM power_fault WHERE supply_point_id = point.id)
          ORDER BY point.id LIMIT 1
            """
        )
        manager.call("res.partner", "write", [partner], {"email": "dark@household.example"})
        node = manager.call(
            "power.network.node",
            "create",
            [{"code": "TD", "name": "T dark", "kind": "transformer"}],
        )
        node = node[0] if isinstance(node, list) else node
        manager.call("power.supply.point", "write", [point], {"node_id": node})
        made = dispatcher.call("power.outage", "create", [{"node_ids": [(6, 0, [node])]}])
        outage = made[0] if isinstance(made, list) else made
        dispatcher.call("power.outage", "action_confirm", [outage])
        dispatcher.call(
            "power.fault",
            "create",
            [{"supply_point_id": point, "symptom": "no_power", "channel": "phone"}],
        )
        [(state, failure, mail_state, reason)] = _until(
            server,
            """
            SELECT notice.state, notice.failure, mail.state, mail.failure_reason
              FROM power_outage_notice notice JOIN mail_mail mail ON mail.id = notice.mail_id
             WHERE notice.outage_id = %s AND notice.state <> 'queued'
            """,
            outage,
        )
        assert (state, mail_state) == ("failed", "exception")
        assert failure and REFUSAL in reason
        assert server.rows("SELECT state FROM power_outage WHERE id = %s", outage) == [
            ("confirmed",)
        ]
        [shown] = dispatcher.call(
            "power.outage", "read", [outage], ["notice_open_count", "fault_count"]
        )
        assert (shown["notice_open_count"], shown["fault_count"]) == (1, 1)


@contextlib.contextmanager
def _refusing_mail_server() -> Iterator[int]:
    """A mail server that takes no mail: the port it listens on."""

    class Refuse(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(f"554 {REFUSAL}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Refuse) as refusing:
        threading.Thread(target=refusing.serve_forever, daemon=True).start()
        yield refusing.server_address[1]
        refusing.shutdown()


def _until(server: Server, statement: str, *parameters) -> list[tuple]:
    for _ in range(120):
        found = server.rows(statement, *parameters)
        if found:
            return found
        time.sleep(1)
    raise AssertionError("the mail was never tried")


class _Page:
    """The page to report a fault in somebody's browser."""

    def __init__(self, server: Server):
        self.url = f"{server.url}/power/fault"
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(cookies)
        page = self.opener.open(self.url, timeout=120).read().decode()
        self.token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]

    def report(self) -> bool:
        """Send the form; tell whether the server answered."""
        form = urllib.parse.urlencode({**FORM, "csrf_token": self.token}).encode()
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.opener.open(self.url, form, timeout=120).status == 200
        return False
