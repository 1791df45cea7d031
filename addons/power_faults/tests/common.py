from datetime import datetime

from odoo.addons.power_crm.tests.common import PowerCase

NOON = datetime(2026, 11, 20, 4, 0)  # Friday 12:00 in Shanghai


class FaultCase(PowerCase):
    """A bureau with a town, a village, a crew and a few customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.town = cls._create_area("Old town", kind="urban")
        cls.village = cls._create_area("Village", kind="rural")
        cls.dispatcher = cls._create_user("dispatcher")
        cls.agent = cls._create_user("agent")
        cls.boss = cls._create_user("manager")
        cls.leader = cls._create_user("crew")
        cls.bureau.write(
            {
                "power_fault_dispatcher_id": cls.dispatcher.id,
                "power_fault_manager_id": cls.boss.id,
            }
        )
        cls.household = cls._create_customer("Household Wang", phone="138 0000 1111")
        cls.point = cls._create_point(
            cls.household, area_id=cls.town.id, street="Canal Road 5", state="active"
        )
        cls.crew = cls._create_crew("North 1", leader_id=cls.leader.id)
        cls.cause = cls.env.ref("power_faults.cause_equipment_fuse")

    @classmethod
    def _create_crew(cls, name, **vals):
        return cls.env["power.crew"].create({"name": name, "company_id": cls.bureau.id, **vals})

    @classmethod
    def _create_fault(cls, **vals):
        vals = {"company_id": cls.bureau.id, "channel": "api", **vals}
        if "address" not in vals:
            vals.setdefault("supply_point_id", cls.point.id)
        return cls.env["power.fault"].create(vals)

    @classmethod
    def _drive(cls, fault, *states):
        """Move a fault on, with all that each step demands."""
        for state in states:
            if state == "dispatched":
                fault.crew_id = fault.crew_id or cls.crew
                if fault.state != "dispatched":
                    fault._set_state(state)
                continue
            if state == "restored":
                fault.check_ids = cls.env["power.fault.check"].search([])
                fault.cause_id = fault.cause_id or cls.cause
            fault._set_state(state)
        return fault
