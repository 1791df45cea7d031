import hashlib
import hmac
import json
import secrets
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError, ValidationError
from odoo.http import request
from odoo.tools import SQL, email_normalize

from .power_fault import DANGEROUS_SYMPTOMS, SYMPTOMS, SYMPTOMS_BY_WEIGHT

_UNCONFIRMED = ("waiting", "desk")
_CODE_MINUTES = 30
_CODE_TRIES = 5
_MAX = {"contact_name": 100, "phone": 50, "email": 200, "address": 300, "device_label": 100}
_MAX_DESCRIPTION = 4000
_SAME_CALL_FIELDS = (
    "address",
    "company_id",
    "date_reported",
    "phone",
    "state",
    "supply_point_id",
)
# What a report reads of the place, its customer and its device; each has a hundred columns more.
_POINT_FIELDS = (
    "number",
    "name",
    "company_id",
    "area_id",
    "street",
    "street2",
    "city",
    "latitude",
    "longitude",
    "life_support",
    "important_level",
    "partner_id",
    "partner_id.name",
    "partner_id.phone",
    "partner_id.email",
    "partner_id.lang",
    "partner_id.company_id",
    "partner_id.parent_id",
    "partner_id.power_area_id",
    "partner_id.power_service_level_id",
    "partner_id.power_contact_channel",
    "partner_id.power_important_level",
    "partner_id.power_life_support",
    "node_id",
    "node_id.company_id",
    "node_id.parent_id",
    "node_id.parent_path",
)


class PowerFault(models.Model):
    """Taking reports: each is kept, none twice."""

    _inherit = "power.fault"

    channel_id = fields.Many2one(
        "power.fault.channel", string="Sent by", readonly=True, index="btree_not_null", copy=False
    )
    report_key = fields.Char(
        string="Report key",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="What the page or the sending system calls this report; known again when sent twice.",
    )
    report_digest = fields.Char(readonly=True, copy=False, groups="base.group_user")
    call_count = fields.Integer(
        string="Calls", default=1, readonly=True, copy=False, aggregator="sum"
    )
    confirm_state = fields.Selection(
        [
            ("none", "Not needed"),
            ("waiting", "Waiting for the code"),
            ("desk", "Waiting for the desk"),
            ("done", "Confirmed"),
        ],
        string="Report confirmed",
        required=True,
        default="none",
        readonly=True,
        copy=False,
    )
    confirm_hash = fields.Char(copy=False, groups="base.group_system")
    confirm_until = fields.Datetime(copy=False, groups="base.group_system")
    confirm_tries = fields.Integer(copy=False, groups="base.group_system")

    _report_key_uniq = models.UniqueIndex(
        "(report_key, COALESCE(channel_id, 0)) WHERE report_key IS NOT NULL",
        "This report was taken already.",
    )

    def _is_report_sure(self):
        unsure = self.confirm_state == "desk" or self.confirm_state == "waiting" and not self.danger
        return super()._is_report_sure() and not unsure

    def _after_create(self):
        result = super()._after_create()
        self.filtered(lambda fault: fault._is_alarming())._alarm()
        return result

    def _after_move(self, before):
        """What somebody looks after rings no longer."""
        urgent = ["power_faults.mail_activity_type_urgent"]
        self.filtered(lambda fault: fault.state != "reported").activity_feedback(urgent)
        promise = ["power_faults.mail_activity_type_promise"]
        self.filtered(lambda fault: not fault.is_open).activity_feedback(promise)
        return super()._after_move(before)

    def _alarm(self):
        """An urgent fault does not wait until somebody looks at the board."""
        kind = self.env.ref("power_faults.mail_activity_type_urgent")
        ringing = self.filtered(lambda fault: fault.confirm_state != "desk")
        for fault in ringing:
            dispatcher = fault._get_warned_dispatcher()
            if dispatcher and kind not in fault.activity_ids.activity_type_id:
                reader = fault._for_reader(dispatcher.partner_id)
                reader.activity_schedule(
                    "power_faults.mail_activity_type_urgent",
                    user_id=dispatcher.id,
                    summary=reader.env._("Urgent: %(fault)s", fault=fault.display_name),
                )
        ringing._tell_board("urgent")

    # === TAKING === #

    @api.model
    def _take_report(self, vals, key=None, separate=False):
        """Take a report, unless it was taken before.

        :param dict vals: fields of the fault, as plain data from any channel
        :param str key: number the page gave the report, the same when it is sent again
        :param bool separate: a fault of its own even if the same place called before
        :return: the fault, and ``new``, ``repeated`` (the same report sent again) or
            ``same_call`` (the same place called again and was added to the open fault)
        :rtype: tuple
        """
        if key:
            self._lock_report(f"key {vals.get('channel_id') or 0} {key}")
            known = self.sudo().search(
                [("report_key", "=", key), ("channel_id", "=", vals.get("channel_id", False))],
                limit=1,
            )
            if known:
                return known, "repeated"
        place = self._get_place_key(vals)
        if place and not separate:
            self._lock_report(place)
            self.env["power.fault.report"]._settle(place)
            same = self._find_same_call(vals)
            if same:
                same._add_call(vals)
                return same, "same_call"
        return self._create_report({**vals, "report_key": key}), "new"

    def _create_report(self, vals):
        """Create a fault; what another request has taken since this one began is looked up anew."""
        try:
            return self.create(vals)
        except UniqueViolation as error:
            if request and error.diag.constraint_name == "power_fault_report_key_uniq":
                raise ConcurrencyError("The report was taken by another request") from error
            raise

    def _lock_report(self, *texts):
        """Let those who report the same at the same moment be served one after the other.

        :raises ConcurrencyError: who had to wait begins the request anew, for its transaction
            does not see what the other has written meanwhile
        """
        if texts and not self.env.execute_query(SQL("SELECT %s", self._try_lock_sql(texts)))[0][0]:
            self._wait_for_report(texts)

    def _try_lock_sql(self, texts):
        """Return the expression that locks what texts stand for, and says whether it could."""
        keys = [self._get_lock_key(SQL("%s", text)) for text in texts]
        tried = (SQL("pg_try_advisory_xact_lock(%s)", key) for key in keys)
        return SQL("(%s)", SQL(" AND ").join([*tried, SQL("TRUE")]))

    def _wait_for_report(self, texts):
        for text in texts:
            key = self._get_lock_key(SQL("%s", text))
            self.env.execute_query(SQL("SELECT pg_advisory_xact_lock(%s)", key))
        if request:
            raise ConcurrencyError(f"Another request took the report {texts!r}")

    @api.model
    def _get_lock_key(self, text):
        """Return the number under which a text, SQL, is locked by whoever reports it."""
        return SQL("hashtextextended(%s, 19)", text)

    @api.model
    def _get_place_key(self, vals):
        """Return what tells one place from another, or None."""
        phone = self._prepare_phone_vals(vals).get("phone")
        if vals.get("supply_point_id"):
            return f"point {vals['supply_point_id']}"
        if not phone:
            return None
        # One call-back number may stand for many places, and for customers of two companies.
        company_id = vals.get("company_id") or self.env.company.id
        return " ".join(filter(None, ("phone", str(company_id), phone, vals.get("address"))))

    def _find_same_call(self, vals):
        """Return the open fault that a caller calls about again.

        Who names neither a supply point nor a telephone number cannot be told from others.
        """
        rows = self.env.execute_query(self._get_same_call_sql(vals))
        return self.sudo().browse(number for (number,) in rows)

    def _get_same_call_sql(self, vals):
        """Return the query of the open fault of the same place, in words of the database: it is
        asked with each report."""
        if not self._get_place_key(vals):
            return SQL("SELECT NULL::int WHERE FALSE")
        self.flush_model(_SAME_CALL_FIELDS)
        company = self.env["res.company"].browse(vals.get("company_id")) or self.env.company
        if vals.get("supply_point_id"):
            same = SQL("supply_point_id = %s", vals["supply_point_id"])
        else:
            same = SQL(
                "supply_point_id IS NULL AND phone = %s AND company_id = %s AND (%s)",
                self._prepare_phone_vals(vals).get("phone"),
                company.id,
                SQL("address IS NULL OR address IN ('', %s)", vals["address"])
                if vals.get("address")
                else SQL("TRUE"),
            )
        return SQL(
            "SELECT id FROM power_fault WHERE state IN %s AND date_reported >= %s AND %s"
            " ORDER BY id LIMIT 1",
            self._OPEN_STATES,
            self._get_same_call_since(company),
            same,
        )

    @api.model
    def _get_same_call_since(self, company):
        """Return the instant after which a place that calls again means the same fault."""
        minutes = company.sudo().power_fault_duplicate_minutes
        return fields.Datetime.now() - timedelta(minutes=minutes)

    def _add_call(self, vals):
        """Note that the same place called again; what is worse than before is taken over."""
        self.ensure_one()
        urgent, counts = self.priority == "3", self._get_counting()
        self.write(self._prepare_repeat_vals(vals))
        if self._get_counting() > counts:
            self.grouping_pending = True
            self._after_report()
            self._tell_board("confirmed")
        if self.priority == "3" and not urgent:
            self._alarm()
        self._message_log(body=self._for_reader()._describe_repeat(vals))

    def _get_counting(self):
        """Return whether the report counts, and whether it speaks of a failure of the network."""
        self.ensure_one()
        return self._is_report_sure(), bool(self.filtered_domain(self._get_grouping_domain()))

    def _prepare_repeat_vals(self, vals):
        """Hook: what another report of the same fault changes of it.

        The heavier symptom counts, and what was not known is filled in; but how to reach the
        customer is not shown to whoever reported on the website. A report that needs no code
        confirms one that waits for it.
        """
        self.ensure_one()
        changes = {"call_count": self.call_count + 1}
        symptoms = {self.symptom, vals.get("symptom") or self.symptom}
        symptom = max(symptoms, key=SYMPTOMS_BY_WEIGHT.index)
        if symptom != self.symptom:
            changes["symptom"] = symptom
        if (vals.get("danger") or symptom in DANGEROUS_SYMPTOMS) and not self.danger:
            changes["danger"] = True
        if self.confirm_state in _UNCONFIRMED and vals.get("confirm_state") not in _UNCONFIRMED:
            changes["confirm_state"] = "done"
        contact = ("contact_name", "phone", "email") if self.channel != "web" else ()
        for name in ("device_label", *contact):
            if vals.get(name) and not self[name]:
                changes[name] = vals[name]
        if vals.get("latitude") and not (self.latitude or self.longitude):
            changes.update(latitude=vals["latitude"], longitude=vals.get("longitude"))
        return changes

    def _describe_repeat(self, vals):
        """Return all that another report of the same fault says, for its history."""
        symptom = vals.get("symptom")
        place = vals.get("latitude") and f"{vals['latitude']:.6f} / {vals['longitude']:.6f}"
        told = (
            dict(self._fields["symptom"]._description_selection(self.env)).get(symptom),
            vals.get("description"),
            vals.get("contact_name") and vals.get("phone"),
            vals.get("email"),
            vals.get("address"),
            vals.get("device_label"),
            place,
        )
        return self.env._(
            "Reported again by %(caller)s: %(text)s",
            caller=vals.get("contact_name") or vals.get("phone") or self.env._("the customer"),
            text=" · ".join(filter(None, told)) or "-",
        )

    @api.model
    def _find_covering_outage(self, supply_point, node=None):
        """Return the outage that explains a report, as superuser, or none."""
        node = node or supply_point.sudo().node_id
        outages = self.env["power.outage"].sudo()._find_covering(supply_point.sudo(), node.sudo())
        return outages[:1]

    # === CONFIRMING A REPORT FROM THE PUBLIC === #

    def _send_confirm_code(self):
        """Send a code of six digits to the caller; what comes without it waits."""
        self.ensure_one()
        fault = self.sudo()
        code = f"{secrets.randbelow(10**6):06d}"
        fault.write(
            {
                "confirm_state": "waiting",
                "confirm_hash": fault._hash_code(code),
                "confirm_until": fields.Datetime.now() + timedelta(minutes=_CODE_MINUTES),
                "confirm_tries": 0,
            }
        )
        fault.with_context(power_code=code)._tell_customer("code")

    def _hash_code(self, code):
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        return hmac.new(secret.encode(), f"{self.id}|{code}".encode(), "sha256").hexdigest()

    def _confirm_report(self, code):
        """Take the code the caller typed.

        :return: whether it was right; a wrong one may be tried five times
        """
        self.ensure_one()
        fault = self.sudo()
        if fault.confirm_state != "waiting":
            return True
        fault.lock_for_update()
        late = fault.confirm_until and fault.confirm_until < fields.Datetime.now()
        if late or fault.confirm_tries >= _CODE_TRIES:
            return False
        fault.confirm_tries += 1
        if not hmac.compare_digest(fault._hash_code(str(code or "").strip()), fault.confirm_hash):
            return False
        fault._set_confirmed()
        return True

    def _set_confirmed(self):
        waiting = self.filtered(lambda fault: fault.confirm_state in _UNCONFIRMED)
        silent = waiting.filtered(lambda f: f.confirm_state == "desk" and f.priority == "3")
        counted = waiting.filtered(lambda fault: fault._is_report_sure())
        waiting.write({"confirm_state": "done"})
        if waiting - counted:
            (waiting - counted).grouping_pending = True
            (waiting - counted)._after_report()
        silent._alarm()
        waiting._tell_board("confirmed")

    def action_confirm_report(self):
        """The dispatcher has called back: the report is real."""
        self._check_role(("power_crm.group_dispatcher", "power_crm.group_agent"))
        self.check_access("write")
        self.sudo()._set_confirmed()
        return True

    # === CHECKING WHAT COMES FROM OUTSIDE === #

    @api.model
    def _clean_report(self, data):
        """Return the values of a report from plain data, and what is wrong with it.

        :param dict data: ``symptom``, ``danger``, ``description``, ``contact_name``, ``phone``,
            ``email``, ``address``, ``device_label``, ``latitude``, ``longitude``,
            ``minutes_ago``
        :return: values, and {field: message}
        """
        vals, errors = self._clean_texts(data), {}
        vals["description"] = str(data.get("description") or "").strip()[:_MAX_DESCRIPTION]
        vals["symptom"] = str(data.get("symptom") or "")
        if vals["symptom"] not in dict(SYMPTOMS):
            errors["symptom"] = self.env._("Choose what is wrong.")
        vals["danger"] = str(data.get("danger") or "").lower() in ("1", "true", "yes", "on")
        vals["danger"] = vals["danger"] or vals["symptom"] in ("sparks", "fallen_wire")
        self._clean_contact(vals, errors)
        self._clean_position(data, vals, errors)
        self._clean_since(data, vals)
        return vals, errors

    def _clean_texts(self, data):
        texts = {name: str(data.get(name) or "").strip()[:size] for name, size in _MAX.items()}
        return {name: text for name, text in texts.items() if text}

    def _clean_contact(self, vals, errors):
        if vals.get("phone"):
            partners = self.env["res.partner"].sudo()
            formatted = partners._format_power_phone(vals["phone"], self._get_phone_country())
            if not formatted:
                errors["phone"] = self.env._(
                    "“%(phone)s” is not a telephone number. Write a mobile number "
                    "(139 1234 5678) or a number with area code (0510-8270 1234).",
                    phone=vals["phone"],
                )
            vals["phone"] = formatted or vals["phone"]
        if vals.get("email"):
            email = email_normalize(vals["email"])
            if not email:
                errors["email"] = self.env._("“%(email)s” is no address.", email=vals["email"])
            vals["email"] = email or vals["email"]

    def _clean_position(self, data, vals, errors):
        latitude, longitude = data.get("latitude"), data.get("longitude")
        if latitude in (None, "") and longitude in (None, ""):
            return
        try:
            position = float(latitude), float(longitude)
        except (TypeError, ValueError):
            position = (None, None)
        # NaN fails every comparison, and so does what lies outside.
        inside = position[0] is not None and -90 <= position[0] <= 90
        if not (inside and -180 <= position[1] <= 180):
            errors["latitude"] = self.env._(
                "The place is not on the map: latitude lies between -90 and 90, longitude between "
                "-180 and 180."
            )
            return
        vals["latitude"], vals["longitude"] = position

    def _clean_since(self, data, vals):
        try:
            minutes = min(max(int(data.get("minutes_ago") or 0), 0), 30 * 1440)
        except (TypeError, ValueError):
            minutes = 0
        if minutes:
            vals["date_since"] = fields.Datetime.now() - timedelta(minutes=minutes)

    # === OTHER SYSTEMS === #

    @api.model
    def _take_item(self, channel, item, key):
        """Take a report of another system.

        :param channel: the ``power.fault.channel`` it comes from
        :param dict item: the report as plain data
        :param str key: the sender's idempotency key
        :return: (answer as plain data, HTTP status)
        :raises ValidationError: when the report is not complete
        :raises UserError: when the key was used for another report
        """
        digest = hashlib.sha256(json.dumps(item, sort_keys=True, default=str).encode()).hexdigest()
        vals, errors = self._clean_report(item)
        point = self._find_point_of_item(channel, item, vals, errors)
        if not point and not self._tells_place(vals):
            errors["supply_point"] = self.env._(
                "Say where: supply_point, address, device_label, or latitude and longitude."
            )
        if errors:
            raise ValidationError(json.dumps(errors, ensure_ascii=False))
        vals.update(
            {
                "channel": channel.kind,
                "channel_id": channel.id,
                "company_id": channel.company_id.id,
                "supply_point_id": point.id,
                "report_digest": digest,
            }
        )
        known, same = self._look_up_report(vals, key or None)
        if not known:
            return self._take_or_keep(vals, key or None, same)
        if known.report_digest != digest:
            raise UserError(
                self.env._("The idempotency key “%s” was used for another report.", key)
            )
        if known._name != self._name and known.state == "waiting":
            # whose sender heard nothing, perhaps as nobody was there to work it off
            known._wake_later()
        return self._get_known_fault(known)._prepare_answer("repeated"), 200

    @api.model
    def _find_point_of_item(self, channel, item, vals, errors):
        """Return the supply point that another system names, else that of who calls, where no
        other place is told; as superuser, or none."""
        point = self._find_point(item.get("supply_point"))
        if item.get("supply_point") and not point:
            errors["supply_point"] = self.env._("No supply point has this number.")
        elif not point and not self._tells_place(vals):
            point = self._find_point_of_phone(vals.get("phone"), channel.company_id)
        return point

    @api.model
    def _tells_place(self, vals):
        return bool({"address", "device_label", "latitude"} & vals.keys())

    @api.model
    def _take_question(self, channel, item):
        """Tell another system whether an outage explains that a place has no power; nothing is
        kept.

        A telephone number that leads to no supply point is answered as one without an outage:
        nobody learns by trying whose customer it is.

        :param channel: the ``power.fault.channel`` that asks
        :param dict item: the place as plain data, told as in a report
        :return: (answer as plain data, HTTP status)
        :raises ValidationError: when the place is not told
        """
        vals, errors = self._clean_texts(item), {}
        self._clean_contact(vals, errors)
        self._clean_position(item, vals, errors)
        point = self._find_point_of_item(channel, item, vals, errors)
        label, latitude = vals.get("device_label"), vals.get("latitude")
        calls = vals.get("phone") and not self._tells_place(vals)
        if not (errors or point or label or latitude is not None or calls):
            errors["supply_point"] = self.env._(
                "Say where: supply_point, device_label, latitude and longitude, or phone. An "
                "address alone leads to no device."
            )
        if errors:
            raise ValidationError(json.dumps(errors, ensure_ascii=False))
        node = point.node_id or self._find_node(
            channel.company_id, label, latitude, vals.get("longitude")
        )
        outage = self._find_covering_outage(point, node)
        answer = {
            **self._prepare_outage_answer(outage),
            "kind": outage.kind or None,
            "since": self._format_instant(outage.date_start),
        }
        return answer, 200

    def _take_or_keep(self, vals, key, same):
        """Take what is urgent now; keep the rest, to be made faults of together with others.

        :param same: the report kept or the fault that is open of the same place, or none
        :return: (answer as plain data, HTTP status)
        """
        draft = self.new(vals)
        if draft.priority == "3":
            fault, outcome = self._take_report(vals, key=key)
            return fault._prepare_answer(outcome), 201 if outcome == "new" else 200
        place = self._get_place_key(vals)
        reports = self.env["power.fault.report"].sudo()
        if same:
            reports._keep(vals, place, key, "same_call", same.name)
            return self._get_known_fault(same)._prepare_answer("same_call"), 200
        vals["date_reported"] = fields.Datetime.now()
        draft.name = reports._keep(vals, place, key, "new")
        return draft._prepare_answer("new"), 201

    @api.model
    def _look_up_report(self, vals, key):
        """Lock key and place of a report of another system, and find what is known of them.

        :return: what came with the key before, and what the same place reported before; each the
            report as it was kept, a fault, or none
        :rtype: tuple
        """
        place = self._get_place_key(vals)
        locks = list(filter(None, (key and f"key {vals['channel_id']} {key}", place)))
        reports, faults = self.env["power.fault.report"].sudo(), self.sudo()
        for model in (reports, faults):
            model.flush_model(["channel_id", "report_key", "state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT %(locks)s,
                       (SELECT id FROM power_fault_report
                         WHERE report_key = %(key)s AND channel_id = %(channel)s),
                       (SELECT id FROM power_fault
                         WHERE report_key = %(key)s AND channel_id = %(channel)s LIMIT 1),
                       (SELECT id FROM power_fault_report
                         WHERE place_key = %(place)s AND state = 'waiting' ORDER BY id LIMIT 1),
                       (%(same)s)
                """,
                locks=self._try_lock_sql(locks),
                key=key,
                channel=vals["channel_id"],
                place=place,
                same=self._get_same_call_sql(vals),
            )
        )
        ((locked, sent_report, sent_fault, waiting, same),) = rows
        if not locked:
            self._wait_for_report(locks)
        return (
            reports.browse(sent_report) or faults.browse(sent_fault),
            reports.browse(waiting) or faults.browse(same),
        )

    @api.model
    def _get_known_fault(self, known):
        """Return the fault of a report; one that is not made yet as it will be, not stored."""
        if known._name == self._name:
            return known
        return known.fault_id or self.new({**known.vals, "name": known.name})

    @api.model
    def _find_point(self, number):
        points = self.env["power.supply.point"].sudo()
        if not number:
            return points.browse()
        points.flush_model(["active", "company_id", "number"])
        where = SQL(
            "power_supply_point.number = %s AND power_supply_point.company_id = %s"
            " AND power_supply_point.active",
            str(number),
            self.env.company.id,
        )
        return points._search_joined(where, _POINT_FIELDS)

    def _prepare_answer(self, outcome):
        """Return what another system is told about a report."""
        self.ensure_one()
        outage = self.outage_id or self._find_covering_outage(self.supply_point_id, self.node_id)
        return {
            "fault": self.name,
            "outcome": outcome,
            "state": self.state,
            "danger": self.danger,
            "priority": int(self.priority),
            **self._prepare_outage_answer(outage),
        }

    @api.model
    def _prepare_outage_answer(self, outage):
        """Return what another system is told about the outage that explains a report, or none."""
        return {
            "outage": outage.name or None,
            "expected_back": self._format_instant(outage.date_expected),
        }

    @api.model
    def _format_instant(self, moment):
        return f"{moment.isoformat()}Z" if moment else None
