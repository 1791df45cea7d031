from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import GradingCase


@tagged("post_install", "-at_install")
class TestScheme(GradingCase):
    def _assert_refused(self, scheme, words):
        with self.assertRaisesRegex(UserError, words):
            scheme.action_activate()
        self.assertRegex(scheme.fault_note, words)

    def test_sound(self):
        scheme = self._create_scheme()
        self.assertFalse(scheme.fault_note)
        scheme.action_activate()
        self.assertEqual(scheme.state, "active")

    def test_weights_of_zero(self):
        self._assert_refused(
            self._create_scheme(indicators=[self._prepare_indicator(weight=0)]),
            "all weights are zero",
        )

    def test_gap(self):
        self._assert_refused(
            self._create_scheme(bands=(("A", 90, None), ("B", None, 80))),
            "B.*A.*gap from 80 to 90",
        )

    def test_overlap(self):
        self._assert_refused(
            self._create_scheme(bands=(("A", 90, None), ("B", None, 95))), "overlap from 90 to 95"
        )

    def test_missing_source(self):
        scheme = self._create_scheme()
        self.env.cr.execute(
            "UPDATE power_grading_indicator SET source = 'gone' WHERE scheme_id = %s", [scheme.id]
        )
        scheme.invalidate_recordset()
        scheme.indicator_ids.invalidate_recordset()
        self._assert_refused(scheme, "source “gone” is not there")

    def test_nothing(self):
        scheme = self._create_scheme(indicators=[], bands=[])
        self._assert_refused(scheme, "no indicator")

    def test_everything_is_told_at_once(self):
        scheme = self._create_scheme(
            indicators=[self._prepare_indicator(weight=0)], bands=(("A", 90, None), ("B", None, 80))
        )
        self.assertEqual(len(scheme._get_faults()), 2)

    def test_filter_that_cannot_be_read(self):
        with self.assertRaises(ValidationError):
            self._create_scheme(population_domain="[('no_such_field', '=', 1)]")

    def test_one_scheme_an_axis_is_shown(self):
        self._create_scheme("first", leading=True).action_activate()
        with self.assertRaisesRegex(ValidationError, "shown on customers already"):
            self._create_scheme("second", leading=True).action_activate()

    def test_copy_is_complete(self):
        scheme = self._create_scheme()
        scheme.cap_ids = [
            (0, 0, {"name": "c", "band_id": scheme._get_bands()[2].id,
                    "indicator_id": scheme.indicator_ids.id, "operator": ">", "value": 3})
        ]  # fmt: skip
        copied = scheme.copy()
        self.assertNotEqual(copied.code, scheme.code)
        self.assertEqual(copied.cap_ids.band_id, copied._get_bands()[2])
        self.assertEqual(copied.cap_ids.indicator_id, copied.indicator_ids)
        self.assertFalse(copied.fault_note)

    def test_there_and_back(self):
        scheme = self._create_scheme(combination="table")
        scheme.rule_ids = [
            (0, 0, {"band_id": scheme._get_bands()[1].id, "condition_ids": [
                (0, 0, {"indicator_id": scheme.indicator_ids.id, "operator": ">=", "value": 7})
            ]})
        ]  # fmt: skip
        data = scheme._to_json()
        again = self.env["power.grading.scheme"]._from_json(data)
        self.assertEqual((again.code, again.version, again.state), (scheme.code, 2, "draft"))
        self.assertEqual(again._to_json(), data)

    def test_file_of_something_else(self):
        schemes = self.env["power.grading.scheme"]
        for data in ({}, [], {"format": "power-tariff/1"}):
            with self.assertRaisesRegex(UserError, "no file of a grading scheme"):
                schemes._from_json(data)
        with self.assertRaisesRegex(UserError, "nobody knows: colour"):
            schemes._from_json({"format": "power-grading-scheme/1", "colour": 1})
        with self.assertRaisesRegex(UserError, "no complete grading scheme"):
            schemes._from_json({"format": "power-grading-scheme/1", "code": "x"})

    def test_try_keeps_nothing(self):
        self._create_customers(95, 80, 60, 10)
        scheme = self._create_scheme()
        trial = self.env["power.grading.try"].create(
            {"scheme_id": scheme.id, "company_id": self.bureau.id}
        )
        trial.action_try()
        self.assertEqual(trial.band_ids.mapped("count"), [1, 1, 1, 1])
        self.assertFalse(self.env["power.grading.result"].search([("family", "=", scheme.code)]))

    def test_what_if(self):
        partners = self._create_customers(95, 80, 60, 10)
        scheme = self._create_scheme()
        scheme.action_activate()
        self._run(scheme)
        trial = self.env["power.grading.try"].create(
            {"scheme_id": scheme.id, "company_id": self.bureau.id}
        )
        trial.band_ids[0].value_from = trial.band_ids[1].value_to = 75
        trial.action_try()
        self.assertEqual(trial.band_ids.mapped("count"), [2, 0, 1, 1])
        self.assertEqual(trial.band_ids.mapped("count_before"), [1, 1, 1, 1])
        self.assertEqual(trial.moved_count, 1)
        self.assertEqual(trial.mover_ids.partner_id, partners[1])
        self.assertEqual(scheme._get_bands()[0].value_from, 90)
        trial.band_ids[0].value_from = 80
        with self.assertRaisesRegex(UserError, "gap from 75 to 80"):
            trial.action_try()
