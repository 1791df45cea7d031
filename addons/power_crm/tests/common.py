from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import TransactionCase, new_test_user

# Neither what changed is told in the chatter, nor is a new user invited by mail.
QUIET = {"tracking_disable": True, "no_reset_password": True}
ROLES = (
    "user",
    "crew",
    "dispatcher",
    "agent",
    "account_manager",
    "billing_clerk",
    "finance",
    "analyst",
    "manager",
)


class PowerCase(TransactionCase):
    """A bureau of its own with factories for what Power CRM knows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, **QUIET, "lang": "en_US"})
        cls.china = cls.env.ref("base.cn")
        cls.bureau = cls._create_bureau("Binhu bureau")
        cls.env.user.write({"company_ids": [(4, cls.bureau.id)], "company_id": cls.bureau.id})
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.bureau.ids})
        cls.serial = 0

    @classmethod
    def _create_bureau(cls, name):
        return cls.env["res.company"].create({"name": name, "country_id": cls.china.id})

    @classmethod
    def _create_user(cls, role, company=None, **kwargs):
        company = company or cls.bureau
        cls.serial += 1
        login = kwargs.pop("login", f"crm_{role}_{cls.serial}")
        groups = kwargs.pop("groups", f"power_crm.group_{role}")
        return new_test_user(
            cls.env,
            login,
            groups=groups,
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
            **kwargs,
        )

    @classmethod
    def _create_customer(cls, name="Taihu Steel", **vals):
        return cls.env["res.partner"].create(
            {"name": name, "is_company": True, "country_id": cls.china.id, **vals}
        )

    def _merge(self, stays, goes):
        """Make two entries of one customer one."""
        self.env["base.partner.merge.automatic.wizard"]._merge((stays | goes).ids, stays)
        self.env.invalidate_all()
        self.assertFalse(goes.exists())

    @classmethod
    def _create_area(cls, name="Binhu", **vals):
        return cls.env["power.area"].create({"name": name, "company_id": cls.bureau.id, **vals})

    @classmethod
    def _create_point(cls, partner=None, **vals):
        return cls.env["power.supply.point"].create(
            {
                "partner_id": (partner or cls._create_customer()).id,
                "company_id": cls.bureau.id,
                **vals,
            }
        )

    @classmethod
    def _create_record(cls, partner, **vals):
        return cls.env["power.service.record"].create(
            {"partner_id": partner.id, "company_id": cls.bureau.id, **vals}
        )

    @classmethod
    def _create_licence(cls, partner, number="91320200A", **vals):
        return cls.env["power.licence"].create({"partner_id": partner.id, "number": number, **vals})

    @contextmanager
    def _no_commit(self):
        """Let a cron method run to its end inside the test's transaction."""
        with patch.object(self.registry["ir.cron"], "_commit_progress", lambda *args, **kwargs: 1):
            yield
