import contextlib
import time

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.power_billing.models.power_bill_run_output import PRINT_BATCH
from odoo.addons.queue_job.exception import RetryableJobError

from .queue_job import tried_again

# A posting job goes on for so long: prototypes of invoices are made once a job.
POST_SECONDS = 30
# One prepares invoices while the other numbers its own.
POST_JOBS = 2
# When to look again whether a journal is free.
LOCKED_SECONDS = 3


class PowerBillRun(models.Model):
    """The scheduled actions hand their work to the queue while a job runner is alive.

    All jobs of a kind are alike: each takes the next batch that no other has. One that is done
    twice, or comes too late, finds nothing to do; one that was killed is missed by nobody.
    """

    _inherit = "power.bill.run"

    # === Bills === #

    def _cron_continue_runs(self):
        if not self.env["queue.job"]._is_runner_alive():
            return super()._cron_continue_runs()
        return self.search([("state", "in", ("rating", "posting"))])._enqueue_bills()

    def _enqueue_bills(self):
        """Make the jobs that are missing: one a batch to rate, two that post batch after batch."""
        for run in self:
            to_do = run.draft_count if run.state == "rating" else run.rated_count
            batches = -(-to_do // run._get_batch_size()) or 1
            if run.state == "posting":
                batches = min(batches, POST_JOBS)
            run._enqueue(run.state, "_job_bills", batches)

    def _enqueue(self, task, method, wanted):
        """Make jobs until there are as many as wanted.

        :param str task: what they do for this run
        :param str method: name of the method, called with the task
        """
        self.ensure_one()
        for key in self.env["queue.job"]._get_spare_keys(self._get_job_name(task), wanted):
            delayed = self.with_delay(identity_key=key, description=self._get_job_title(task))
            getattr(delayed, method)(task)

    def _job_bills(self, state):
        """Rate a batch of bills, or post for half a minute, each batch committed.

        :param str state: of the run for which the job was made; in any other there is nothing to do
        :return: what was done, in words
        """
        self.ensure_one()
        if self.state != state:
            return self.env._("There was nothing left to do.")
        with tried_again(), self._lock_journal():
            done = self._with_shape_memory()._process_for_job(state)
        if self._is_working() and (self.state != state or state == "posting"):
            self._enqueue_bills()
        return self.env._("%s bills", done)

    def _process_for_job(self, state):
        """Do the next batch; go on while nobody else is about to, or for as long as one posts.

        :return: how many bills were done
        """
        end, done = time.monotonic() + POST_SECONDS, 0
        while self.state == state:
            batch = self._process_next()
            self._checkpoint()
            done += batch or 0
            if not self._count_remaining():
                continue  # once more, to end this state
            if batch is None or time.monotonic() > end or self._is_relieved(state):
                break
        return done

    def _is_relieved(self, state):
        """Tell whether another job waits to rate the next batch."""
        return state == "rating" and self.env["queue.job"]._is_waiting(self._get_job_name(state))

    def _get_job_name(self, task):
        return f"{self._name}:{self.id}:{task}"

    def _get_job_title(self, task):
        fields = (self._fields[name] for name in ("state", "print_state"))
        labels = {k: v for field in fields for k, v in field._description_selection(self.env)}
        return f"{self.name} · {labels[task]}"

    @contextlib.contextmanager
    def _lock_journal(self):
        """Share the journal as the scheduled action does; come back later when it is taken."""
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(self._exclusive(shared=True))
            except UserError as error:
                raise RetryableJobError(
                    str(error), seconds=LOCKED_SECONDS, ignore_retry=True
                ) from error
            yield

    # === Prints === #

    def _cron_print_runs(self):
        if not self.env["queue.job"]._is_runner_alive():
            return super()._cron_print_runs()
        for run in self.search([("print_state", "=", "printing")], order="id"):
            parts = -(-run._count_unprinted() // PRINT_BATCH)
            run._enqueue("printing", "_job_print", parts or 1)
        return None

    def _job_print(self, task):
        """Print the next part of a run; who prints the last one says so."""
        self.ensure_one()
        if self.print_state != task:
            return self.env._("There was nothing left to do.")
        with tried_again():
            bills = self._claim_bills_to_print()
            self._print_batch(bills)
            self._checkpoint()
            if self.print_state == task and not self._count_unprinted():
                self._finish_print()
        return self.env._("%s bills", len(bills))
