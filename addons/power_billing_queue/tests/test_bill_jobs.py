import contextlib
from unittest.mock import patch

from odoo.fields import Command
from odoo.sql_db import db_connect
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCase
from odoo.addons.power_billing.models.power_bill_run import LOCK_CLASS
from odoo.addons.power_billing.models.power_bill_run_output import PowerBillRun
from odoo.addons.power_billing.tests.common import PowerBillingCase
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.queue_job.job import Job
from odoo.addons.queue_job.jobrunner.runner import PG_ADVISORY_LOCK_ID

SEND_BATCH = "odoo.addons.power_billing_queue.models.power_send_mixin.SEND_BATCH"


@tagged("post_install", "-at_install")
class TestBillJobs(PowerBillingCase, MailCase):
    """Five points of 1000 kWh each, in batches of two."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.power_bill_batch = 2
        cls.points = cls.env["power.supply.point"]
        for _number in range(5):
            point = cls._create_point()
            cls._read(point, "2026-01-31", 11000)
            cls.points |= point
        cls.bill_run = cls._create_run(supply_point_ids=[Command.set(cls.points.ids)])
        cls.runs = cls.env["power.bill.run"]

    @contextlib.contextmanager
    def _locked_elsewhere(self, function, *key):
        """Another connection that holds an advisory lock."""
        with contextlib.closing(db_connect(self.env.cr.dbname).cursor()) as cr:
            cr.execute(f"SELECT {function}({', '.join(['%s'] * len(key))})", key)
            try:
                yield
            finally:
                cr.execute("SELECT pg_advisory_unlock_all()")

    def _with_runner(self):
        return self._locked_elsewhere("pg_advisory_lock", PG_ADVISORY_LOCK_ID)

    def _jobs(self, task, *states):
        return self.env["queue.job"].search(
            [
                ("identity_key", "=like", f"power.bill.run:{self.bill_run.id}:{task}:%"),
                ("state", "in", states or ("pending",)),
            ],
            order="id",
        )

    def _perform(self, records):
        """Do jobs as the runner has them done: the state of each is known to the others."""
        for record in records:
            job = Job.load(self.env, record.uuid)
            job.set_started()
            job.store()
            job.func(*job.args)
            job.set_done()
            job.store()

    def test_a_run_is_made_of_jobs(self):
        """5 bills in batches of 2: three jobs rate, two post, three print parts of 2."""
        self.bill_run.action_start()
        with self._with_runner():
            self.runs._cron_continue_runs()
            rating = self._jobs("rating")
            self.assertEqual(len(rating), 3)
            self.assertEqual(set(rating.mapped("channel")), {"root.power_billing"})
            self.runs._cron_continue_runs()
            self.assertEqual(self._jobs("rating"), rating, "no job is made twice")
            self._perform(rating[0])
            self.assertEqual((self.bill_run.state, self.bill_run.rated_count), ("rating", 2))
            self._perform(rating[1:])
            self.assertEqual((self.bill_run.state, self.bill_run.rated_count), ("rated", 5))
            self.bill_run.action_approve()
            self.runs._cron_continue_runs()
            posting = self._jobs("posting")
            self.assertEqual(len(posting), 2, "one prepares while the other numbers")
            self._perform(posting[1])
            self._perform(posting[0])
        self.assertEqual((self.bill_run.state, self.bill_run.posted_count), ("done", 5))
        # 1000 × 0.690486 + 1000 × 0.0452 = 690.49 + 45.20
        self.assertAlmostEqual(self.bill_run.amount_total, 5 * 735.69)
        self.assertFalse(self._jobs("posting"))

    def test_a_lost_job_is_made_again_and_a_late_one_does_nothing(self):
        self.bill_run.auto_post = True
        self.bill_run.action_start()
        with self._with_runner():
            self.runs._cron_continue_runs()
            first, second, _third = self._jobs("rating")
            self._perform(first)
            second.unlink()
            self.runs._cron_continue_runs()
            self.assertEqual(self.bill_run.draft_count, 3)
            self.assertEqual(len(self._jobs("rating")), 2)
            self._perform(self._jobs("rating"))
            self.assertEqual(self.bill_run.state, "posting", "who rates the last batch goes on")
            self._perform(self._jobs("posting"))
            self.assertEqual(self.bill_run.state, "done")
            self.assertIn("nothing left", self.bill_run._job_bills("rating"))
        self.assertEqual(len(self.bill_run.bill_ids.move_id), 5)

    def test_posting_goes_on_in_another_job_when_its_time_is_up(self):
        self.bill_run.action_start()
        path = "odoo.addons.power_billing_queue.models.power_bill_run.POST_SECONDS"
        with self._with_runner(), patch(path, -1):
            self.runs._cron_continue_runs()
            self._perform(self._jobs("rating"))
            self.bill_run.action_approve()
            self.runs._cron_continue_runs()
            for posted in (2, 4):
                self._perform(self._jobs("posting")[0])
                self.assertEqual(
                    (self.bill_run.state, self.bill_run.posted_count), ("posting", posted)
                )
            self._perform(self._jobs("posting")[0])
        self.assertEqual((self.bill_run.state, self.bill_run.posted_count), ("done", 5))

    def test_a_taken_journal_is_waited_for(self):
        self.bill_run.action_start()
        journal = (LOCK_CLASS, self.bill_run.journal_id.id)
        with (
            self._locked_elsewhere("pg_advisory_lock", *journal),
            self.assertRaises(RetryableJobError) as caught,
        ):
            self.bill_run._job_bills("rating")
        self.assertTrue(caught.exception.ignore_retry, "waiting is no failure")
        with self._locked_elsewhere("pg_advisory_lock_shared", *journal):
            self.bill_run._job_bills("rating")
        self.assertEqual(self.bill_run.rated_count, 5, "others may rate at the same time")

    def test_what_goes_wrong_is_tried_again(self):
        """After 5, later 30 seconds, as the retry pattern says."""
        self.bill_run.action_start()
        with (
            patch.object(type(self.bill_run), "_process_next", side_effect=ValueError("odd")),
            self.assertRaisesRegex(RetryableJobError, "ValueError: odd") as caught,
        ):
            self.bill_run._job_bills("rating")
        self.assertFalse(caught.exception.ignore_retry)
        function = self.env.ref("power_billing_queue.job_function_bills")
        config = function.job_config(function.name)
        self.assertEqual(config.retry_pattern, {1: 5, 3: 30})

    def test_without_a_runner_the_scheduled_action_does_it(self):
        self.bill_run.auto_post = True
        self.bill_run.action_start()
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=60):
            self.runs._cron_continue_runs()
        self.assertEqual(self.bill_run.state, "done")
        self.assertFalse(self._jobs("rating", "pending", "done"))

    def test_printing_in_parts(self):
        self.bill_run._process_all()
        self.bill_run.action_print_all()
        output = "odoo.addons.power_billing{}.models.power_bill_run{}.PRINT_BATCH"
        with (
            self._with_runner(),
            patch(output.format("", "_output"), 2),
            patch(output.format("_queue", ""), 2),
            patch.object(PowerBillRun, "_print_batch", _mark_printed),
        ):
            self.runs._cron_print_runs()
            jobs = self._jobs("printing")
            self.assertEqual(len(jobs), 3)
            self.assertEqual(set(jobs.mapped("channel")), {"root.power_billing.output"})
            self._perform(jobs[:2])
            self.assertEqual(
                (self.bill_run.print_state, self.bill_run.printed_count), ("printing", 4)
            )
            self._perform(jobs[2])
        self.assertEqual((self.bill_run.print_state, self.bill_run.printed_count), ("done", 5))

    def test_sending_twenty_a_job(self):
        self.bill_run._process_all()
        self.bill_run.action_send()
        with self._with_runner(), patch(SEND_BATCH, 2), self.mock_mail_gateway():
            self.env["power.bill"]._cron_send_bills()
            jobs = self.env["queue.job"].search([("identity_key", "=like", "power.bill:send:%")])
            # others' bills in the database may wait as well
            self.assertGreaterEqual(len(jobs), 3)
            for _job in jobs:
                self.env["power.bill"]._job_send()
        self.assertFalse(self.bill_run.to_send_count)
        self.assertEqual(self.bill_run.sent_count + self.bill_run.unsent_count, 5)


def _mark_printed(run, bills):
    bills.is_printed = True
