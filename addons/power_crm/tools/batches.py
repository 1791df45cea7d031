"""Doing something to many records, batch by batch, where one that fails must stop no other."""

import logging

_logger = logging.getLogger(__name__)


def in_batches(records, size, do, note):
    """Call ``do(batch)`` for all records, committing after each batch.

    For scheduled jobs, which have to stop in time and go on where they stood.

    :param int size: records in a batch
    :param do: what is done to a recordset; all of it is undone where it raises
    :param note: called with each record that fails and its error
    :return: whether all was done before the time of the job was over
    """
    cron = records.env["ir.cron"]
    for start in range(0, len(records), size):
        batch = records[start : start + size]
        in_halves(batch, do, note)
        left = cron._commit_progress(len(batch), remaining=max(len(records) - start - size, 0))
        if not left:
            return False
    return True


def in_halves(records, do, note):
    """Call ``do(records)`` in a savepoint; where it fails, halve until the one is found.

    :param do: what is done to a recordset; all of it is undone where it raises
    :param note: called with each record that fails and its error
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
        _logger.info("%s × %s go in halves: %s", len(records), records._name, error)
    middle = len(records) // 2
    in_halves(records[:middle], do, note)
    in_halves(records[middle:], do, note)
