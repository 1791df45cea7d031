from datetime import date

from odoo import SUPERUSER_ID
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

from odoo.addons.power_crm.tests.common import QUIET

PRICES = (("energy", "Energy", 0.690486), ("fund", "Government funds", 0.0452))
# A chart of accounts takes two seconds: these may wait in the database the tests start from.
COMPANIES = ("Power Bureau", "Other Bureau")


def create_company(env, name, chart="cn", country="base.cn"):
    currency = env.ref("base.CNY")
    currency.active = True
    company = env["res.company"].create(
        {"name": name, "country_id": env.ref(country).id, "currency_id": currency.id}
    )
    env["account.chart.template"].try_loading(chart, company, install_demo=False)
    company._power_billing_setup()
    return company


class PowerBillingCase(TransactionCase):
    """A company on the Chinese chart with one flat tariff: 0.735686 yuan/kWh, funds 0.0452."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            user=SUPERUSER_ID,
            context={**cls.env.context, **QUIET, "lang": "en_US"},
        )
        cls.company = cls._get_company("Power Bureau")
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=cls.company.ids))
        cls.env.user.company_ids |= cls.company
        cls.company = cls.company.with_env(cls.env)
        cls.area = cls.env["power.area"].create(
            {"name": "East", "code": "E1", "kind": "urban", "company_id": cls.company.id}
        )
        cls.category = cls.env.ref("power_crm.usage_commercial")
        cls.tariff = cls._create_tariff("Flat below 1 kV")

    @classmethod
    def _get_company(cls, name):
        """One of ``COMPANIES``, ready to bill."""
        ready = cls.env["res.company"].search([("name", "=", name)], limit=1)
        return ready or create_company(cls.env, name)

    @classmethod
    def _create_tariff(cls, name, date_from="2020-01-01", prices=PRICES, **vals):
        return cls.env["power.tariff"].create(
            {
                "name": name,
                "company_id": cls.company.id,
                "version_ids": [
                    Command.create(
                        {
                            "date_from": date_from,
                            "source": "price list",
                            "component_ids": [
                                Command.create({"kind": kind, "name": label, "price": price})
                                for kind, label, price in prices
                            ],
                        }
                    )
                ],
                **vals,
            }
        )

    @classmethod
    def _create_customer(cls, name="Shop", **vals):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "country_id": cls.env.ref("base.cn").id,
                "email": f"{name.lower().replace(' ', '.')}@example.com",
                **vals,
            }
        )

    @classmethod
    def _create_portal_user(cls, login, **vals):
        return new_test_user(
            cls.env,
            login,
            groups="base.group_portal",
            lang="en_US",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
            **vals,
        )

    @classmethod
    def _create_point(cls, partner=None, meter=True, meter_vals=None, **vals):
        partner = partner or cls._create_customer()
        point = cls.env["power.supply.point"].create(
            {
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "area_id": cls.area.id,
                "usage_category_id": cls.category.id,
                "tariff_id": cls.tariff.id,
                **vals,
            }
        )
        point._set_state("active")
        point.date_activated = date(2025, 1, 1)
        if meter:
            cls._create_meter(point, **(meter_vals or {}))
        return point

    @classmethod
    def _create_meter(cls, point, **vals):
        return cls.env["power.meter"].create(
            {
                "number": f"M{point.number}-{len(point.meter_ids)}",
                "supply_point_id": point.id,
                "date_installed": "2025-12-31",
                "initial_value": 10000,
                "digits": 6,
                **vals,
            }
        )

    @classmethod
    def _read(cls, point, day, value, **vals):
        meter = vals.pop("meter", point.meter_ids[-1:])
        return cls.env["power.meter.reading"].create(
            {"meter_id": meter.id, "date": day, "value": value, **vals}
        )

    @classmethod
    def _create_run(cls, period="2026-01-01", invoice_date="2026-02-03", **vals):
        return cls.env["power.bill.run"].create(
            {
                "period": period,
                "invoice_date": invoice_date,
                "company_id": cls.company.id,
                **vals,
            }
        )

    @classmethod
    def _create_bill(cls, point=None, kwh=1234, **run_vals):
        """A posted bill of January 2026 for ``kwh``."""
        point = point or cls._create_point()
        cls._read(point, "2026-01-31", point.meter_ids.initial_value + kwh)
        run = cls._create_run(supply_point_ids=[Command.set(point.ids)], **run_vals)
        run._process_all()
        return run.bill_ids
