from odoo import fields, models
from odoo.tools import SQL

# sources that say what a customer was charged
CHARGES = ("charge", "billed_amount", "invoiced")


class PowerPyramidLayer(models.Model):
    """The layers of the leading pyramid with what they bring; one row a company and band."""

    _name = "power.pyramid.layer"
    _description = "Layer of the customer pyramid"
    _auto = False
    _order = "sequence, id"
    _rec_name = "band_id"

    company_id = fields.Many2one("res.company", readonly=True)
    band_id = fields.Many2one("power.grading.band", string="Layer", readonly=True)
    sequence = fields.Integer(readonly=True, aggregator=None)
    legend = fields.Char(related="band_id.legend", string="Treatment")
    customer_count = fields.Integer(string="Customers", readonly=True)
    customer_share = fields.Float(string="Share of customers (%)", readonly=True, digits=(16, 1))
    charge = fields.Float(
        string="Charge of twelve months",
        digits=(16, 2),
        readonly=True,
        help="As it was when the customers were graded, in the company's currency.",
    )
    charge_share = fields.Float(string="Share of the charge (%)", readonly=True, digits=(16, 1))
    capacity_kva = fields.Float(string="Capacity (kVA)", digits=(16, 2), readonly=True)

    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        """The company comes along, for the record rule asks for it: the layers are counted once a
        page, not twice."""
        if field_names is not None:
            field_names = [*field_names, "company_id"]
        return super().search_fetch(domain, field_names, offset=offset, limit=limit, order=order)

    @property
    def _table_query(self):
        return SQL(
            """SELECT %s FROM power_grading_result r %s
            WHERE r.superseded_line_id IS NULL AND r.line_id IN (
                SELECT l.id FROM power_grading_run_line l
                JOIN power_grading_scheme s ON s.id = l.scheme_id
                WHERE l.force_number > 0 AND s.code = (
                    SELECT t.code FROM power_grading_scheme t
                    WHERE t.axis = 'pyramid' AND t."leading" AND t.state = 'active'
                        AND (t.company_id IS NULL OR t.company_id = l.company_id)
                    ORDER BY t.company_id, t.version DESC LIMIT 1
                )
            ) AND r.band_id IS NOT NULL
            GROUP BY r.company_id, r.band_id""",
            SQL(", ").join(self._get_columns()),
            SQL(" ").join(self._get_joins()),
        )

    def _get_columns(self):
        """Hook: columns of a layer, aggregates over results ``r``, bands ``b``, partners ``p``."""
        charge = SQL("COALESCE(sum(%s), 0)", self._get_charge())
        return [
            SQL("min(r.id) AS id"),
            SQL("r.company_id"),
            SQL("r.band_id"),
            SQL("min(b.sequence) AS sequence"),
            SQL("count(*) AS customer_count"),
            SQL("%s AS charge", charge),
            SQL("sum(p.power_capacity_kva) AS capacity_kva"),
            self._get_share(SQL("count(*)"), "customer_share"),
            self._get_share(charge, "charge_share"),
        ]

    def _get_charge(self):
        """The charge of a result: the value of the scheme's first indicator that reads one."""
        schemes = self.env["power.grading.scheme"].sudo().search([("axis", "=", "pyramid")])
        whens = []
        for scheme in schemes:
            sources = scheme.indicator_ids.mapped("source")
            places = [place for place, code in enumerate(sources, start=1) if code in CHARGES]
            if places:
                whens.append(SQL("WHEN %s THEN r.numbers[%s]", scheme.id, places[0]))
        if not whens:
            return SQL("0::numeric")
        return SQL("CASE b.scheme_id %s END", SQL(" ").join(whens))

    def _get_joins(self):
        """Hook: tables joined to the results, at most one row each."""
        return [
            SQL("JOIN power_grading_band b ON b.id = r.band_id"),
            SQL("JOIN res_partner p ON p.id = r.partner_id"),
        ]

    def _get_share(self, figure, name):
        """Column of a layer's percentage of all layers of its company."""
        return SQL(
            "COALESCE(100.0 * %(figure)s"
            " / NULLIF(sum(%(figure)s) OVER (PARTITION BY r.company_id), 0), 0) AS %(name)s",
            figure=figure,
            name=SQL.identifier(name),
        )

    def action_open_customers(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_crm.res_partner_action_customers"
        )
        # a condition, not a list of ids: the lowest layer may hold a million customers
        layer = [
            ["band_id", "=", self.band_id.id],
            ["company_id", "=", self.company_id.id],
            ["current", "=", True],
        ]
        return {
            **action,
            "display_name": self.band_id.display_name,
            "domain": [["power_grading_result_ids", "any", layer]],
        }
