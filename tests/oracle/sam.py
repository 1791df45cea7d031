"""NREL's System Advisor Model, module Utilityrate5: a year's bills of one tariff.

Its conventions: hours begin on Monday 1 January of a year of 365 days (2018 is one); periods and
tiers count from 1, months of the flat demand table from 0; a tier without end ends at 1e38; usage
limits of a tier are the same in every period and hold for the month's total; nothing is rounded.
"""

import PySAM.Utilityrate5 as utilityrate

ENDLESS = 1e38
KWH_A_MONTH = 0


def year_of_bills(
    load: list[float],
    energy: list[tuple[int, int, float, float]],
    weekday: list[list[int]],
    weekend: list[list[int]],
    demand: list[tuple[int, int, float, float]],
    flat_demand: list[tuple[int, float, float]],
    fixed: float,
) -> list[float]:
    """Return the twelve monthly bills.

    :param load: kW of each of 8760 hours
    :param energy: rows (period, tier, limit, price per kWh)
    :param weekday: period of each hour of a workday, by month; ``weekend`` likewise
    :param demand: rows (period, tier, limit, price per kW) on the maximum of each period
    :param flat_demand: rows (tier, limit, price per kW) on the maximum of the month
    :param fixed: a month
    """
    model = utilityrate.new()
    values = {
        "en_electricity_rates": 1,
        "analysis_period": 1,
        "system_use_lifetime_output": 0,
        "inflation_rate": 0,
        "degradation": [0],
        "load_escalation": [0],
        "rate_escalation": [0],
        "gen": [0] * len(load),
        "load": load,
        "ur_metering_option": 0,
        "ur_enable_billing_demand": 0,
        "ur_monthly_fixed_charge": fixed,
        "ur_monthly_min_charge": 0,
        "ur_annual_min_charge": 0,
        "ur_nm_yearend_sell_rate": 0,
        "ur_nm_credit_month": 0,
        "ur_nm_credit_rollover": 0,
        "ur_sell_eq_buy": 0,
        "ur_en_ts_sell_rate": 0,
        "ur_en_ts_buy_rate": 0,
        "ur_ec_sched_weekday": weekday,
        "ur_ec_sched_weekend": weekend,
        "ur_ec_tou_mat": [
            [period, tier, limit, KWH_A_MONTH, price, 0] for period, tier, limit, price in energy
        ],
        "ur_dc_enable": 1,
        "TOU_demand_single_peak": 0,
        "ur_dc_sched_weekday": weekday,
        "ur_dc_sched_weekend": weekend,
        "ur_dc_tou_mat": [list(row) for row in demand],
        "ur_dc_flat_mat": [[month, *row] for month in range(12) for row in flat_demand],
    }
    for name, value in values.items():
        model.value(name, value)
    model.execute(0)
    # Year 0 is the year before the system is built.
    return list(model.Outputs.utility_bill_wo_sys_ym[1])
