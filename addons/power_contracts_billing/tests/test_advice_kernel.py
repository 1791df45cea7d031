import doctest
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from odoo.addons.power_billing.tests.kernel_data import bill, component, fact, register, version
from odoo.addons.power_billing.tools import rating

from ..tools import advice

D = Decimal


@tagged("at_install")
class TestAdviceKernel(BaseCase):
    def test_examples(self):
        self.assertEqual(doctest.testmod(advice).failed, 0)

    def test_other_choice(self):
        """1000 kVA at 26.3, or 500 kW measured at 42: 26300 and 21000."""
        tariff = version(component("capacity", "26.3"), component("demand", "42"), basic={})
        registers = [register(0), register(500, quantity="demand")]
        facts = [fact(demand_choice="capacity", capacity_kva="1000")]
        data = bill(tariff, registers, facts=facts)
        self.assertEqual(rating.rate(data).total, D("26300.00"))
        changed = advice.with_facts(data, demand_choice="actual")
        self.assertEqual(rating.rate(changed).total, D("21000.00"))
        # the bill itself stays as it is
        self.assertEqual(data["facts"][0]["demand_choice"], "capacity")

    def test_other_reactive_energy(self):
        """1000 kWh and 750 kvarh are 0.80; 0.3287 kvarh a kWh are 0.95."""
        registers = [register(1000), register(750, quantity="reactive", key="R")]
        data = bill(version(component("energy", "1")), registers)
        self.assertEqual(advice.used(data, "reactive"), D(750))
        share = advice.tangent(D("0.95"))
        self.assertEqual(share.quantize(D("0.0001")), D("0.3287"))
        changed = advice.with_reactive(data, share)
        self.assertEqual(advice.used(changed, "reactive").quantize(D("0.1")), D("328.7"))

    def test_registers_that_turn_over(self):
        one = register(40, start=99999960, digits=8)
        self.assertEqual(advice.used(bill(version(), [one]), "active"), D(80))
