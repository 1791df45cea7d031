"""Doing something to many records, batch by batch, where one that fails must stop no other."""

import logging

from psycopg2.extensions import TransactionRollbackError

_logger = logging.getLogger(__name__)

# How often a batch is begun anew when others changed what it reads.
ATTEMPTS = 3


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
        _in_new_transactions(batch, do, note)
        left = cron._commit_progress(len(batch), remaining=max(len(records) - start - size, 0))
        if not left:
            return False
    return True


def _in_new_transactions(records, do, note):
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return in_halves(records, do, note)
        except TransactionRollbackError:
            if attempt == ATTEMPTS:
                raise
            records.env.cr.rollback()
            records.env.invalidate_all(flush=False)


def in_halves(records, do, note):
    """Call ``do(records)`` in a savepoint; where it fails, halve until the one is found.

    :param do: what is done to a recordset; all of it is undone where it raises
    :param note: called with each record that fails and its error
    :raises TransactionRollbackError: when others changed the same rows; only a new transaction
        sees what they did
    """
    if not records:
        return
    try:
        with records.env.cr.savepoint():
            do(records)
        return
    except TransactionRollbackError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one stops no other
        records.env.invalidate_all()
        if len(records) == 1:
            note(records, error)
            return
        _logger.info("%s × %s go in halves: %s", len(records), records._name, error)
    middle = len(records) // 2
    in_halves(records[:middle], do, note)
    in_halves(records[middle:], do, note)
