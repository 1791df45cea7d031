"""A meter at each supply point and a reading at the end of each month."""

from ..tools import months

VOLTAGE_RATIOS = {"10kv": 100, "35kv": 350}


def build(demo):
    meters = demo.env["power.meter"].create(
        [prepare_meter_vals(client.point, client.record, demo.months[0]) for client in demo.clients]
    )
    vals_list = [
        vals
        for client, meter in zip(demo.clients, meters, strict=True)
        for vals in prepare_reading_vals_list(client, meter, demo.months)
    ]
    demo.env["power.meter.reading"].create(vals_list)
    demo.analyze("res.partner", "power.supply.point", "power.meter", "power.meter.reading")
    demo.log("%s meters with %s readings", len(meters), len(vals_list))


def ratios(point):
    """Ratios of the current and of the voltage transformers in front of a meter."""
    voltage = VOLTAGE_RATIOS[point.voltage] if point.metering == "hv_hv" else 1
    return point.multiplier / voltage, voltage


def prepare_meter_vals(point, record, first_month):
    """Values of the meter of a supply point, installed as the first month begins."""
    current, voltage = ratios(point)
    return {
        "number": point.meter_number,
        "supply_point_id": record.id,
        "ct_ratio": current,
        "pt_ratio": voltage,
        "digits": point.digits,
        "date_installed": months.last_day(first_month - 1),
        "initial_value": float(point.start),
    }


def prepare_reading_vals_list(customer, meter, numbers):
    """Values of a customer's readings at the end of each month."""
    value = customer.point.start
    for month, energy in zip(numbers, customer.kwh, strict=False):
        value += energy / customer.point.multiplier
        day = months.last_day(month)
        yield {
            "meter_id": meter.id,
            "date": day,
            "value": float(value),
            "source": f"AMI {day:%Y-%m}",
        }
