import io

from pypdf import PdfReader, PdfWriter

from odoo import api, fields, models
from odoo.exceptions import UserError

_PRINT_BATCH = 20


class PowerBillRun(models.Model):
    """What a run gives out: bills sent, and printed in parts."""

    _inherit = "power.bill.run"

    to_send_count = fields.Integer(string="To Send", compute="_compute_output_counts")
    sent_count = fields.Integer(string="Sent", compute="_compute_output_counts")
    to_print_count = fields.Integer(
        string="To Print",
        compute="_compute_output_counts",
        help="Bills of payers who get a letter or a personal visit.",
    )
    unsent_count = fields.Integer(
        string="Not Sent",
        compute="_compute_output_counts",
        help="No address, or sending failed.",
    )
    print_state = fields.Selection(
        selection=[("printing", "Printing"), ("done", "Printed")], readonly=True, copy=False
    )
    printed_count = fields.Integer(string="Printed", compute="_compute_output_counts")
    print_progress = fields.Float(compute="_compute_output_counts")

    @api.depends("bill_ids.send_state", "bill_ids.is_printed")
    def _compute_output_counts(self):
        groups = self.env["power.bill"]._read_group(
            [("run_id", "in", self.ids), ("state", "=", "posted")],
            ["run_id", "send_state", "is_printed"],
            ["__count"],
        )
        for run in self:
            mine = [values for r, *values in groups if r == run]
            total = sum(count for *__, count in mine)

            def count(*states, mine=mine):
                return sum(count for state, __, count in mine if state in states)

            run.to_send_count = count("waiting")
            run.sent_count = count("sent")
            run.to_print_count = count("print")
            run.unsent_count = count("no_address", "error")
            run.printed_count = sum(count for __, printed, count in mine if printed)
            run.print_progress = 100.0 * run.printed_count / total if total else 0.0

    def action_send(self):
        """Queue all posted bills of the run that were not sent yet."""
        self.ensure_one()
        self.check_access("write")
        bills = self.env["power.bill"].search(
            [
                ("run_id", "=", self.id),
                ("state", "=", "posted"),
                ("send_state", "not in", ("sent", "print", "printed")),
            ]
        )
        if not bills:
            raise UserError(
                self.env._("Every posted bill of this run was sent already, or goes out on paper.")
            )
        bills.action_send()

    def action_print_all(self):
        """Print all posted bills in the background, into files of the run."""
        self.ensure_one()
        self.check_access("write")
        self._get_print_attachments().unlink()
        self.bill_ids.filtered("is_printed").write({"is_printed": False})
        self.print_state = "printing"
        self.env.ref("power_billing.ir_cron_print_runs").sudo()._trigger()

    def _get_print_attachments(self):
        return self.env["ir.attachment"].search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("description", "=", "power_bill_print"),
            ],
            order="name",
        )

    def action_view_prints(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Printed Bills"),
            "res_model": "ir.attachment",
            "view_mode": "kanban,list",
            "domain": [("id", "in", self._get_print_attachments().ids)],
        }

    def _cron_print_runs(self):
        """Print the next bills of started prints, a file for each batch, each committed."""
        cron = self.env["ir.cron"]
        for run in self.search([("print_state", "=", "printing")], order="id"):
            while bills := run._get_bills_to_print():
                run._print_batch(bills)
                run.invalidate_recordset()
                left = run.posted_count - run.printed_count
                if not cron._commit_progress(len(bills), remaining=left):
                    return
            run.print_state = "done"

    def _get_bills_to_print(self):
        return self.env["power.bill"].search(
            [("run_id", "=", self.id), ("state", "=", "posted"), ("is_printed", "=", False)],
            order="id",
            limit=_PRINT_BATCH,
        )

    def _print_batch(self, bills):
        """Make one PDF of these bills and keep it with the run."""
        writer = PdfWriter()
        report = self.env["ir.actions.report"]
        for bill in bills:
            content, __ = report._render_qweb_pdf("power_billing.action_report_bill", bill.ids)
            if content.startswith(b"%PDF"):
                writer.append(PdfReader(io.BytesIO(content)))
        stream = io.BytesIO()
        writer.write(stream)
        part = len(self._get_print_attachments()) + 1
        self.env["ir.attachment"].create(
            {
                "name": f"bills-{self.date_from:%Y-%m}-{self.id}-{part:04d}.pdf",
                "raw": stream.getvalue(),
                "mimetype": "application/pdf",
                "description": "power_bill_print",
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        bills.write({"is_printed": True})
        bills.filtered(lambda bill: bill.send_state == "print").write({"send_state": "printed"})
