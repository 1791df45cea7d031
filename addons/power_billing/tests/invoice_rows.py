"""What stands in the tables of an invoice, to compare two ways of making it."""

# What differs between two invoices of one bill: identity, numbers given one after another, time.
MOVE_DIFFERS = {"id", "name", "sequence_number", "create_date", "write_date"}
LINE_DIFFERS = {"id", "move_id", "move_name", "create_date", "write_date"}
MESSAGE_DIFFERS = {"id", "res_id", "date", "message_id", "create_date", "write_date"}


def read_invoice(env, move):
    """Return a move's row, those of its lines with their relations, and its messages."""
    move.env.flush_all()
    relations = _get_relations(env)
    heads = _read(env, "SELECT * FROM account_move WHERE id = %s", move.id)
    lines = _read(env, "SELECT * FROM account_move_line WHERE move_id = %s ORDER BY id", move.id)
    for model, records in (("account.move", heads), ("account.move.line", lines)):
        for record in records:
            for table, own, other in relations[model]:
                env.cr.execute(
                    f'SELECT "{other}" FROM "{table}" WHERE "{own}" = %s ORDER BY 1',
                    [record["id"]],
                )
                record[table] = env.cr.fetchall()
    messages = _read(
        env,
        "SELECT * FROM mail_message WHERE model = 'account.move' AND res_id = %s ORDER BY id",
        move.id,
    )
    return {
        "move": [_strip(row, MOVE_DIFFERS) for row in heads],
        "lines": [_strip(row, LINE_DIFFERS) for row in lines],
        "messages": [_strip(row, MESSAGE_DIFFERS) for row in messages],
    }


def _read(env, statement, *parameters):
    env.cr.execute(statement, parameters)
    return env.cr.dictfetchall()


def _strip(row, names):
    return {key: value for key, value in row.items() if key not in names}


def _get_relations(env):
    return {
        model: sorted(
            {
                (field.relation, field.column1, field.column2)
                for field in env[model]._fields.values()
                if field.type == "many2many" and field.store
            }
        )
        for model in ("account.move", "account.move.line")
    }
