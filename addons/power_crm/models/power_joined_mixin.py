from odoo import api, models, tools
from odoo.tools import SQL


class PowerJoinedMixin(models.AbstractModel):
    """Read a record and what it points to in one query, where each query and each step counts."""

    _name = "power.joined.mixin"
    _description = "Read together with what it points to"

    @api.model
    def _search_joined(self, where, names):
        """Return the first record of a condition, as superuser, with what is read of it.

        That is in the cache afterwards, as after ``search_fetch`` and one ``fetch`` for each
        record pointed to.

        :param SQL where: condition on the columns of the model's own table
        :param tuple names: stored fields; ``partner_id.name`` is one of the record that
            ``partner_id``, named before it, points to
        """
        rows = self.env.execute_query(
            SQL("%s WHERE %s LIMIT 1", self._get_joined_sql(names), where)
        )
        found = self.sudo().browse(rows[0][0] if rows else ())
        for path, value in zip(names, rows[0][1:] if rows else (), strict=bool(rows)):
            *way, name = path.split(".")
            owner = found
            for step in way:
                owner = owner[step]
            owner._fields[name]._insert_cache(owner, [value])
        return found

    @api.model
    @tools.ormcache("self._name", "names")
    def _get_joined_sql(self, names):
        """Return the query without its condition; it is the same for each record."""
        query = tools.Query(self.env, self._table)
        terms = [SQL.identifier(self._table, "id")]
        for path in names:
            *way, name = path.split(".")
            owner, alias = self.sudo(), self._table
            for step in way:
                owner = owner.env[owner._fields[step].comodel_name]
                alias = query.left_join(alias, step, owner._table, "id", step)
            terms.append(owner._field_to_sql(alias, name, query))
        return query.select(*terms)
