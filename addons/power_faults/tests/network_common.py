from odoo.tests import tagged

from odoo.addons.power_crm.tests.common import PowerCase


@tagged("post_install", "-at_install")
class NetworkCase(PowerCase):
    """A small network: substation S, feeders F1 and F2, transformers T1 to T3 with customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.substation = cls._create_node("S", "substation")
        cls.feeder1 = cls._create_node("F1", "feeder", cls.substation)
        cls.feeder2 = cls._create_node("F2", "feeder", cls.substation)
        cls.transformer1 = cls._create_node("T1", "transformer", cls.feeder1)
        cls.transformer2 = cls._create_node("T2", "transformer", cls.feeder1)
        cls.transformer3 = cls._create_node("T3", "transformer", cls.feeder2)

    @classmethod
    def _create_node(cls, code, kind="transformer", parent=None, **vals):
        return cls.env["power.network.node"].create(
            {
                "code": code,
                "name": code,
                "kind": kind,
                "parent_id": parent.id if parent else False,
                "company_id": cls.bureau.id,
                **vals,
            }
        )

    @classmethod
    def _create_points(cls, node, count, **vals):
        """Create customers with one supply point in service each, below a device."""
        partners = cls.env["res.partner"].create(
            [
                {"name": f"{node.code} customer {number}", "country_id": cls.china.id}
                for number in range(count)
            ]
        )
        return cls.env["power.supply.point"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": cls.bureau.id,
                    "node_id": node.id,
                    "state": "active",
                    **vals,
                }
                for partner in partners
            ]
        )
