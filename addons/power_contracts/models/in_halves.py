"""Doing something to many records where one that fails must stop no other."""


def in_halves(records, do, note):
    """Call ``do(records)`` in a savepoint; where it fails, halve until the one is found.

    :param do: what is done to a recordset; all of it is undone where it raises
    :param note: called with the one record that fails and its error
    """
    if not records:
        return
    try:
        with records.env.cr.savepoint():
            do(records)
        return
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one stops no other
        records.env.invalidate_all()
        if len(records) == 1:
            note(records, error)
            return
    middle = len(records) // 2
    in_halves(records[:middle], do, note)
    in_halves(records[middle:], do, note)
