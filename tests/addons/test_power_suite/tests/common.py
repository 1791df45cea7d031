from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.power_billing.tests.common import PowerBillingCase

SECRET = "Hidden Harbour Foundry"
SECRET_PHONE = "+86 510 8270 1299"


class TwoCustomersCase(PowerBillingCase):
    """A household with a portal login, and a neighbour whose records are none of its business."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls._create_customer("Household Lin")
        cls.stranger = cls._create_customer(SECRET, phone=SECRET_PHONE)
        cls.own_bill = cls._create_bill(cls._create_point(cls.own, name="Lin, flat 3"))
        cls.stranger_bill = cls._create_bill(
            cls._create_point(cls.stranger, name=f"{SECRET}, hall 1"), kwh=98765
        )
        cls.secrets = cls._create_service_file(cls.stranger, cls.stranger_bill)
        cls.user = new_test_user(
            cls.env,
            "lin_portal",
            groups="base.group_portal",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            partner_id=cls.own.id,
        )

    @classmethod
    def _create_service_file(cls, partner, bill):
        """One record of everything a customer's file holds."""
        shared = {"partner_id": partner.id, "company_id": cls.company.id}
        record = cls.env["power.service.record"].create(
            {
                **shared,
                "kind": "visit",
                "supply_point_id": bill.supply_point_id.id,
                "shared_with_customer": True,
            }
        )
        licence = cls.env["power.licence"].create(
            {"partner_id": partner.id, "kind": "business", "number": "91320200HIDDEN"}
        )
        attachment = cls.env["ir.attachment"].create(
            {
                "name": f"{SECRET}.txt",
                "raw": SECRET.encode(),
                "res_model": "power.licence",
                "res_id": licence.id,
            }
        )
        return {
            record._name: record,
            licence._name: licence,
            attachment._name: attachment,
            bill._name: bill,
            bill.supply_point_id._name: bill.supply_point_id,
            bill.move_id._name: bill.move_id,
            partner._name: partner,
            **cls._create_repair_file(partner, bill.supply_point_id),
        }

    @classmethod
    def _create_repair_file(cls, partner, point):
        """A fault, the question whether power is back, an outage, its notice and interruption."""
        node = cls.env["power.network.node"].create(
            {"code": "T-HIDDEN", "name": SECRET, "company_id": cls.company.id}
        )
        point.node_id = node
        fault = cls.env["power.fault"].create(
            {"supply_point_id": point.id, "company_id": cls.company.id, "description": SECRET}
        )
        proof = cls.env["power.fault.proof"].create(fault._prepare_proof_vals())
        outage = cls.env["power.outage"].create(
            {"node_ids": [Command.set(node.ids)], "company_id": cls.company.id}
        )
        outage.action_confirm()
        notice = outage._tell("confirmed", points=point)
        outage.action_restore()
        records = (fault, proof, outage, notice, outage.interruption_ids)
        return {record._name: record for record in records}
