from datetime import date

from odoo.addons.power_crm.tests.common import PowerCase


class ContractsCase(PowerCase):
    """A bureau with a customer, its supply point and a transformer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer("Taihu Steel", company_id=cls.bureau.id)
        cls.point = cls._create_point(cls.customer, voltage_class="10kv", capacity_kva=630)
        cls.transformer = cls._create_equipment()

    @classmethod
    def _create_equipment(cls, kind="transformer", **vals):
        return cls.env["power.equipment"].create(
            {
                "name": "Transformer 1",
                "kind_id": cls.env.ref(f"power_contracts.equipment_kind_{kind}").id,
                "supply_point_id": cls.point.id,
                "date_commissioned": date(2020, 3, 31),
                **vals,
            }
        )

    @classmethod
    def _create_test(cls, equipment, code, day, **vals):
        return cls.env["power.equipment.test"].create(
            {
                "equipment_id": equipment.id,
                "type_id": cls.env.ref(f"power_contracts.test_type_{code}").id,
                "date": day,
                **vals,
            }
        )

    @classmethod
    def _prepare_accounts(cls):
        """The least a bureau needs to invoice: a sales journal with its accounts."""
        accounts = cls.env["account.account"]
        company = {"company_ids": [(6, 0, cls.bureau.ids)]}
        cls.income = accounts.create(
            {"name": "Services", "code": "600100", "account_type": "income", **company}
        )
        receivable = accounts.create(
            {
                "name": "Receivable",
                "code": "112200",
                "account_type": "asset_receivable",
                "reconcile": True,
                **company,
            }
        )
        cls.customer.with_company(cls.bureau).property_account_receivable_id = receivable
        cls.journal = cls.env["account.journal"].create(
            {
                "name": "Service invoices",
                "code": "SVI",
                "type": "sale",
                "company_id": cls.bureau.id,
                "default_account_id": cls.income.id,
            }
        )

    @classmethod
    def _create_contract(cls, lines, **vals):
        """A contract with ``lines`` (product, values) from 1 January 2026 for a year."""
        return (
            cls.env["contract.contract"]
            .with_context(skip_modification_mail=True)
            .create(
                {
                    "name": "Transformer room",
                    "is_power_service": True,
                    "line_recurrence": True,
                    "partner_id": cls.customer.id,
                    "company_id": cls.bureau.id,
                    "date_start": date(2026, 1, 1),
                    "term_end": date(2026, 12, 31),
                    "supply_point_ids": [(6, 0, cls.point.ids)],
                    "equipment_ids": [(6, 0, cls.transformer.ids)],
                    "contract_line_ids": [
                        (0, 0, cls._prepare_line(product, **line)) for product, line in lines
                    ],
                    **vals,
                }
            )
        )

    @classmethod
    def _prepare_line(cls, product, price=100, **vals):
        return {
            "product_id": cls.env.ref(f"power_contracts.product_{product}").id,
            "name": product,
            "specific_price": price,
            "recurring_rule_type": "monthly",
            "recurring_interval": 1,
            "recurring_invoicing_type": "pre-paid",
            **vals,
        }
