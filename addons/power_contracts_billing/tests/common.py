from odoo.fields import Command

from odoo.addons.power_billing.tests.common import PowerBillingCase


class AdviceCase(PowerBillingCase):
    """Advice on the one supply point, ``point``, that a test makes."""

    def _bill(self, period, last_day, **readings):
        """Post the bill of a period; readings are named by a register's period or quantity."""
        entry = self.env["power.reading.entry"].create(
            {"meter_id": self.point.meter_ids.id, "date": last_day}
        )
        for line in entry.line_ids:
            register = line.register_id
            line.value = readings[register.period or register.quantity]
        entry.action_save()
        run = self._create_run(
            period=period, invoice_date=last_day, supply_point_ids=[Command.set(self.point.ids)]
        )
        run._process_all()
        self.assertEqual(run.bill_ids.state, "posted", run.bill_ids.failure_reason)
        return run.bill_ids

    def _advise(self, **vals):
        advice = self.env["power.advice"].create({"supply_point_id": self.point.id, **vals})
        advice.action_reckon()
        return advice

    def _get_measure(self, advice, kind):
        return advice.line_ids.filtered(lambda line: line.kind == kind)
