"""A meter at each supply point and a reading at the end of each month."""

from ..tools import months

VOLTAGE_RATIOS = {"10kv": 100, "35kv": 350}


def build(demo):
    meters = demo.env["power.meter"].create([_prepare_meter_vals(demo, c) for c in demo.clients])
    vals_list = [
        vals
        for client, meter in zip(demo.clients, meters, strict=True)
        for vals in _prepare_reading_vals_list(demo, client, meter)
    ]
    demo.env["power.meter.reading"].create(vals_list)
    demo.log("%s meters with %s readings", len(meters), len(vals_list))


def _prepare_meter_vals(demo, client):
    point = client.point
    voltage_ratio = VOLTAGE_RATIOS[point.voltage] if point.metering == "hv_hv" else 1
    return {
        "number": point.meter_number,
        "supply_point_id": client.record.id,
        "ct_ratio": point.multiplier / voltage_ratio,
        "pt_ratio": voltage_ratio,
        "digits": point.digits,
        "date_installed": months.last_day(demo.months[0] - 1),
        "initial_value": float(point.start),
    }


def _prepare_reading_vals_list(demo, client, meter):
    value = client.point.start
    for month, energy in zip(demo.months, client.kwh, strict=True):
        value += energy / client.point.multiplier
        day = months.last_day(month)
        yield {
            "meter_id": meter.id,
            "date": day,
            "value": float(value),
            "source": f"AMI {day:%Y-%m}",
        }
