"""A rule's conditions in the reader's words."""

from odoo import models
from odoo.tools import format_amount, format_date

LONG_LIST = 6


class RuleText:
    """Tells parts of rules and the values returns had.

    :param env: of the reader; labels come in the reader's language
    """

    def __init__(self, env):
        self.env = env
        self._operators = {
            "=": env._("is"),
            "!=": env._("is not"),
            ">": env._("is above"),
            "<": env._("is below"),
            ">=": env._("is at least"),
            "<=": env._("is at most"),
            "in": env._("is one of"),
            "not in": env._("is none of"),
            "like": env._("contains"),
            "ilike": env._("contains"),
            "not like": env._("does not contain"),
            "not ilike": env._("does not contain"),
            "=like": env._("looks like"),
            "=ilike": env._("looks like"),
            "child_of": env._("belongs to"),
            "parent_of": env._("is above"),
            "any": env._("has one where"),
            "not any": env._("has none where"),
        }

    def describe_part(self, part):
        """:param dict part: as stored, see ``RulePart.as_json``
        :return: what the part asks, as one phrase
        """
        code, wanted = part["code"], part["wanted"]
        if code == "company":
            return self.env._("Company is %s", wanted)
        if code == "channels":
            return self.env._("Channel is one of: %s", self.describe_value(wanted))
        if code == "countries":
            return self.env._("Buyer country is in: %s", self.describe_value(wanted))
        if code == "period":
            return self.env._("Requested %s", self._describe_period(wanted))
        if code == "hours":
            return self.env._("Requested within the hours “%s”", wanted)
        if code == "amount":
            return self.env._("Value is %s", self._describe_range(wanted))
        if part["operator"] == "tree":
            return self._describe_tree(wanted)
        return self._describe_condition(part["path"], part["operator"], wanted)

    def describe_value(self, value, path=""):
        """:return: a stored value as people read it"""
        if isinstance(value, list):
            words = [self.describe_value(item, path) for item in value[:LONG_LIST]]
            if len(value) > LONG_LIST:
                words.append(self.env._("%s more", len(value) - LONG_LIST))
            return ", ".join(words) or self.env._("nothing")
        if isinstance(value, bool) or value is None:
            field = self._find_field(path)
            if value is not True and field is not None and field.type != "boolean":
                return self.env._("nothing")
            return self.env._("yes") if value else self.env._("no")
        if isinstance(value, float):
            return f"{value:.6f}".rstrip("0").rstrip(".")
        field = self._find_field(path)
        if field is not None and field.type == "selection":
            return str(dict(field._description_selection(self.env)).get(value, value))
        return str(value)

    def get_label(self, path):
        """:return: the labels along a dotted field name"""
        labels, model = [], self.env["helloword.return"]
        for name in path.split("."):
            field = model._fields.get(name)
            if field is None:
                labels.append(name)
                break
            labels.append(field.get_description(self.env, ["string"])["string"])
            if field.relational:
                model = self.env[field.comodel_name]
        return " / ".join(labels)

    def _describe_condition(self, path, operator, wanted):
        if operator in ("any", "not any") and isinstance(wanted, list):
            told = self._describe_tree(wanted)
        elif operator in ("in", "not in") and isinstance(wanted, list) and len(wanted) == 1:
            operator, told = ("=" if operator == "in" else "!="), self._tell(path, wanted[0])
        else:
            told = self._tell(path, wanted)
        return f"{self.get_label(path)} {self._operators.get(operator, operator)} {told}"

    def _tell(self, path, wanted):
        """Names instead of numbers, where the field points to records."""
        field = self._find_field(path)
        numbers = wanted if isinstance(wanted, list) else [wanted]
        if (
            field is not None
            and field.relational
            and numbers
            and all(isinstance(number, int) and number > 0 for number in numbers)
        ):
            records = self.env[field.comodel_name].browse(numbers).exists()
            return self.describe_value(records.mapped("display_name"))
        return self.describe_value(wanted, path)

    def _describe_tree(self, tree):
        if tree and tree[0] == "!":
            return self.env._("not (%s)", self._describe_tree(tree[1]))
        if tree and tree[0] in ("&", "|"):
            word = self.env._("and") if tree[0] == "&" else self.env._("or")
            return f" {word} ".join(f"({self._describe_tree(branch)})" for branch in tree[1:])
        if len(tree) == 3:
            return self._describe_condition(*tree)
        return self.env._("always") if tree and tree[0] else self.env._("never")

    def _describe_period(self, wanted):
        first, last = wanted
        first, last = (day and format_date(self.env, day) for day in (first, last))
        if first and last:
            return self.env._("between %(first)s and %(last)s", first=first, last=last)
        if first:
            return self.env._("from %s on", first)
        return self.env._("until %s", last)

    def _describe_range(self, wanted):
        lowest, highest, code = wanted
        currency = self.env["res.currency"].with_context(active_test=False)
        currency = currency.search([("name", "=", code)], limit=1)
        amounts = [
            format_amount(self.env, amount, currency) if amount else ""
            for amount in (lowest, highest)
        ]
        if lowest and highest:
            return self.env._(
                "at least %(lowest)s and below %(highest)s", lowest=amounts[0], highest=amounts[1]
            )
        if lowest:
            return self.env._("at least %s", amounts[0])
        return self.env._("below %s", amounts[1])

    def _find_field(self, path):
        model, field = self.env["helloword.return"], None
        for name in path.split(".") if path else ():
            field = model._fields.get(name) if isinstance(model, models.BaseModel) else None
            if field is None:
                return None
            model = self.env[field.comodel_name] if field.relational else None
        return field
