from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..models.power_grading_engine import GRADED
from ..models.power_grading_scheme import decimal
from ..tools import scoring

MOVERS = 50


class PowerGradingTry(models.TransientModel):
    """Grade customers by a scheme, with other weights and edges if wished, keeping nothing."""

    _name = "power.grading.try"
    _description = "Try a grading scheme"

    scheme_id = fields.Many2one("power.grading.scheme", required=True, ondelete="cascade")
    combination = fields.Selection(related="scheme_id.combination")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date = fields.Date(required=True, default=lambda self: self.env.company._get_power_today())
    sample = fields.Integer(
        string="At most so many customers",
        default=200_000,
        help="Where there are more, so many are drawn at random, always the same; 0: all of them.",
    )
    weight_ids = fields.One2many(
        "power.grading.try.weight",
        "try_id",
        string="Weights",
        compute="_compute_parts",
        store=True,
        readonly=False,
    )
    band_ids = fields.One2many(
        "power.grading.try.band",
        "try_id",
        string="Distribution",
        compute="_compute_parts",
        store=True,
        readonly=False,
    )
    mover_ids = fields.One2many(
        "power.grading.try.mover",
        "try_id",
        string="Movers",
        domain=[("place", "<=", MOVERS)],
        readonly=True,
        help="Those who would move most; “All movers” lists the others too.",
    )
    tried = fields.Boolean(readonly=True)
    population = fields.Integer(string="Customers", readonly=True)
    ungraded_count = fields.Integer(string="Without grade", readonly=True)
    moved_count = fields.Integer(string="Would move", readonly=True)

    @api.depends("scheme_id")
    def _compute_parts(self):
        for trial in self:
            trial.weight_ids = [
                Command.clear(),
                *(
                    Command.create({"indicator_id": part.id, "weight": part.weight})
                    for part in trial.scheme_id.indicator_ids
                ),
            ]
            trial.band_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "band_id": band.id,
                            "value_from": band.value_from,
                            "value_to": band.value_to,
                            "share": band.share,
                        }
                    )
                    for band in trial.scheme_id._get_bands()
                ),
            ]

    def action_try(self):
        self.ensure_one()
        scheme = self.scheme_id
        missing = scheme._get_faults() if not scheme.indicator_ids or not scheme.band_ids else []
        kernel = self._get_kernel()
        faults = missing or self._get_faults(kernel)
        if faults:
            raise UserError("\n".join(f"• {fault}" for fault in faults))
        self.env["power.grading.engine"].sudo()._grade(
            scheme, self.company_id, self.date, kernel=kernel, sample=self.sample or None
        )
        self._collect()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Try “%s”", scheme.display_name),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_keep(self):
        """Write the weights and edges tried into the draft; into a new version of a scheme in use.

        :return: action that opens the draft
        """
        self.ensure_one()
        scheme, draft = self.scheme_id, self.scheme_id
        if scheme.state != "draft":
            draft = scheme.browse(scheme.action_new_version()["res_id"])
        indicators = dict(zip(scheme.indicator_ids, draft.indicator_ids, strict=True))
        bands = dict(zip(scheme._get_bands(), draft._get_bands(), strict=True))
        for line in self.weight_ids:
            indicators[line.indicator_id].weight = line.weight
        for line in self.band_ids:
            bands[line.band_id].write(
                {name: line[name] for name in ("value_from", "value_to", "share")}
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": draft._name,
            "res_id": draft.id,
            "view_mode": "form",
        }

    def _get_kernel(self):
        """The scheme with the weights and edges of the trial."""
        kernel = self.scheme_id._to_kernel()
        weights = {f"i{line.indicator_id.id}": decimal(line.weight) for line in self.weight_ids}
        lines = {f"b{line.band_id.id}": line for line in self.band_ids}
        return replace(
            kernel,
            indicators=tuple(
                replace(part, weight=weights.get(part.key, part.weight))
                for part in kernel.indicators
            ),
            bands=tuple(
                replace(
                    band,
                    low=None if band.low is None else decimal(lines[band.key].value_from),
                    high=None if band.high is None else decimal(lines[band.key].value_to),
                    share=decimal(lines[band.key].share),
                )
                if band.key in lines
                else band
                for band in kernel.bands
            ),
        )

    def _get_faults(self, kernel):
        names = {f"i{part.id}": part.name for part in self.scheme_id.indicator_ids}
        names |= {f"b{part.id}": part.display_name for part in self.scheme_id.band_ids}
        return [self.scheme_id._describe_fault(fault, names) for fault in scoring.check(kernel)]

    def _collect(self):
        """Read distribution and movers from the engine's table."""
        bands = self.scheme_id._get_bands()
        counts = dict(
            self.env.execute_query(
                SQL("SELECT COALESCE(position, 0), count(*) FROM %s GROUP BY 1", GRADED)
            )
        )
        former = dict(
            self.env.execute_query(
                SQL("SELECT COALESCE(previous, 0), count(*) FROM %s GROUP BY 1", GRADED)
            )
        )
        moved = SQL("previous IS NOT NULL AND position IS DISTINCT FROM previous")
        ((moved_count,),) = self.env.execute_query(
            SQL("SELECT count(*) FROM %s WHERE %s", GRADED, moved)
        )
        self._insert_movers(bands, moved)
        total = sum(counts.values())
        for position, band in enumerate(bands, start=1):
            line = self.band_ids.filtered(lambda line, band=band: line.band_id == band)
            line.count = counts.get(position, 0)
            line.count_before = former.get(position, 0)
            line.percent = 100 * line.count / total if total else 0
        self.write(
            {
                "tried": True,
                "population": total,
                "ungraded_count": counts.get(0, 0),
                "moved_count": moved_count,
            }
        )

    def _insert_movers(self, bands, moved):
        """Everybody who would move, the farthest first, in one statement."""
        self.env.flush_all()
        movers = self.env["power.grading.try.mover"]
        self.env.cr.execute(SQL("DELETE FROM power_grading_try_mover WHERE try_id = %s", self.id))
        self.env.cr.execute(
            SQL(
                """INSERT INTO power_grading_try_mover (try_id, partner_id, place, from_letter,
                    letter, step, score, create_uid, create_date, write_uid, write_date)
                SELECT %(trial)s, partner_id, row_number() OVER (
                        ORDER BY abs(previous - COALESCE(position, 99)) DESC,
                            score DESC NULLS LAST, partner_id
                    ), (%(names)s::varchar[])[previous], (%(names)s::varchar[])[position],
                    COALESCE(previous - position, 0), COALESCE(score, 0),
                    %(user)s, %(now)s, %(user)s, %(now)s
                FROM %(graded)s WHERE %(moved)s ORDER BY 3""",
                trial=self.id,
                names=bands.mapped("display_name"),
                user=self.env.uid,
                now=fields.Datetime.now(),
                graded=GRADED,
                moved=moved,
            )
        )
        movers.invalidate_model()
        self.invalidate_recordset(["mover_ids"])

    def action_open_movers(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("All movers: %s", self.scheme_id.display_name),
            "res_model": "power.grading.try.mover",
            "view_mode": "list",
            "domain": [("try_id", "=", self.id)],
            "target": "current",
        }
