"""Accounts of every kind, and thousands of copies of them made in SQL."""

from odoo.fields import Command
from odoo.tools import SQL

from .common import PowerBillingCase

HOURS = ((0, 8, "valley"), (8, 12, "flat"), (12, 18, "peak"), (18, 20, "sharp"), (20, 24, "peak"))
FACTORS = {"sharp": 2.0, "peak": 1.8, "valley": 0.48}
ABSOLUTE = {"sharp": 1.0, "peak": 0.8, "flat": 0.6, "valley": 0.38}
FUNDS = ({"kind": "fund", "name": "Funds", "price": 0.0452},)
# Table and parents, by column, of what hangs on a supply point; the first parent decides.
COPIED = (
    ("power_meter", {"supply_point_id": "power_supply_point"}),
    ("power_meter_register", {"meter_id": "power_meter"}),
    (
        "power_meter_reading",
        {
            "register_id": "power_meter_register",
            "meter_id": "power_meter",
            "supply_point_id": "power_supply_point",
        },
    ),
    ("power_supply_fact", {"supply_point_id": "power_supply_point"}),
    ("power_supply_suspension", {"supply_point_id": "power_supply_point"}),
    ("power_supply_share", {"supply_point_id": "power_supply_point"}),
    ("power_supply_tariff", {"supply_point_id": "power_supply_point"}),
)


class ManyAccountsCase(PowerBillingCase):
    """Prototypes by kind in ``cls.kinds``; ``_multiply`` makes copies with other use."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.periods = cls.env["power.tariff.period"]._get_ids()
        cls.kinds = {
            name.removeprefix("_make_"): getattr(cls, name)()
            for name in sorted(dir(cls))
            if name.startswith("_make_")
        }

    @classmethod
    def _tariff(cls, name, components, hours=False, **vals):
        schedule = [
            Command.create({"hour_from": begin, "hour_to": end, "period_id": cls.periods[period]})
            for begin, end, period in (HOURS if hours else ())
        ]
        return cls.env["power.tariff"].create(
            {
                "name": name,
                "company_id": cls.company.id,
                "version_ids": [
                    Command.create(
                        {
                            "date_from": "2020-01-01",
                            "source": "price list",
                            "schedule_ids": schedule,
                            "component_ids": [Command.create(one) for one in components],
                            **vals,
                        }
                    )
                ],
            }
        )

    @classmethod
    def _energy(cls, price=0.590486, prices=(), **vals):
        return {
            "kind": "energy",
            "name": "Energy",
            "price": price,
            "price_ids": [Command.create(row) for row in prices],
            **vals,
        }

    @classmethod
    def _by_period(cls, values, **vals):
        return [
            {"period_id": cls.periods[period], "value": value, **vals}
            for period, value in values.items()
        ]

    @classmethod
    def _account(cls, tariff, registers=None, used=500, meter=None, **vals):
        """An account read at the end of January.

        :param dict registers: boxes of ``power.meter.register.add``
        """
        point = cls._create_point(tariff_id=tariff.id, meter_vals=meter or {}, **vals)
        meter = point.meter_ids
        if registers is not None:
            cls.env["power.meter.register.add"].create(
                {"meter_id": meter.id, **registers}
            ).action_add()
        shares = {False: 1.0, "sharp": 0.1, "peak": 0.3, "flat": 0.35, "valley": 0.25}
        for register in meter.register_ids:
            value = {"active": used, "reactive": 0.4 * used, "demand": 0.01 * used}.get(
                register.quantity, 0.1 * used
            )
            value = value * shares[register.period] + register.initial_value
            cls._read(point, "2026-01-31", value, register_id=register.id)
        return point

    # === The kinds === #

    @classmethod
    def _make_flat(cls):
        fixed = {"kind": "fixed", "name": "Basic", "price": 3.155}
        return cls._account(cls._tariff("Flat", [cls._energy(), *FUNDS, fixed]))

    @classmethod
    def _make_tiers_by_month(cls):
        prices = [{"tier": 1, "value": 0.558}, {"tier": 2, "value": 0.608}, {"tier": 3, "value": 1}]
        energy = cls._energy(prices=prices)
        tariff = cls._tariff("Steps", [energy], tier_basis="month", tier_limits="180; 450")
        return cls._account(tariff)

    @classmethod
    def _make_tiers_by_year(cls):
        prices = [{"tier": 2, "value": 0.61}, {"tier": 3, "value": 0.93}]
        energy = cls._energy(prices=prices)
        tariff = cls._tariff("Year", [energy, *FUNDS], tier_basis="year", tier_limits="400; 700")
        return cls._account(tariff)

    @classmethod
    def _make_hours_floating(cls):
        prices = cls._by_period(FACTORS, basis="factor")
        tariff = cls._tariff("Floating", [cls._energy(prices=prices), *FUNDS], hours=True)
        return cls._account(tariff, {})

    @classmethod
    def _make_hours_absolute(cls):
        tariff = cls._tariff("Hours", [cls._energy(prices=cls._by_period(ABSOLUTE))], hours=True)
        return cls._account(tariff, {})

    @classmethod
    def _make_hours_and_tiers(cls):
        prices = cls._by_period(ABSOLUTE) + cls._by_period({"peak": 0.95}, tier=2)
        tariff = cls._tariff(
            "Hours and steps",
            [cls._energy(prices=prices)],
            hours=True,
            tier_basis="month",
            tier_limits="300",
        )
        return cls._account(tariff, {})

    @classmethod
    def _make_tiers_inside_hours(cls):
        prices = cls._by_period(ABSOLUTE) + cls._by_period({"peak": 0.95}, tier=2)
        tariff = cls._tariff(
            "Steps inside hours",
            [cls._energy(prices=prices)],
            hours=True,
            tier_basis="month",
            tier_limits="120",
            tier_mode="inside",
        )
        return cls._account(tariff, {})

    @classmethod
    def _make_large_household(cls):
        prices = [{"tier": 2, "value": 0.61}, {"tier": 3, "value": 0.93}]
        tariff = cls._tariff(
            "Household",
            [cls._energy(prices=prices)],
            tier_basis="month",
            tier_limits="180; 450",
            tier_household_extra=100,
        )
        point = cls._account(tariff)
        point.fact_ids = [
            Command.create({"date_from": "2025-01-01", "household_extra_from": "2025-06-10"})
        ]
        return point

    @classmethod
    def _make_supplied_from_within(cls):
        fixed = {"kind": "fixed", "name": "Basic", "price": 31}
        tariff = cls._tariff("From within", [cls._energy(), fixed])
        point = cls._account(tariff, meter={"date_installed": "2026-01-09"})
        point.date_activated = "2026-01-10"
        return point

    @classmethod
    def _make_two_meters(cls):
        point = cls._account(cls._tariff("Two meters", [cls._energy(), *FUNDS]))
        second = cls._create_meter(point, number=f"S{point.number}", ct_ratio=20)
        cls._read(point, "2026-01-31", second.initial_value + 12, meter=second)
        return point

    @classmethod
    def _two_part(cls, kind, price, choice, **fact):
        components = [
            cls._energy(prices=cls._by_period(FACTORS, basis="factor")),
            *FUNDS,
            {"kind": kind, "name": "Basic", "price": price},
            {"kind": "power_factor", "name": "Power factor"},
        ]
        point = cls._account(
            cls._tariff(f"Two-part {choice}", components, hours=True),
            {"reactive": True, "demand": True},
            used=40000,
            meter={"ct_ratio": 1},
            voltage_class="10kv",
            capacity_kva=630,
            demand_kw=400,
        )
        point.fact_ids = [
            Command.create(
                {
                    "date_from": "2025-01-01",
                    "demand_choice": choice,
                    "capacity_kva": 630,
                    "pf_standard": "0.90",
                    **fact,
                }
            )
        ]
        return point

    @classmethod
    def _make_capacity(cls):
        return cls._two_part("capacity", 26, "capacity")

    @classmethod
    def _make_capacity_partly_sealed(cls):
        point = cls._two_part("capacity", 26, "capacity")
        point.suspension_ids = [
            Command.create({"date_from": "2026-01-05", "date_to": "2026-01-28", "kva": 315})
        ]
        return point

    @classmethod
    def _make_contract_demand(cls):
        return cls._two_part("demand", 39, "contract", contract_demand_kw=400)

    @classmethod
    def _make_actual_demand(cls):
        return cls._two_part("demand", 39, "actual")

    @classmethod
    def _make_losses(cls):
        return cls._two_part(
            "demand", 39, "actual", loss_method="percent", loss_iron_kwh=300, loss_copper_pct=1.5
        )

    @classmethod
    def _make_losses_by_formula(cls):
        return cls._two_part(
            "capacity",
            26,
            "capacity",
            loss_method="formula",
            loss_rated_kva=630,
            loss_no_load_kw=1.3,
            loss_load_loss_kw=6.2,
            loss_no_load_current_pct=0.9,
            loss_impedance_pct=4.5,
        )

    @classmethod
    def _make_price_changes(cls):
        tariff = cls._tariff("Changing", [cls._energy(), *FUNDS])
        version = tariff.version_ids
        version.date_to = "2026-01-10"
        version.copy({"date_from": "2026-01-11", "date_to": False}).component_ids[0].price = 0.8
        return cls._account(tariff)

    @classmethod
    def _make_tariff_changes(cls):
        point = cls._account(cls._tariff("Before", [cls._energy()]))
        cls.env["power.supply.tariff"].create(
            {
                "supply_point_id": point.id,
                "tariff_id": cls._tariff("After", [cls._energy(1.0), *FUNDS]).id,
                "date_from": "2026-01-16",
            }
        )
        return point

    @classmethod
    def _make_meter_exchanged(cls):
        point = cls._create_point(tariff_id=cls._tariff("Exchange", [cls._energy()]).id)
        old = point.meter_ids
        cls._read(point, "2026-01-15", 10100)
        old.date_removed = "2026-01-15"
        new = cls._create_meter(
            point, number=f"N{point.number}", date_installed="2026-01-15", initial_value=0
        )
        cls._read(point, "2026-01-31", 50, meter=new)
        return point

    @classmethod
    def _make_share(cls):
        point = cls._account(cls._tariff("Shop", [cls._energy(), *FUNDS]))
        point.share_ids = [
            Command.create(
                {
                    "name": "Dormitory",
                    "kind": "percent",
                    "value": 12.5,
                    "tariff_id": cls._tariff("Dormitory", [cls._energy(0.53)]).id,
                }
            )
        ]
        return point

    @classmethod
    def _make_fixed_share(cls):
        point = cls._account(cls._tariff("Works", [cls._energy(), *FUNDS]))
        canteen = cls._tariff("Canteen", [cls._energy(0.61)])
        point.share_ids = [
            Command.create(
                {"name": "Canteen", "kind": "fixed", "value": 60, "tariff_id": canteen.id}
            )
        ]
        return point

    @classmethod
    def _make_allowance_and_minimum(cls):
        components = [
            cls._energy(),
            {"kind": "allowance", "name": "Free", "quantity": 15},
            {"kind": "minimum", "name": "Minimum", "price": 120},
        ]
        return cls._account(cls._tariff("Least", components))

    @classmethod
    def _make_feeding_back(cls):
        components = [cls._energy(), {"kind": "export", "name": "Fed back", "price": 0.4161}]
        nothing = dict.fromkeys(("sharp", "peak", "flat", "valley"), False)
        return cls._account(cls._tariff("Solar", components), {**nothing, "active_export": True})

    @classmethod
    def _make_rollover(cls):
        point = cls._create_point(
            tariff_id=cls._tariff("Rollover", [cls._energy()]).id,
            meter_vals={"initial_value": 999900, "ct_ratio": 4},
        )
        cls._read(point, "2026-01-31", 15, rollover=True)
        return point

    # === Copies === #

    @classmethod
    def _multiply(cls, count):
        """Copy each prototype ``count`` times; use, reactive energy and demand differ.

        :return: ids of the copies by kind
        """
        cls.env.flush_all()
        cls.env.cr.execute("SELECT setseed(0.42)")
        prototypes = [point.id for point in cls.kinds.values()]
        cls.env.cr.execute(
            SQL(
                """
                CREATE TEMP TABLE map_power_supply_point ON COMMIT DROP AS
                SELECT p.id AS old, nr, nextval('power_supply_point_id_seq')::int AS new,
                       0.02 + 2.4 * random() AS active, 0.1 + 2 * random() AS reactive,
                       0.1 + 1.5 * random() AS demand
                  FROM power_supply_point p CROSS JOIN generate_series(1, %s) nr
                 WHERE p.id = ANY(%s)
                """,
                count,
                prototypes,
            )
        )
        cls.env.cr.execute("ANALYZE map_power_supply_point")
        suffix = SQL("t.number || '/' || k.nr")
        cls._insert_copies(
            "power_supply_point", {}, {"number": suffix, "access_token": SQL("NULL")}
        )
        for table, parents in COPIED:
            column, parent = next(iter(parents.items()))
            cls.env.cr.execute(
                SQL(
                    """
                    CREATE TEMP TABLE %(map)s ON COMMIT DROP AS
                    SELECT t.id AS old, m.nr, nextval(%(sequence)s)::int AS new,
                           m.active, m.reactive, m.demand
                      FROM %(table)s t JOIN %(parent)s m ON m.old = t.%(column)s
                    """,
                    map=SQL.identifier(f"map_{table}"),
                    sequence=f"{table}_id_seq",
                    table=SQL.identifier(table),
                    parent=SQL.identifier(f"map_{parent}"),
                    column=SQL.identifier(column),
                )
            )
            # Nobody counts a temporary table: taken for empty, it is joined each row with each.
            cls.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(f"map_{table}")))
            own = {"power_meter": {"number": suffix}, "power_meter_reading": cls._copy_value()}
            cls._insert_copies(table, parents, own.get(table, {}))
        cls.env.cr.execute("SELECT old, array_agg(new) FROM map_power_supply_point GROUP BY 1")
        copies = dict(cls.env.cr.fetchall())
        cls.env.cr.execute("ANALYZE")
        cls.env.invalidate_all()
        return {kind: copies[point.id] for kind, point in cls.kinds.items()}

    @classmethod
    def _copy_value(cls):
        """What was used since the initial reading, times the copy's own factor."""
        return {
            "value": SQL(
                """
                CASE WHEN t.kind = 'initial' OR t.rollover THEN t.value
                     ELSE round((i.value + (t.value - i.value) * (
                              CASE r.quantity WHEN 'active' THEN k.active
                                              WHEN 'demand' THEN k.demand
                                              ELSE k.reactive END)::numeric), 2) END
                """
            )
        }

    @classmethod
    def _insert_copies(cls, table, parents, own):
        cls.env.cr.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
            [table],
        )
        columns = [name for (name,) in cls.env.cr.fetchall()]
        joins = [
            SQL(
                "JOIN %s %s ON %s.old = t.%s AND %s.nr = k.nr",
                SQL.identifier(f"map_{parent}"),
                SQL.identifier(f"m_{column}"),
                SQL.identifier(f"m_{column}"),
                SQL.identifier(column),
                SQL.identifier(f"m_{column}"),
            )
            for column, parent in parents.items()
        ]
        if table == "power_meter_reading":
            joins.append(
                SQL(
                    "JOIN power_meter_register r ON r.id = t.register_id"
                    " JOIN power_meter_reading i ON i.register_id = r.id AND i.kind = 'initial'"
                )
            )
        values = {
            "id": SQL("k.new"),
            **{column: SQL("%s.new", SQL.identifier(f"m_{column}")) for column in parents},
            **own,
        }
        cls.env.cr.execute(
            SQL(
                "INSERT INTO %(table)s (%(columns)s) SELECT %(values)s FROM %(map)s k"
                " JOIN %(table)s t ON t.id = k.old %(joins)s",
                table=SQL.identifier(table),
                columns=SQL(", ").join(SQL.identifier(name) for name in columns),
                values=SQL(", ").join(
                    values.get(name) or SQL.identifier("t", name) for name in columns
                ),
                map=SQL.identifier(f"map_{table}"),
                joins=SQL(" ").join(joins),
            )
        )
