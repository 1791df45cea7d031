from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.reliability import Rules

# What decides of an interruption whether it counts, and as what.
_JUDGED_BY = frozenset(
    {
        "sustained_minutes",
        "exclude_external",
        "exclude_shortage",
        "exclude_planned",
        "date_from",
        "date_to",
        "company_id",
    }
)


class PowerReliabilitySetting(models.Model):
    """What counts, as sustained, as a major event day and so on, and what is promised, from a day
    on."""

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
    exclude_external = fields.Boolean(string="Without external influence")
    exclude_shortage = fields.Boolean(string="Without shortage of generation")
    exclude_planned = fields.Boolean(string="Without planned outages")
    exclude_major_days = fields.Boolean(
        string="Without major event days",
        help="Reports leave major event days out unless they are asked for.",
    )
    asai_urban = fields.Float(
        string="ASAI promised, urban (%)", digits=(16, 4), required=True, default=99.9
    )
    asai_rural = fields.Float(
        string="ASAI promised, rural (%)",
        digits=(16, 4),
        required=True,
        default=99.8,
        help="Remote areas too.",
    )
    connection_days = fields.Integer(
        string="Household connected within (working days)",
        required=True,
        default=5,
        help="Promised from the application to the day there is power.",
    )
    source = fields.Char(help="The document these rules come from.")
    company_id = fields.Many2one("res.company", index=True, help="Empty: for every company.")

    _date_from_uniq = models.UniqueIndex(
        "(coalesce(company_id, 0), date_from)", "There are rules from this day on already."
    )
    _limits = models.Constraint(
        "CHECK (sustained_minutes >= 0 AND beta > 0 AND cemi_n > 0 AND celid_hours > 0"
        " AND history_years > 0 AND asai_urban BETWEEN 0 AND 100"
        " AND asai_rural BETWEEN 0 AND 100 AND connection_days > 0)",
        "The limit cannot be negative; beta, years, n, hours and days are more than zero; "
        "what is promised lies between 0 and 100 %.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        settings = super().create(vals_list)
        self._refresh_interruptions()
        return settings

    def write(self, vals):
        result = super().write(vals)
        if _JUDGED_BY & vals.keys():
            self._refresh_interruptions()
        return result

    def unlink(self):
        result = super().unlink()
        self._refresh_interruptions()
        return result

    @api.model
    def _get_for(self, company, day):
        """Return the rules of a company on a day: its own, else those for every company."""
        return self._get_newest(company, day)

    @api.model
    def _join_rule(self, company, day):
        """Return the join, as ``rule``, of what :meth:`_get_for` finds; none where there is none.

        :param SQL company: column of the rows joined to
        :param SQL day: the same
        """
        return SQL(
            """
            LEFT JOIN LATERAL (
                SELECT * FROM power_reliability_setting rule
                 WHERE rule.date_from <= %(day)s
                   AND (rule.date_to IS NULL OR rule.date_to >= %(day)s)
                   AND (rule.company_id = %(company)s OR rule.company_id IS NULL)
                 ORDER BY rule.company_id NULLS LAST, rule.date_from DESC LIMIT 1
            ) rule ON TRUE
            """,
            company=company,
            day=day,
        )

    @api.model
    def _refresh_interruptions(self, interruptions=None):
        """Judge interruptions by the rules of their days, in one statement: these, or every one."""
        if interruptions is None:
            self._judge(SQL("TRUE"))
        elif interruptions:
            self._judge(SQL("row.id IN %s", tuple(interruptions.ids)))

    @api.model
    def _judge(self, which):
        self.flush_model()
        self.env["power.interruption"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE power_interruption i
                   SET sustained = judged.sustained, excluded = judged.excluded
                  FROM (
                    SELECT row.id,
                           row.minutes > coalesce(rule.sustained_minutes, 5) AS sustained,
                           coalesce(rule.exclude_external AND row.influence = 'external'
                                 OR rule.exclude_shortage AND row.influence = 'shortage'
                                 OR rule.exclude_planned AND row.kind <> 'fault',
                                    FALSE) AS excluded
                      FROM power_interruption row
                      %(rule)s
                     WHERE %(which)s
                  ) judged
                 WHERE judged.id = i.id
                   AND (i.sustained, i.excluded)
                       IS DISTINCT FROM (judged.sustained, judged.excluded)
                """,
                rule=self._join_rule(SQL("row.company_id"), SQL("row.day")),
                which=which,
            )
        )
        self.env["power.interruption"].invalidate_model(["sustained", "excluded"])

    def _to_kernel(self, variant="all", keep_excluded=False):
        """Return the kernel's rules; the usual ones where nothing is set."""
        if not self:
            return Rules(variant=variant, keep_excluded=keep_excluded)
        self.ensure_one()
        return Rules(
            sustained_minutes=self.sustained_minutes,
            cemi_n=self.cemi_n,
            cemi_at_least=self.cemi_at_least,
            celid_minutes=self.celid_hours * 60.0,
            variant=variant,
            keep_excluded=keep_excluded,
        )
