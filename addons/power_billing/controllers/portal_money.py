import math

from odoo import http
from odoo.exceptions import ValidationError
from odoo.fields import Command, Domain
from odoo.http import request

from odoo.addons.account_payment.controllers.payment import PaymentPortal
from odoo.addons.account_payment.controllers.portal import PortalAccount
from odoo.addons.payment import utils as payment_utils
from odoo.addons.power_crm.controllers.portal import PowerPortal

_MAX_ITEMS = 100


class PowerMoneyPortal(PortalAccount, PaymentPortal):
    """Balance, paying several bills or a part, top-up and autopay, through Odoo's payment form."""

    def _cast_power_amount(self, text):
        """Return the number typed, or nothing for what is none (NaN and infinity are none)."""
        amount = self._cast_as_float(text)
        return amount if amount is not None and math.isfinite(amount) else None

    # === BALANCE === #

    def _get_power_payer(self):
        """Return the visitor's commercial partner and the company it deals with (sudo)."""
        partner = request.env.user.partner_id.commercial_partner_id.sudo()
        company = request.env.company.sudo()
        return partner.with_company(company), company

    def _prepare_power_balance_values(self):
        partner, company = self._get_power_payer()
        moves = partner._get_power_open_moves(company)
        items = [self._prepare_power_item(move) for move in moves]
        autopay = request.env["power.autopay"].sudo()
        credit = partner._get_power_credits(company).get(partner.id, 0.0)
        amount_open = sum(item["amount"] for item in items)
        return {
            "currency": company.currency_id,
            "items": items,
            "amount_open": amount_open,
            "amount_overdue": sum(item["amount"] for item in items if item["overdue"]),
            "credit": credit,
            "balance": credit - amount_open,
            "payee": company,
            "elsewhere": partner._get_power_open_elsewhere(company),
            "prepaid": self._get_power_prepaid(partner, company),
            "autopay": autopay.search(self._get_power_autopay_domain(partner, company), limit=1),
        }

    def _get_power_prepaid(self, partner, company):
        """Return the visitor's prepaid balances (sudo), none for who pays afterwards."""
        return (
            request.env["power.prepaid.account"]
            .sudo()
            .search([("partner_id", "child_of", partner.ids), ("company_id", "=", company.id)])
        )

    def _prepare_power_item(self, move):
        """Return what the list shows of an open invoice: a bill or a late fee."""
        bill = move.power_bill_id
        due = move.invoice_date_due or move.date
        return {
            "id": move.id,
            "name": bill.name or move.name,
            "url": bill.access_url if bill else move.access_url,
            "kind": "bill" if bill else "late_fee",
            "point": bill.supply_point_id.display_name if bill else "",
            "period": f"{bill.period_from:%Y-%m}" if bill else "",
            "due": due,
            "overdue": due < request.env["power.bill"]._get_portal_today(),
            "amount": move.amount_residual,
            "payable": move._has_to_be_paid(),
        }

    @http.route("/my/power/balance", type="http", auth="user", website=True)
    def portal_my_power_balance(self, tx_id=None, **kw):
        partner, _company = self._get_power_payer()
        transaction = request.env["payment.transaction"].sudo()
        if (tx_id or "").isdecimal():
            transaction = transaction.search(
                Domain("id", "=", int(tx_id)) & Domain("partner_id", "child_of", partner.ids)
            )
        return request.render(
            "power_billing.portal_my_balance",
            {
                **self._prepare_portal_layout_values(),
                **self._prepare_power_balance_values(),
                "page_name": "power_balance",
                "tx": transaction,
                "payments": self._get_power_last_payments(partner),
            },
        )

    def _get_power_last_payments(self, partner):
        """The last money received, whether on the portal, at the counter or through the bank.

        :return: [{"date": date, "name": str, "amount": float in company currency}]
        """
        lines = (
            request.env["account.move.line"]
            .sudo()
            .search(
                Domain("partner_id", "child_of", partner.ids)
                & Domain("company_id", "=", request.env.company.id)
                & Domain("account_id.account_type", "=", "asset_receivable")
                & Domain("parent_state", "=", "posted")
                & Domain("credit", ">", 0)
                & (Domain("payment_id", "!=", False) | Domain("statement_line_id", "!=", False)),
                order="date desc, id desc",
                limit=50,
            )
        )
        return [
            {
                "date": move.date,
                "name": move.origin_payment_id.name or request.env._("Bank transfer"),
                "amount": sum(received.mapped("credit")),
            }
            for move, received in list(lines.grouped("move_id").items())[:12]
        ]

    # === PAYING OPEN ITEMS === #

    @http.route("/my/power/pay", type="http", auth="user", website=True)
    def portal_my_power_pay(self, amount=None, **kw):
        """Choose open items and an amount, then pay: all of them or a part, in due order."""
        values = self._prepare_power_balance_values()
        wanted, key = self._get_power_pay_request(**kw)
        moves = self._get_power_payable_moves(wanted)
        total = sum(moves.mapped("amount_residual"))
        amount = self._cast_power_amount(amount) if amount else total
        error = None
        if wanted:
            error = self._check_power_pay(moves, amount, total)
        chosen = set(moves.ids) or {
            item["id"] for item in values["items"] if item["overdue"] and item["payable"]
        }
        values.update(
            {
                **self._prepare_portal_layout_values(),
                **self._prepare_power_pay_values(**kw),
                "page_name": "power_pay",
                "chosen": chosen,
                "amount_typed": kw.get("amount", "") if not wanted else f"{amount or 0:.2f}",
                "error": error,
                "payable": False,
            }
        )
        if wanted and not error:
            key = key or "-".join(str(move.id) for move in moves)
            values.update(self._prepare_power_payment_values(amount, key, "pay"))
            values["payable"] = True
        return request.render("power_billing.portal_my_pay", values)

    def _get_power_pay_request(self, **kw):
        """Return the ids of the items asked for, and the key that names them all (or nothing)."""
        return request.httprequest.args.getlist("item")[:_MAX_ITEMS], None

    def _prepare_power_pay_values(self, **kw):
        """Hook: what else the page of paying shows."""
        return {"statement": None}

    def _get_power_key_moves(self, key):
        """Return what a key names as long as all of it is open, else nothing."""
        ids = key.split("-")
        moves = self._get_power_payable_moves(ids)
        return moves if len(moves) == len(ids) else moves.browse()

    def _get_power_payable_moves(self, ids):
        """Return the visitor's own payable items among ids from the address, in due order."""
        partner, company = self._get_power_payer()
        known = {int(move_id) for move_id in ids if str(move_id).isdecimal()}
        moves = partner._get_power_open_moves(company)
        return moves.filtered(lambda move: move.id in known and move._has_to_be_paid())

    def _check_power_pay(self, moves, amount, total):
        """Return why this cannot be paid, or nothing."""
        currency = request.env.company.currency_id
        if not moves:
            return request.env._("None of these bills is open any more.")
        if not amount or currency.compare_amounts(amount, 0.0) <= 0:
            return request.env._("Give an amount above zero.")
        if currency.compare_amounts(amount, total) > 0:
            return request.env._(
                "The chosen bills come to %(total)s; to pay more, top up your account.",
                total=f"{total:.2f}",
            )
        return None

    def _prepare_power_payment_values(self, amount, key, kind):
        """Return the values of Odoo's payment form for an amount.

        :param str key: the items to pay, or the word ``topup``
        :param str kind: ``pay`` or ``topup``
        """
        _partner, company = self._get_power_payer()
        payer = request.env.user.partner_id
        amount = company.currency_id.round(amount)
        token = payment_utils.generate_access_token(payer.id, amount, company.currency_id.id, key)
        values = self._get_common_page_view_values(
            invoices_data={
                "partner": payer,
                "company": company,
                "total_amount": amount,
                "currency": company.currency_id,
                "transaction_route": f"/my/power/{kind}/transaction/{key}",
                "landing_route": "/my/power/balance",
            },
            access_token=token,
        )
        return {**values, "amount": amount, "reference_prefix": ""}

    @http.route("/my/power/pay/transaction/<string:key>", type="jsonrpc", auth="user")
    def power_pay_transaction(self, key, amount, access_token, **kwargs):
        """Create the transaction of chosen items; what they are and the amount are signed."""
        moves = self._get_power_key_moves(key)
        total = sum(moves.mapped("amount_residual"))
        if request.env.company.currency_id.compare_amounts(float(amount or 0.0), total) > 0:
            raise ValidationError(
                request.env._("One of these bills is paid by now. Please choose again.")
            )
        return self._create_power_transaction(
            key, amount, access_token, {"invoice_ids": [Command.set(moves.ids)]}, **kwargs
        )

    def _create_power_transaction(self, key, amount, access_token, values, **kwargs):
        self._validate_transaction_kwargs(kwargs)
        payer = request.env.user.partner_id
        currency = request.env.company.currency_id
        amount = float(amount or 0.0)
        if not payment_utils.check_access_token(access_token, payer.id, amount, currency.id, key):
            raise ValidationError(request.env._("The access token is invalid."))
        prefix = None if values.get("invoice_ids") else self._get_power_topup_prefix()
        transaction = self._create_transaction(
            amount=amount,
            currency_id=currency.id,
            partner_id=payer.id,
            reference_prefix=prefix,
            custom_create_values=values,
            **kwargs,
        )
        transaction.landing_route = f"/my/power/balance?tx_id={transaction.id}"
        return transaction._get_processing_values()

    # === TOP-UP === #

    def _get_power_topup_prefix(self):
        partner, _company = self._get_power_payer()
        return f"TOPUP-{partner.power_customer_number or partner.id}"

    @http.route("/my/power/topup", type="http", auth="user", website=True)
    def portal_my_power_topup(self, amount=None, **kw):
        """Pay an amount on account, without a bill."""
        _partner, company = self._get_power_payer()
        typed = amount
        amount = self._cast_power_amount(amount)
        error = self._check_power_topup(amount, company) if typed else None
        values = {
            **self._prepare_portal_layout_values(),
            **self._prepare_power_balance_values(),
            "page_name": "power_topup",
            "amount_typed": typed or "",
            "error": error,
            "payable": False,
            "suggestions": (50, 100, 200, 500),
            "topup_min": company.power_topup_min,
            "topup_max": company.power_topup_max,
        }
        if typed and not error:
            values.update(self._prepare_power_payment_values(amount, "account", "topup"))
            values["payable"] = True
        return request.render("power_billing.portal_my_topup", values)

    def _check_power_topup(self, amount, company):
        """Return why this amount cannot be topped up, or nothing."""
        compare = company.currency_id.compare_amounts
        low, high = company.power_topup_min, company.power_topup_max
        if not amount or compare(amount, low) < 0:
            return request.env._("Give an amount of at least %(low)s.", low=f"{low:.2f}")
        if high and compare(amount, high) > 0:
            return request.env._("At most %(high)s can be paid at once.", high=f"{high:.2f}")
        return None

    @http.route("/my/power/topup/transaction/<string:key>", type="jsonrpc", auth="user")
    def power_topup_transaction(self, key, amount, access_token, **kwargs):
        return self._create_power_transaction(
            key, amount, access_token, {"power_is_topup": True}, **kwargs
        )

    # === AUTOPAY === #

    def _get_power_autopay_domain(self, partner, company):
        return (
            Domain("partner_id", "=", partner.id)
            & Domain("company_id", "=", company.id)
            & Domain("state", "=", "active")
        )

    def _get_power_tokens(self):
        """Return the visitor's saved methods that this company can charge."""
        partner, company = self._get_power_payer()
        return (
            request.env["payment.token"]
            .sudo()
            .search(
                [
                    ("partner_id", "child_of", partner.ids),
                    ("company_id", "=", company.id),
                    ("provider_id.state", "!=", "disabled"),
                ]
            )
        )

    @http.route("/my/power/autopay", type="http", auth="user", website=True, methods=["GET"])
    def portal_my_power_autopay(self, error=None, **kw):
        return request.render(
            "power_billing.portal_my_autopay",
            {
                **self._prepare_portal_layout_values(),
                **self._prepare_power_balance_values(),
                "page_name": "power_autopay",
                "tokens": self._get_power_tokens(),
                "error": bool(error),
            },
        )

    @http.route("/my/power/autopay/start", type="http", auth="user", website=True, methods=["POST"])
    def portal_my_power_autopay_start(self, token_id=None, limit=None, consent=None, **kw):
        partner, company = self._get_power_payer()
        tokens = self._get_power_tokens()
        token = tokens.filtered(lambda token: str(token.id) == token_id)
        amount = self._cast_power_amount(limit) if limit else 0.0
        if not token or not consent or amount is None or amount < 0:
            return request.redirect("/my/power/autopay?error=1")
        autopays = request.env["power.autopay"].sudo()
        former = autopays.search(self._get_power_autopay_domain(partner, company))
        former._stop(request.env._("The customer chose another payment method"))
        autopays.create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "token_id": token.id,
                "limit_amount": amount,
                "consent_user_id": request.env.user.id,
            }
        )
        return request.redirect("/my/power/autopay")

    @http.route("/my/power/autopay/stop", type="http", auth="user", website=True, methods=["POST"])
    def portal_my_power_autopay_stop(self, **kw):
        partner, company = self._get_power_payer()
        autopays = request.env["power.autopay"].sudo()
        autopays.search(self._get_power_autopay_domain(partner, company))._stop(
            request.env._("Stopped by the customer")
        )
        return request.redirect("/my/power/autopay")


class PowerMoneyHome(PowerPortal):
    """What is owed and what is on account, on the page "My electricity"."""

    def _prepare_power_home_values(self, **values):
        values = super()._prepare_power_home_values(**values)
        partner = request.env.user.partner_id.commercial_partner_id.sudo()
        company = request.env.company.sudo()
        moves = partner._get_power_open_moves(company)
        amount_open = sum(moves.mapped("amount_residual"))
        credit = partner._get_power_credits(company).get(partner.id, 0.0)
        accounts = request.env["power.prepaid.account"].sudo()
        return {
            **values,
            "prepaid": accounts.search(
                [("partner_id", "child_of", partner.ids), ("company_id", "=", company.id)]
            ),
            "currency": company.currency_id,
            "amount_open": amount_open,
            "open_count": len(moves),
            "payee": company,
            "elsewhere": partner._get_power_open_elsewhere(company),
            "credit": credit,
            "balance": credit - amount_open,
        }
