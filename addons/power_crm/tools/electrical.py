"""Ordered scales of the trade: the later an entry stands, the higher it ranks."""

from collections.abc import Iterable

VOLTAGE_CLASSES: list[tuple[str, str]] = [
    ("220v", "220 V"),
    ("380v", "380 V"),
    ("10kv", "10 kV"),
    ("20kv", "20 kV"),
    ("35kv", "35 kV"),
    ("110kv", "110 kV"),
    ("220kv", "220 kV"),
]
HIGH_VOLTAGE: frozenset[str] = frozenset({"10kv", "20kv", "35kv", "110kv", "220kv"})

IMPORTANT_LEVELS: list[tuple[str, str]] = [
    ("special", "Special"),
    ("first", "First"),
    ("second", "Second"),
    ("temporary", "Temporary"),
]

VOLTAGE_SCALE: tuple[str, ...] = tuple(code for code, _label in VOLTAGE_CLASSES)
PHASE_SCALE: tuple[str, ...] = ("single", "three")
METERING_SCALE: tuple[str, ...] = ("lv_lv", "hv_lv", "hv_hv")


def highest(values: Iterable[str | bool | None], scale: tuple[str, ...]) -> str | None:
    """Return the value standing highest on ``scale``; empty and unknown values do not count.

    >>> highest(["380v", False, "10kv"], VOLTAGE_SCALE)
    '10kv'
    >>> highest([], VOLTAGE_SCALE) is None
    True
    """
    known = [value for value in values if value in scale]
    return max(known, key=scale.index) if known else None


def is_high_voltage(voltage_class: str | bool | None) -> bool:
    """Tell whether a voltage class is 10 kV or more."""
    return voltage_class in HIGH_VOLTAGE
