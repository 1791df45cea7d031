"""What holds for every bill, whatever its prices."""

import json
from decimal import Decimal, getcontext, localcontext

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.power_crm.tests.properties import steady

from ..tools import rating
from .kernel_data import bill, component, fact, register, rows, version

D = Decimal
PERIODS = ["sharp", "peak", "flat", "valley"]
prices = st.decimals("0.001", "3", places=6)
energies = st.decimals("0", "99999", places=2)
factors = st.fixed_dictionaries({period: st.decimals("0.1", "3", places=3) for period in PERIODS})


@st.composite
def tariffs(draw, key="v", **dates):
    """Prices that rise from tier to tier, some floating, with limits or none."""
    limits = sorted(draw(st.sets(st.integers(1, 5000), max_size=3)))
    first = draw(prices)
    rising, price = {}, first
    for tier in range(1, len(limits) + 2):
        rising[None, tier] = price
        price += draw(st.decimals("0", "1", places=4))
    tiers = {
        "basis": draw(st.sampled_from(["month", "cycle", "year"])),
        "limits": [str(limit) for limit in limits],
    }
    if tiers["basis"] == "year":
        tiers["leaver"] = draw(st.sampled_from(["year", "months"]))
    else:
        tiers["mode"] = draw(st.sampled_from(["prorata", "inside"]))
    return version(
        component("energy", prices=rows(rising), key="tiered"),
        component(
            "energy",
            draw(prices),
            key="floating",
            factors={period: str(factor) for period, factor in draw(factors).items()},
        ),
        component("fund", draw(prices)),
        component("fixed", draw(prices)),
        key=key,
        tiers=draw(st.sampled_from([None, tiers])),
        **dates,
    )


@st.composite
def bills(draw):
    cut = draw(st.integers(1, 30))
    versions = draw(
        st.one_of(
            tariffs().map(lambda one: [one]),
            st.tuples(
                tariffs("a", date_to=f"2026-10-{cut:02}"),
                tariffs("b", date_from=f"2026-10-{cut + 1:02}"),
            ).map(list),
        )
    )
    shares = []
    if draw(st.booleans()):
        kind = draw(st.sampled_from(["percent", "fixed"]))
        value = str(draw(st.integers(0, 100)))
        shares = [{"key": "s", "kind": kind, "value": value, "versions": [draw(tariffs("s"))]}]
    loss = draw(
        st.sampled_from(
            [None, {"method": "percent", "copper_pct": "2", "iron_kwh": "100", "decimals": "2"}]
        )
    )
    used = {period: draw(energies) for period in PERIODS}
    data = bill(
        versions,
        [register(kwh, period, digits=9) for period, kwh in used.items()],
        facts=[fact(loss=loss, supplied_to=draw(st.sampled_from([None, "2026-10-31"])))],
        shares=shares,
        history={"year_kwh": str(draw(st.integers(0, 6000)))},
    )
    return data, used


@tagged("at_install", "power_slow")
class TestEveryBill(BaseCase):
    @settings(steady, max_examples=80)
    @given(bills())
    def test_nothing_is_lost_and_replay_is_the_same(self, made):
        data, used = made
        result = rating.rate(data)
        self.assertEqual(result.metered_kwh, sum(used.values()))
        self.assertEqual(result.kwh, result.metered_kwh + result.loss_kwh)
        self.assertEqual(sum(result.periods.values()), result.kwh)
        for kind, key in (("energy", "tiered"), ("energy", "floating"), ("fund", "fund")):
            charged = sum(
                c.quantity for c in result.charges if c.kind == kind and c.component == key
            )
            self.assertEqual(charged, result.kwh, key)
        self.assertEqual(result.total, sum((c.amount for c in result.charges), D(0)))
        for charge in result.charges:
            self.assertEqual(charge.amount, charge.amount.quantize(D("0.01")))
            self.assertTrue(charge.step.endswith(f"= {charge.amount}"))
        again = rating.rate(json.loads(json.dumps(data)))
        self.assertEqual(again, result)

    @settings(steady, max_examples=80)
    @given(
        bills().filter(lambda made: all(share["kind"] != "fixed" for share in made[0]["shares"])),
        st.sampled_from(PERIODS),
        st.decimals("1", "9999", places=2),
    )
    def test_more_energy_is_never_cheaper(self, made, period, more):
        """But for rounding: half a cent a line, and 0.01 kWh a split.

        A fixed share takes its energy from the periods as they were used, so that it may leave
        more of a cheap period to the dear customer; it is left out.
        """
        data, used = made
        before = rating.rate(data)
        index = PERIODS.index(period)
        data["registers"][index]["readings"][1]["value"] = str(used[period] + more)
        after = rating.rate(data)
        lines = len(before.charges) + len(after.charges)
        self.assertGreaterEqual(after.total, before.total - D("0.04") * lines)

    @settings(steady, max_examples=50)
    @given(bills(), st.integers(1, 30))
    def test_same_price_before_and_after_moves_no_money(self, made, cut):
        """A version cut in two by days costs the same, but for rounding of its lines."""
        data, _used = made
        whole = data["versions"][:1]
        whole = [{**whole[0], "date_from": "2026-01-01", "date_to": None}]
        halves = [
            {**whole[0], "date_to": f"2026-10-{cut:02}"},
            {**whole[0], "key": "other", "date_from": f"2026-10-{cut + 1:02}"},
        ]
        one, two = (
            rating.rate({**data, "versions": whole}),
            rating.rate({**data, "versions": halves}),
        )
        self.assertEqual(one.kwh, two.kwh)
        slack = D("0.02") * (len(one.charges) + len(two.charges)) + D("0.10")
        self.assertLessEqual(abs(one.total - two.total), slack)

    def test_callers_precision_does_not_matter(self):
        data = bill(version(component("energy", "0.123456")), [register("99999999.99", digits=8)])
        expected = rating.rate(data).total
        with localcontext() as context:
            context.prec = 3
            self.assertEqual(rating.rate(data).total, expected)
        # 99999999.99 × 0.123456 = 12345599.99876544
        self.assertEqual(expected, D("12345600.00"))
        self.assertGreaterEqual(getcontext().prec, 10)
