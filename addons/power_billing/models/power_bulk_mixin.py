import json
from collections import defaultdict

from odoo import models
from odoo.tools import SQL

from ..tools.arrays import unnest
from ..tools.foreign_keys import insert_rows
from ..tools.invoice_shape import next_ids

_ARRAYS = {
    "boolean": "boolean[]",
    "char": "text[]",
    "date": "date[]",
    "datetime": "timestamp[]",
    "float": "numeric[]",
    "integer": "int[]",
    "json": "jsonb[]",
    "many2one": "int[]",
    "monetary": "numeric[]",
    "selection": "text[]",
    "text": "text[]",
}


# Escaped characters would be escaped twice more on their way.
_write_json = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, separators=(",", ":")
).encode


class PowerBulkMixin(models.AbstractModel):
    """Many records with values of their own, written in one statement.

    For programs that make their values themselves: no onchange, no tracking. What other fields
    and models compute from the values is recomputed, Python constraints are checked. A field of
    a kind that has no plain column goes through the ORM, with all records.
    """

    _name = "power.bulk.mixin"
    _description = "Bulk Writing"

    def _bulk_write(self, vals_list):
        """Write one dict of values to each record.

        :param list vals_list: as many as there are records
        """
        groups = defaultdict(list)
        for record, vals in zip(self, vals_list, strict=True):
            groups[tuple(vals)].append((record.id, vals))
        for names, rows in groups.items():
            records = self.browse([record_id for record_id, _vals in rows])
            if self._are_columns(names):
                records._bulk_update(names, [vals for _id, vals in rows])
            else:
                for record, (_id, vals) in zip(records, rows, strict=True):
                    record.write(vals)

    def _bulk_create(self, vals_list):
        """Create records from complete values; defaults are added, computed fields computed."""
        if not vals_list:
            return self.browse()
        names = list(dict.fromkeys(name for vals in vals_list for name in vals))
        missing = [
            name
            for name, field in self._fields.items()
            if field.store and field.default and name not in names
        ]
        defaults = self.default_get(missing)
        names += defaults
        if not self._are_columns(names):
            return self.create(vals_list)
        self.env.flush_all()
        log = self._get_bulk_log(("create_uid", "create_date", "write_uid", "write_date"))
        complete = [{**defaults, **vals} for vals in vals_list] if defaults else vals_list
        rows = self.env.execute_query(next_ids(self._table, len(complete)))
        records = self.browse([record_id for (record_id,) in rows])
        columns = {"id": ("int[]", records.ids), **self._get_bulk_columns(names, complete)}
        query = SQL(
            "INSERT INTO %s (%s) SELECT %s FROM %s",
            SQL.identifier(self._table),
            SQL(", ").join(SQL.identifier(name) for name in [*columns, *log]),
            SQL(", ").join([*(SQL.identifier("d", name) for name in columns), *log.values()]),
            unnest(columns),
        )
        insert_rows(self.env, query, self._table, "id", records.ids)
        for name, field in self._fields.items():
            if field.store and field.compute and name not in names:
                self.env.add_to_compute(field, records)
        records.modified(names, create=False)
        records._keep_given(names)
        self._invalidate_inverses(names, vals_list)
        records._validate_fields(names)
        return records

    def _bulk_update(self, names, vals_list):
        self.env.flush_all()
        log = self._get_bulk_log(("write_uid", "write_date"))
        columns = {"id": ("int[]", self.ids), **self._get_bulk_columns(names, vals_list)}
        assignments = [
            SQL("%s = %s", SQL.identifier(name), SQL.identifier("d", name)) for name in names
        ]
        assignments += [SQL("%s = %s", SQL.identifier(name), value) for name, value in log.items()]
        # What it reads to find dependents is read before the update, and forgotten after it.
        self.modified(names)
        self.env.cr.execute(
            SQL(
                "UPDATE %s t SET %s FROM %s WHERE t.id = d.id",
                SQL.identifier(self._table),
                SQL(", ").join(assignments),
                unnest(columns),
            )
        )
        self.invalidate_recordset([*names, *log])
        self._validate_fields(names)

    def _keep_given(self, names):
        """What was given is not computed again from what was given with it."""
        for name in names:
            field = self._fields[name]
            if field.compute and field.store:
                self.env.remove_to_compute(field, self)

    def _are_columns(self, names):
        fields = [self._fields[name] for name in names]
        return all(
            field.store
            and field.type in _ARRAYS
            and not field.inverse
            and not field.company_dependent
            and not field.translate
            for field in fields
        )

    def _get_bulk_columns(self, names, vals_list):
        """Return array type and values of each column."""
        return {
            name: (
                _ARRAYS[self._fields[name].type],
                self._convert_for_column(
                    self._fields[name], [vals.get(name) for vals in vals_list]
                ),
            )
            for name in names
        }

    def _convert_for_column(self, field, values):
        """Return what stands in a field's column for its values."""
        digits = field.type == "float" and field.get_digits(self.env)
        if digits:
            return [f"{value or 0:.{digits[1]}f}" for value in values]
        if field.type in ("float", "monetary", "integer"):
            return [value or 0 for value in values]
        if field.type == "boolean":
            return [bool(value) for value in values]
        if field.type == "json":
            return [_write_json(value) if value or value == "" else None for value in values]
        return [value if value or value == "" else None for value in values]

    def _get_bulk_log(self, names):
        now = SQL("now() AT TIME ZONE 'UTC'")
        return {
            name: now if name.endswith("date") else SQL("%s", self.env.uid)
            for name in names
            if self._log_access
        }

    def _invalidate_inverses(self, names, vals_list):
        """Forget the lists of parents in which the new records are."""
        for name in names:
            field = self._fields[name]
            if field.type != "many2one":
                continue
            for inverse in self.pool.field_inverses[field]:
                parents = {vals[name] for vals in vals_list if vals.get(name)}
                self.env[inverse.model_name].browse(parents).invalidate_recordset([inverse.name])
