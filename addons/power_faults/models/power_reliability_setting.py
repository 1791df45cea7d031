from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.reliability import Rules


class PowerReliabilitySetting(models.Model):
    """What counts as sustained, as a major event day and so on, from a day on."""

    _name = "power.reliability.setting"
    _description = "Rules of the reliability figures"
    _inherit = ["power.validity.mixin"]
    _order = "company_id, date_from desc, id desc"
    _rec_name = "date_from"

    date_from = fields.Date(default=fields.Date.context_today)
    sustained_minutes = fields.Float(
        string="Sustained beyond (min)",
        required=True,
        default=5.0,
        help="An interruption longer than this is sustained, any other momentary. 0 counts all, "
        "as the Chinese statistics do.",
    )
    beta = fields.Float(
        string="Beta of major event days",
        required=True,
        default=2.5,
        help="A day is a major event day above exp(mean + beta · deviation) of the logarithms of "
        "daily SAIDI of the five years before.",
    )
    history_years = fields.Integer(string="Years of history", required=True, default=5)
    cemi_n = fields.Integer(string="CEMI: n", required=True, default=3)
    cemi_at_least = fields.Boolean(
        string="CEMI: n or more",
        default=True,
        help="Newer editions of IEEE 1366 say “n or more”, older ones “more than n”.",
    )
    celid_hours = fields.Float(string="CELID: hours", required=True, default=8.0)
    source = fields.Char(help="The document these rules come from.")
    company_id = fields.Many2one("res.company", index=True, help="Empty: for every company.")

    _date_from_uniq = models.UniqueIndex(
        "(coalesce(company_id, 0), date_from)", "There are rules from this day on already."
    )
    _limits = models.Constraint(
        "CHECK (sustained_minutes >= 0 AND beta > 0 AND cemi_n > 0 AND celid_hours > 0"
        " AND history_years > 0)",
        "The limit cannot be negative; beta, years, n and hours are more than zero.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        settings = super().create(vals_list)
        self._refresh_sustained()
        return settings

    def write(self, vals):
        result = super().write(vals)
        if {"sustained_minutes", "date_from", "date_to", "company_id"} & vals.keys():
            self._refresh_sustained()
        return result

    def unlink(self):
        result = super().unlink()
        self._refresh_sustained()
        return result

    @api.model
    def _get_for(self, company, day):
        """Return the rules of a company on a day: its own, else those for every company."""
        return self._get_newest(company, day)

    @api.model
    def _refresh_sustained(self):
        """Judge every interruption by the rules of its day, in one statement."""
        self._judge_sustained(SQL("TRUE"))

    @api.model
    def _refresh_sustained_of(self, interruptions):
        """Judge these interruptions by the rules of their days."""
        if interruptions:
            self._judge_sustained(SQL("row.id IN %s", tuple(interruptions.ids)))

    @api.model
    def _judge_sustained(self, which):
        self.flush_model()
        self.env["power.interruption"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE power_interruption i
                   SET sustained = judged.sustained
                  FROM (
                    SELECT row.id, row.minutes > coalesce((
                        SELECT rule.sustained_minutes FROM power_reliability_setting rule
                         WHERE rule.date_from <= row.day
                           AND (rule.date_to IS NULL OR rule.date_to >= row.day)
                           AND (rule.company_id = row.company_id OR rule.company_id IS NULL)
                         ORDER BY rule.company_id NULLS LAST, rule.date_from DESC LIMIT 1
                    ), 5) AS sustained
                      FROM power_interruption row
                     WHERE %s
                  ) judged
                 WHERE judged.id = i.id AND i.sustained IS DISTINCT FROM judged.sustained
                """,
                which,
            )
        )
        self.env["power.interruption"].invalidate_model(["sustained"])

    def _to_kernel(self, variant="all"):
        """Return the kernel's rules; the usual ones where nothing is set."""
        if not self:
            return Rules(variant=variant)
        self.ensure_one()
        return Rules(
            sustained_minutes=self.sustained_minutes,
            cemi_n=self.cemi_n,
            cemi_at_least=self.cemi_at_least,
            celid_minutes=self.celid_hours * 60.0,
            variant=variant,
        )
