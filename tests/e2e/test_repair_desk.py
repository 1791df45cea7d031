"""A night at the repair desk.

A household without a login reports on its telephone and is told to the end; the crew works where
there is no network; a customer who is still dark is believed; a hospital goes first; an outage
that turns out to be two is split.
"""

import datetime
import re
import time

import pytest
from conftest import Server, Session
from playwright.sync_api import Page, expect

from e2e.conftest import PATIENCE, button, picture

PHONE = {"locale": "zh-CN", "viewport": {"width": 390, "height": 844}}
HOUSEHOLD = "wu@household.example"
# A grey square: what matters is that a photo arrives.
PHOTO = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
# The cache in which the crew's page is kept.
SHELF = (
    "caches.keys().then(names => names.find(name => name.startsWith('power_crew_')))"
    ".then(name => name && caches.open(name))"
)
NIGHT = {}


@pytest.fixture
def telephone(browser, utility: Server):
    """Somebody's telephone, nobody logged in."""
    context = browser.new_context(base_url=utility.url, **PHONE)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    yield page
    context.close()


def test_1_a_household_without_a_login_reports(utility, telephone, mailbox):
    telephone.goto("/zh_CN/power/fault")
    telephone.select_option("select[name=symptom]", "no_power")
    telephone.fill("input[name=address]", "清江市沿江路 12 号 3 单元")
    telephone.fill("input[name=contact_name]", "吴女士")
    telephone.fill("input[name=email]", HOUSEHOLD)
    telephone.set_input_files(
        "input[name=photo]", {"name": "box.png", "mimeType": "image/png", "buffer": PHOTO}
    )
    _fits(telephone)
    picture(telephone, "fault-report-zh")
    telephone.get_by_role("button", name="报修").click()
    expect(telephone.locator("input[name=code]")).to_be_visible()
    NIGHT["page"] = telephone.url
    code = re.search(r"\b\d{6}\b", _mail(mailbox, "确认码"))[0]
    telephone.fill("input[name=code]", code)
    telephone.get_by_role("button", name="确认", exact=True).click()
    expect(telephone.locator("input[name=code]")).to_have_count(0)
    picture(telephone, "fault-reported-zh")
    [(NIGHT["fault"], state, channel, photos)] = utility.rows(
        """
        SELECT fault.id, fault.state, fault.channel, count(photo.attachment_id)
          FROM power_fault fault
          LEFT JOIN power_fault_photo_before_rel photo ON photo.fault_id = fault.id
         WHERE fault.email = %s GROUP BY fault.id
        """,
        HOUSEHOLD,
    )
    assert (state, channel, photos) == ("reported", "web", 1)


def test_2_the_crew_works_without_network(utility, open_page, mailbox):
    """What was done in the cellar is sent in order when the network is back, nothing twice.

    The page is opened anew down there: it is as it was, with what was done and written meanwhile.
    """
    desk = Session(utility, "dispatcher")
    _dispatch(utility, desk, NIGHT["fault"])
    _mail(mailbox, "已出发")
    page = open_page("crew", **PHONE)
    page.goto("/my/power/crew")
    card = page.locator(f".o_power_crew_card[data-fault='{NIGHT['fault']}']")
    card.locator("button[data-action=take]").click()
    expect(card).to_have_attribute("data-taken", "1")
    expect(page.locator(".o_power_queue_empty")).to_be_visible()
    _kept(page)
    page.context.set_offline(True)
    card.locator("button[data-action=arrive]").click()
    expect(card).to_have_attribute("data-state", "arrived")
    card.locator("input[data-photo=before]").set_input_files(
        {"name": "fuse.png", "mimeType": "image/png", "buffer": PHOTO}
    )
    expect(page.locator(".o_power_queue_count")).to_have_text("2")
    kept = page.evaluate("() => Object.values(localStorage).join()")
    assert "fuse.png" in kept and "data:image" not in kept, "photos wait in the database"
    checks = card.locator("input[data-action=check]")
    for number in range(checks.count()):
        checks.nth(number).check()
    card.locator("select[data-field=cause]").select_option(index=1)
    card.locator("textarea[data-field=note]").fill("更换熔断器")
    page.reload()
    expect(page.locator(".o_power_crew_offline")).to_be_visible()
    expect(card).to_have_attribute("data-state", "arrived")
    expect(checks.first).to_be_checked()
    expect(card.locator("textarea[data-field=note]")).to_have_value("更换熔断器")
    expect(card.locator("select[data-field=cause]")).not_to_have_value("")
    card.locator("button[data-action=restore]").click()
    waiting = 3 + checks.count()
    expect(page.locator(".o_power_queue_count")).to_have_text(str(waiting))
    picture(page, "crew-offline-zh")
    assert _actions(utility) == ["take"]
    page.context.set_offline(False)
    expect(page.locator(".o_power_queue_empty")).to_be_visible()
    expected = ["take", "arrive", "photo", *["check"] * (waiting - 3), "restore"]
    assert _actions(utility) == expected
    # The answer got lost: the telephone sends all again, and nothing is done twice.
    page.evaluate("() => window.dispatchEvent(new Event('online'))")
    page.reload()
    assert _actions(utility) == expected
    [(photos,)] = utility.rows(
        "SELECT count(*) FROM power_fault_photo_before_rel rel"
        " JOIN ir_attachment file ON file.id = rel.attachment_id"
        " WHERE fault_id = %s AND file.name = 'fuse.png'",
        NIGHT["fault"],
    )
    assert photos == 1
    moves = utility.rows(
        "SELECT state_to, count(*) FROM power_fault_move WHERE fault_id = %s GROUP BY 1",
        NIGHT["fault"],
    )
    assert {state: count for state, count in moves if state in ("arrived", "restored")} == {
        "arrived": 1,
        "restored": 1,
    }
    _kept_anew(page)


def _kept(page: Page) -> None:
    """The page is in the browser, and a worker that opens it."""
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    _until(page, f"(await ({SHELF}))?.match('/my/power/crew')")


def _kept_anew(page: Page) -> None:
    """What only an older page was made of goes; after the logout nothing is left."""
    page.evaluate(f"async () => (await ({SHELF})).put('/web/assets/old.js', new Response('old'))")
    page.reload()
    _until(page, f"!(await (await ({SHELF})).match('/web/assets/old.js'))")
    page.goto("/web/session/logout")
    _until(page, "!(await caches.keys()).some(name => name.startsWith('power_crew_'))")


def _until(page: Page, condition: str) -> None:
    """Wait for something that a page finds out by and by."""
    for _ in range(60):
        if page.evaluate(f"async () => Boolean(await ({condition}))"):
            return
        page.wait_for_timeout(500)
    raise AssertionError(condition)


def test_3_still_dark(utility, telephone, mailbox):
    """“No” opens the fault anew under the old one; the household follows it by the same link."""
    telephone.goto(_link(_mail(mailbox, "已修复"), utility, "/power/restored/"))
    picture(telephone, "is-power-back-zh")
    telephone.locator("button[name=answer][value=no]").click()
    follow = telephone.locator("a.btn-primary[href*='/my/power/faults/']")
    expect(follow).to_be_visible()
    [(NIGHT["child"], state)] = utility.rows(
        "SELECT id, state FROM power_fault WHERE parent_id = %s", NIGHT["fault"]
    )
    assert state in ("reported", "accepted")
    follow.click()
    expect(telephone.locator(".o_power_fault_page")).to_be_visible()
    picture(telephone, "still-dark-zh")


def test_4_told_to_the_end(utility, telephone, mailbox):
    desk, crew = Session(utility, "dispatcher"), Session(utility, "crew")
    before = len(mailbox[0].to(HOUSEHOLD))
    _dispatch(utility, desk, NIGHT["child"])
    checks = [check for (check,) in utility.rows("SELECT id FROM power_fault_check WHERE active")]
    [(cause,)] = utility.rows(
        "SELECT id FROM power_fault_cause WHERE parent_id IS NOT NULL ORDER BY id LIMIT 1"
    )
    work = [
        ("take", {}),
        ("arrive", {}),
        *(("check", {"check": check, "done": True}) for check in checks),
        ("restore", {"cause": cause, "note": "更换接线端子"}),
    ]
    now = datetime.datetime.now(datetime.UTC).isoformat()
    answers = crew.post(
        "/my/power/crew/act",
        {
            "actions": [
                {
                    "key": f"again-{number}",
                    "fault": NIGHT["child"],
                    "action": action,
                    "at": now,
                    "data": data,
                }
                for number, (action, data) in enumerate(work)
            ]
        },
    )
    assert all(answer["ok"] for answer in answers.values()), answers
    text = _mail(mailbox, "已修复", after=before)
    telephone.goto(_link(text, utility, "/power/restored/"))
    telephone.locator("button[name=answer][value=yes]").click()
    expect(telephone.locator("a[href*='/rate/']")).to_have_count(3)
    picture(telephone, "power-is-back-zh")
    [(state,)] = utility.rows("SELECT state FROM power_fault WHERE id = %s", NIGHT["child"])
    assert state in ("confirmed", "closed")


def test_5_a_hospital_goes_first(utility, open_page):
    """Sparks in a hospital of the second level: 100 + 40 points, urgent from 100 on."""
    page = open_page("dispatcher")
    page.goto("/odoo/power-dispatch")
    expect(page.locator(".o_kanban_view")).to_be_visible()
    page.wait_for_timeout(5000)  # until the bus is connected
    [(point, number)] = utility.rows(
        """
        SELECT point.id, point.number FROM power_supply_point point
          JOIN res_partner partner ON partner.id = point.partner_id
         WHERE partner.name LIKE %s AND point.state = 'active' AND NOT EXISTS
               (SELECT FROM power_fault WHERE supply_point_id = point.id)
      ORDER BY point.id LIMIT 1
        """,
        "%中医医院%",
    )
    agent = Session(utility, "agent")
    fault = _one(
        agent.call(
            "power.fault",
            "create",
            [{"supply_point_id": point, "symptom": "sparks", "channel": "phone"}],
        )
    )
    expect(page.get_by_text("An urgent fault was reported.")).to_be_visible()
    [(name, priority)] = utility.rows("SELECT name, priority FROM power_fault WHERE id = %s", fault)
    assert priority == "3"
    card = page.locator(".o_kanban_record", has_text=number).first
    expect(card).to_be_visible()
    picture(page, "board-hospital")
    queue = agent.call(
        "power.fault", "search_read", [("state", "=", "reported")], ["name", "priority"]
    )
    assert queue[0]["name"] == name, "nothing reported earlier stands before the hospital"
    [(alarms,)] = utility.rows(
        """
        SELECT count(*) FROM mail_activity WHERE res_model = 'power.fault' AND res_id = %s
        """,
        fault,
    )
    assert alarms == 1


def test_6_one_outage_turns_out_to_be_two(utility, open_page):
    """Six callers under each of two transformers; only the feeder seemed to explain them."""
    outage, second = _make_outage(utility)
    page = open_page("dispatcher")
    page.goto(f"/odoo/action-power_faults.power_outage_action/{outage}")
    button(page, "action_split").click()
    dialog = page.locator(".modal")
    devices = dialog.locator("div[name=node_ids] input")
    devices.fill("Split T2")
    page.locator(".o-autocomplete--dropdown-item", has_text="Split T2").first.click()
    expect(dialog.locator("div[name=keep_ids]")).to_contain_text("Split T1")
    expect(dialog.locator("div[name=moved_count]")).to_contain_text("3")
    picture(page, "outage-split")
    dialog.locator("button[name=action_split]").click()
    expect(dialog).to_have_count(0)
    rows = utility.rows(
        """
        SELECT outage.id = %s, node.name, count(DISTINCT fault.id)
          FROM power_outage outage
          JOIN power_network_node_power_outage_rel rel ON rel.power_outage_id = outage.id
          JOIN power_network_node node ON node.id = rel.power_network_node_id
          JOIN power_fault fault ON fault.outage_id = outage.id
         WHERE outage.id = %s OR outage.split_from_id = %s
      GROUP BY 1, 2
        """,
        outage,
        outage,
        outage,
    )
    assert sorted(rows) == [(False, "Split T2", 3), (True, "Split T1", 3)]
    told = utility.rows(
        """
        SELECT count(*) FROM power_outage_notice notice JOIN power_outage outage
            ON outage.id = notice.outage_id
         WHERE outage.split_from_id = %s AND notice.kind = 'split'
        """,
        outage,
    )
    assert told == [(len(second),)]


def _make_outage(utility: Server) -> tuple[int, list[int]]:
    """A feeder with two transformers, three callers below each, one confirmed outage."""
    manager, desk = Session(utility, "manager"), Session(utility, "dispatcher")
    make = manager.call
    feeder = _one(
        make("power.network.node", "create", [{"code": "SF", "name": "Split F", "kind": "feeder"}])
    )
    points = [
        point
        for (point,) in utility.rows(
            """
            SELECT point.id FROM power_supply_point point
             WHERE point.state = 'active' AND point.important_level IS NULL AND NOT EXISTS
                   (SELECT FROM power_fault WHERE supply_point_id = point.id)
          ORDER BY point.id DESC LIMIT 6
            """
        )
    ]
    for name, below in (("Split T1", points[:3]), ("Split T2", points[3:])):
        node = _one(
            make(
                "power.network.node",
                "create",
                [{"code": name, "name": name, "kind": "transformer", "parent_id": feeder}],
            )
        )
        make("power.supply.point", "write", below, {"node_id": node})
    outage = _one(
        desk.call("power.outage", "create", [{"node_ids": [(6, 0, [feeder])], "cause": "unknown"}])
    )
    desk.call("power.outage", "action_confirm", [outage])
    for point in points:
        desk.call(
            "power.fault",
            "create",
            [{"supply_point_id": point, "symptom": "no_power", "channel": "phone"}],
        )
    for _ in range(60):
        [(grouped,)] = utility.rows("SELECT count(*) FROM power_fault WHERE outage_id = %s", outage)
        if grouped == len(points):
            return outage, points[3:]
        time.sleep(1)
    raise AssertionError(f"{grouped} of {len(points)} reports belong to the outage")


def _dispatch(utility: Server, desk: Session, fault: int) -> None:
    [(crew,)] = utility.rows(
        """
        SELECT crew.id FROM power_crew crew JOIN res_users users ON users.id = crew.leader_id
         WHERE users.login = 'crew'
        """
    )
    desk.call("power.fault", "action_accept", [fault])
    desk.call("power.fault", "write", [fault], {"crew_id": crew})


def _actions(utility: Server) -> list[str]:
    rows = utility.rows(
        "SELECT action FROM power_crew_action WHERE fault_id = %s ORDER BY id", NIGHT["fault"]
    )
    return [action for (action,) in rows]


def _mail(mailbox, words: str, after: int = 0) -> str:
    """The text of the household's last mail with these words; it goes out by the scheduler."""
    for _ in range(90):
        for message in reversed(mailbox[0].to(HOUSEHOLD)[after:]):
            text = message.get_body(("html", "plain")).get_content()
            if words in text or words in str(message["Subject"]):
                return text
        time.sleep(1)
    raise AssertionError(f"no mail with {words}")


def _link(text: str, utility: Server, path: str) -> str:
    return utility.url + re.search(rf"{path}[\w-]+", text)[0]


def _fits(page: Page) -> None:
    """Nothing sticks out of a telephone's screen."""
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]


def _one(answer) -> int:
    return answer[0] if isinstance(answer, list) else answer
