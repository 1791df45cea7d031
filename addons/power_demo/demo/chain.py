"""What the last months bring: one payer for three shops, a factory that pays in advance."""

from ..tools import months

PAYER = "shop_020"
SHOPS = ("shop_021", "shop_022")
FACTORY = "factory_003"
ADVANCE_DAY = 15


def consolidate(demo):
    """One shop pays for two others from now on and gets one statement a month."""
    payer = demo.get(f"customer_{PAYER}")
    payer.power_bill_delivery = "statement"
    for key in SHOPS:
        demo.get(f"point_{key}").payer_id = payer


def settle(demo, month):
    """A factory pays half of its last bill on the fifteenth; the month's bill takes it off."""
    demo.company.power_settlement_post = True
    settlement = demo.env["power.supply.settlement"].create(
        {
            "supply_point_id": demo.get(f"point_{FACTORY}").id,
            "day": ADVANCE_DAY,
            "basis": "share",
            "share": 50,
            "date_from": months.first_day(month),
        }
    )
    demo.keep("settlement_factory", settlement)
    settlement._settle(months.last_day(month))
