from odoo import api, models, tools
from odoo.tools import SQL


class IrSequence(models.Model):
    """Numbers in quantity, and never one that somebody has given by hand."""

    _name = "ir.sequence"
    _inherit = ["ir.sequence", "power.cached.mixin"]

    @api.model
    def _draw_unused(self, code, records, field, count):
        """Draw ``count`` numbers of the sequence ``code``, passing over those already in use.

        :param records: empty recordset of the model that is numbered
        :param str field: its field that holds the numbers; archived records count, and those
            that the user may not read
        :return: list of ``count`` different numbers
        :rtype: list[str]
        """
        owners = records.sudo().with_context(active_test=False)
        numbers = []
        while len(numbers) < count:
            drawn = self.sudo()._draw(code, count - len(numbers))
            used = owners.search_fetch([(field, "in", drawn)], [field]).mapped(field)
            numbers += [number for number in drawn if number not in set(used)]
        return numbers

    @api.model
    def _draw(self, code, count):
        """Draw the next ``count`` numbers of the sequence ``code``; one query where that can be."""
        plain = self._get_plain_sequence(code, self.env.company.id)
        if not plain:
            return [self.next_by_code(code) for _number in range(count)]
        sequence_id, padding, texts = plain
        prefix, suffix = self.new(texts)._get_prefix_suffix()
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{sequence_id:03d}",
                count,
            )
        )
        return [f"{prefix}{value:0{padding}d}{suffix}" for (value,) in rows]

    @api.model
    def _get_next_sql(self, code):
        """Return the next number of the sequence ``code`` as an SQL expression, or None where Odoo
        has to count; for a row that is inserted under a new number in one query."""
        plain = self._get_plain_sequence(code, self.env.company.id)
        if not plain:
            return None
        sequence_id, padding, texts = plain
        prefix, suffix = self.new(texts)._get_prefix_suffix()
        return SQL(
            "(SELECT %s || lpad(value, greatest(%s, length(value)), '0') || %s"
            " FROM (SELECT nextval(%s)::text AS value) drawn)",
            prefix,
            padding,
            suffix,
            f"ir_sequence_{sequence_id:03d}",
        )

    @api.model
    @tools.ormcache("code", "company_id")
    def _get_plain_sequence(self, code, company_id):
        """Return the sequence of a company if PostgreSQL counts it without gaps being filled.

        :return: (id, padding, {prefix and suffix}), or None where Odoo has to count
        :rtype: tuple | None
        """
        sequence = self.sudo().search_fetch(
            [("code", "=", code), ("company_id", "in", (company_id, False))],
            ["implementation", "use_date_range", "prefix", "suffix", "padding"],
            order="company_id",
            limit=1,
        )
        if sequence.implementation != "standard" or sequence.use_date_range:
            return None
        texts = {"prefix": sequence.prefix, "suffix": sequence.suffix}
        return sequence.id, sequence.padding, texts
