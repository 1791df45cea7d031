import io
import logging

from pypdf import PdfReader, PdfWriter

from odoo import api, fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

PRINT_BATCH = 20


class PowerBillRun(models.Model):
    """What a run gives out: bills sent, and printed in parts."""

    _inherit = "power.bill.run"

    to_send_count = fields.Integer(string="To send", compute="_compute_output_counts")
    sent_count = fields.Integer(string="Sent", compute="_compute_output_counts")
    to_print_count = fields.Integer(
        string="To print",
        compute="_compute_output_counts",
        help="Bills of payers who get a letter or a personal visit.",
    )
    unsent_count = fields.Integer(
        string="Not sent",
        compute="_compute_output_counts",
        help="No address, or sending failed.",
    )
    print_state = fields.Selection(
        selection=[("printing", "Printing"), ("done", "Printed")],
        string="Print state",
        readonly=True,
        copy=False,
    )
    printed_count = fields.Integer(string="Printed", compute="_compute_output_counts")
    unprinted_count = fields.Integer(string="Not printed", compute="_compute_output_counts")
    print_progress = fields.Float(
        string="Printed (%)", compute="_compute_output_counts", help="Percent of the posted bills."
    )

    @api.depends("bill_ids.send_state", "bill_ids.is_printed", "bill_ids.print_note")
    def _compute_output_counts(self):
        posted = [("run_id", "in", self.ids), ("state", "=", "posted")]
        groups = self.env["power.bill"]._read_group(
            posted, ["run_id", "send_state", "is_printed"], ["__count"]
        )
        refused = dict(
            self.env["power.bill"]._read_group(
                [*posted, ("print_note", "!=", False)], ["run_id"], ["__count"]
            )
        )
        for run in self:
            mine = [values for r, *values in groups if r == run]
            total = sum(count for *__, count in mine)

            def count(*states, mine=mine):
                return sum(count for state, __, count in mine if state in states)

            run.to_send_count = count("waiting")
            run.sent_count = count("sent", "statement")
            run.to_print_count = count("print")
            run.unsent_count = count("no_address", "error")
            run.printed_count = sum(count for __, printed, count in mine if printed)
            run.unprinted_count = refused.get(run, 0)
            done = run.printed_count + run.unprinted_count
            run.print_progress = 100.0 * done / total if total else 0.0

    def action_send(self):
        """Queue all posted bills of the run that were not sent yet."""
        self.ensure_one()
        self.check_access("write")
        bills = self.env["power.bill"].search(
            [
                ("run_id", "=", self.id),
                ("state", "=", "posted"),
                ("send_state", "not in", ("sent", "print", "printed", "statement")),
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
        self.env["power.bill"].search(
            [
                ("run_id", "=", self.id),
                "|",
                ("is_printed", "=", True),
                ("print_note", "!=", False),
            ]
        ).write({"is_printed": False, "print_note": False})
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

    def action_download_prints(self):
        """Download what is printed so far as one file."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/power/bill-runs/{self.id}/bills.zip",
            "target": "download",
        }

    def action_view_prints(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Printed bills"),
            "res_model": "ir.attachment",
            "view_mode": "kanban,list",
            "domain": [("id", "in", self._get_print_attachments().ids)],
        }

    def _get_prints_filename(self):
        self.ensure_one()
        return f"bills-{self.date_from:%Y-%m}-{self.id}.zip"

    def _get_print_files(self):
        """Return [(name, path or content)] of the printed parts, to be given out as one file."""
        # Who may read the run may read its prints.
        return [
            (part.name, part._full_path(part.store_fname) if part.store_fname else part.raw)
            for part in self.sudo()._get_print_attachments()
        ]

    def _cron_print_runs(self):
        """Print the next bills of started prints, a file for each batch, each committed."""
        cron = self.env["ir.cron"]
        for run in self.search([("print_state", "=", "printing")], order="id"):
            while bills := run._claim_bills_to_print():
                run._print_batch(bills)
                run.invalidate_recordset()
                if not cron._commit_progress(len(bills), remaining=run._count_unprinted()):
                    return
            run._finish_print()

    def _finish_print(self):
        self.print_state = "done"
        self.message_post(
            body=self.env._(
                "%(printed)s bills are printed and can be downloaded; %(refused)s could not be.",
                printed=self.printed_count,
                refused=self.unprinted_count,
            )
        )

    def _claim_bills_to_print(self):
        """Lock the next bills to print until the end of the transaction, passing over others'."""
        bills = self.env["power.bill"]
        query = bills._search(
            [
                ("run_id", "=", self.id),
                ("state", "=", "posted"),
                ("is_printed", "=", False),
                ("print_note", "=", False),
            ],
            order="id",
            limit=PRINT_BATCH,
        )
        return self._lock_bills(query)

    def _count_unprinted(self):
        return self.posted_count - self.printed_count - self.unprinted_count

    def _print_batch(self, bills):
        """Make one PDF of these bills and keep it with the run; a bill that fails, fails alone."""
        writer = PdfWriter()
        printed = self.env["power.bill"]
        for bill in bills:
            try:
                with self.env.cr.savepoint():
                    writer.append(PdfReader(io.BytesIO(bill._print_pdf())))
            except Exception as error:  # one bad bill never stops the print
                _logger.info("Bill %s could not be printed.", bill.name, exc_info=True)
                self.env.invalidate_all()
                bill.print_note = str(error)[:250] or repr(error)
            else:
                printed |= bill
        if not printed:
            return
        stream = io.BytesIO()
        writer.write(stream)
        self.env["ir.attachment"].create(
            {
                "name": self._get_print_name(bills),
                "raw": stream.getvalue(),
                "mimetype": "application/pdf",
                "description": "power_bill_print",
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        printed.write({"is_printed": True})
        printed.filtered(lambda bill: bill.send_state == "print").write({"send_state": "printed"})

    def _get_print_name(self, bills):
        """Name a part by the place of its first bill, so that parts sort however they are made."""
        before = self.env["power.bill"].search_count(
            [("run_id", "=", self.id), ("state", "=", "posted"), ("id", "<", bills[:1].id)]
        )
        return f"bills-{self.date_from:%Y-%m}-{self.id}-{before + 1:06d}.pdf"
