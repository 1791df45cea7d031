from odoo import models

from ..tools.exact import exact


class PowerBill(models.Model):
    """How the energy was used: periods, demand, power factor, as far as the bill has them."""

    _inherit = "power.bill"

    def _get_usage_periods(self):
        """Return the energy by time-of-use period, in the order of the bill.

        :return: dicts: label, color, kwh, share (percent), amount; none without periods
        """
        self.ensure_one()
        lines = self.line_ids.filtered(
            lambda line: line.kind == "energy" and line.period and not line.share
        )
        rows = {}
        for line in lines:
            row = rows.setdefault(line.period, {"kwh": 0.0, "amount": 0.0, "counted": {}})
            row["amount"] += line.amount
            # Several components are charged on the same energy: each version's first counts it.
            first = row["counted"].setdefault(line.version_id, line.component_id)
            if line.component_id == first:
                row["kwh"] += line.quantity
        total = sum(row["kwh"] for row in rows.values()) or 1.0
        period = self.env["power.tariff.period"]
        colors = period._get_colors()
        return [
            {
                "label": period._get_label(code),
                "color": colors.get(code),
                "kwh": row["kwh"],
                "share": 100 * row["kwh"] / total,
                "amount": row["amount"],
            }
            for code, row in rows.items()
        ]

    def _get_usage_fact(self):
        """Return the facts in force on the last day of the bill, as plain data."""
        last = self.period_to.isoformat()
        facts = (self.determinants or {}).get("facts") or []
        covering = [f for f in facts if f["date_from"] <= last and (f["date_to"] or last) >= last]
        return (covering or facts or [{}])[-1]

    def _get_usage_power_factor(self):
        """Return the power factor found and what it did.

        :return: dict: found, standard (texts), percent, amount, text (a sentence); None where it
            plays no part
        """
        self.ensure_one()
        found = next((s["pf"] for s in self.steps or [] if s["type"] == "power_factor"), None)
        standard = self._get_usage_fact().get("pf_standard")
        if not found or found == "None" or not standard:
            return None
        lines = self.line_ids.filtered(lambda line: line.kind == "power_factor")
        factor = {
            "found": found,
            "standard": str(exact(float(standard), 2)),
            "percent": 100 * lines[-1:].price,
            "amount": sum(lines.mapped("amount")),
        }
        return {**factor, "text": self._get_power_factor_text(factor)}

    def _get_power_factor_text(self, factor):
        values = {
            "found": factor["found"],
            "standard": factor["standard"],
            "percent": self._format_number(abs(factor["percent"])),
            "amount": self._format_change(factor["amount"]),
        }
        if factor["amount"] > 0:
            text = self.env._(
                "%(found)s, below the standard of %(standard)s: surcharge of %(percent)s%% "
                "(%(amount)s)",
                **values,
            )
        elif factor["amount"] < 0:
            text = self.env._(
                "%(found)s, above the standard of %(standard)s: reward of %(percent)s%% "
                "(%(amount)s)",
                **values,
            )
        else:
            text = self.env._("%(found)s, standard %(standard)s: no adjustment", **values)
        return text

    def _get_usage_demand(self):
        """Return the highest demand measured and what the contract says.

        :return: dict: measured, contract, capacity (numbers or None), over (percent of the
            contract, None without one), text; None for customers without a two-part tariff
        """
        self.ensure_one()
        fact = self._get_usage_fact()
        choice = fact.get("demand_choice")
        highest = self._get_usage_kw()
        # Who pays no basic charge may have a choice all the same: it means nothing.
        if not choice or (highest is None and not self.amount_basic):
            return None
        contract = float(fact.get("contract_demand_kw") or 0) if choice == "contract" else 0
        capacity = float(fact.get("capacity_kva") or 0) if choice == "capacity" else 0
        demand = {
            "measured": highest,
            "contract": contract or None,
            "capacity": capacity or None,
            "over": 100 * highest / contract if highest and contract else None,
        }
        return {**demand, "text": self._get_demand_text(demand)}

    def _get_demand_text(self, demand):
        parts = []
        if demand["measured"] is not None:
            parts.append(self.env._("highest %s kW", self._format_number(demand["measured"], 0)))
        if demand["contract"]:
            parts.append(self.env._("contract %s kW", self._format_number(demand["contract"], 0)))
        if demand["over"]:
            parts.append(self.env._("%s%% of the contract", self._format_number(demand["over"], 0)))
        if demand["capacity"]:
            parts.append(
                self.env._(
                    "charged by the capacity of %s kVA",
                    self._format_number(demand["capacity"], 0),
                )
            )
        return "; ".join(parts)

    def _get_usage_kw(self):
        """Return the highest demand of the whole day, lines summed; None where none was read."""
        lines = {}
        for step in self.steps or []:
            if step["type"] == "demand" and not step.get("period"):
                line = step.get("line")
                lines[line] = max(float(step["kw"]), lines.get(line, 0.0))
        return sum(lines.values()) if lines else None

    def _is_estimated_reading(self, step):
        """Tell whether a register step of the rating ends with an estimate."""
        return any(
            reading["date"] == step["date_to"] and reading["kind"] == "estimated"
            for register in (self.determinants or {}).get("registers", ())
            if register["key"] == step["meter"] and register.get("register") == step.get("register")
            for reading in register["readings"]
        )
