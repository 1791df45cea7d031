"""Plain determinants for the kernel's tests; October 2026 where nothing else is said."""

from decimal import Decimal

D = Decimal


def component(kind, price=0, key=None, **extra):
    return {
        "key": key or kind,
        "kind": kind,
        "name": key or kind,
        "price": str(price),
        "unit": "kWh",
        **extra,
    }


def rows(prices):
    """Price rows of {(period, tier): price}."""
    return [
        {"period": period, "tier": tier, "price": str(price)}
        for (period, tier), price in prices.items()
    ]


def version(*components, key="v", date_from="2026-01-01", date_to=None, **extra):
    return {
        "key": key,
        "name": key,
        "date_from": date_from,
        "date_to": date_to,
        "components": list(components),
        **extra,
    }


def fact(**values):
    return {"date_from": "2026-01-01", "date_to": None, **values}


def register(end, period=None, quantity="active", start=0, key="M1", dates=None, **extra):
    """A register that moves from ``start`` to ``end`` in the period."""
    first, last = dates or ("2026-09-30", "2026-10-31")
    return {
        "key": key,
        "quantity": quantity,
        "period": period,
        "multiplier": str(extra.pop("multiplier", 1)),
        "digits": extra.pop("digits", 8),
        "readings": [
            {"date": first, "value": str(start), "kind": "actual", "rollover": False},
            {"date": last, "value": str(end), "kind": "actual", "rollover": False},
        ],
        **extra,
    }


def bill(versions, registers, **extra):
    return {
        "period_from": "2026-10-01",
        "period_to": "2026-10-31",
        "registers": registers,
        "versions": versions if isinstance(versions, list) else [versions],
        **extra,
    }


def june(versions, registers, **extra):
    """A month of 30 days."""
    for one in registers:
        one["readings"][0]["date"] = "2026-05-31"
        one["readings"][-1]["date"] = "2026-06-30"
    data = bill(versions, registers, **extra)
    return {**data, "period_from": "2026-06-01", "period_to": "2026-06-30"}


def amounts(rating, kind=None):
    return [charge.amount for charge in rating.charges if kind in (None, charge.kind)]
