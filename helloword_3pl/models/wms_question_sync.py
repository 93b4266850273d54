from datetime import UTC

from odoo import models
from odoo.tools import float_compare

from .wms_notice_send import REQUESTED
from .wms_photo import name_photo

# What our rules say that a warehouse can be told; goods on hold would go on waiting.
BY_RULE = {ours: theirs for ours, theirs in REQUESTED.items() if ours != "hold"}


class HellowordReturn(models.Model):
    """Which units wait for our word, as all events of a return together say."""

    _inherit = "helloword.return"

    def _sync_wms_questions(self, states, connections):
        """Bring questions to what the warehouses say. Batch: queries do not grow with the returns.

        :param dict states: return → :class:`~odoo.addons.helloword_3pl.wms.state.ReturnState`
        :param dict connections: return → ``helloword.wms.connection``
        """
        Question = self.env["helloword.wms.question"].sudo()
        known = {
            (question.return_id, question.key): question
            for question in Question.search([("return_id", "in", [ret.id for ret in states])])
        }
        wanted = self._collect_waiting_units(states, connections)
        if not known and not wanted:
            return
        changed, vals_list = Question, []
        for key, vals in wanted.items():
            question = known.pop(key, None)
            if question is None:
                vals_list.append(vals)
            elif question._take_waiting(vals):
                changed |= question
        settled = Question.concat(*known.values()).filtered("is_waiting")
        settled.is_waiting = False
        fresh = Question.create(vals_list)
        (changed | fresh)._value_choices()
        (changed | fresh)._answer_by_rules()
        (settled | changed).return_id._settle_question_activities()

    def _collect_waiting_units(self, states, connections):
        """:return: dict of (return, key) → values of a question"""
        rows = [
            (ret, connections[ret], unit, part)
            for ret in self
            if ret in states
            for unit in states[ret].units
            for part in unit.waiting
        ]
        products = self.env["helloword.wms.connection"]._find_products(
            (connection, unit.goods.sku) for _ret, connection, unit, _part in rows
        )
        grades = {
            connection: connection._get_grades()
            for connection in {connection for _ret, connection, *_rest in rows}
        }
        wanted = {}
        for ret, connection, unit, part in rows:
            vals = ret._prepare_question_vals(connection, unit, part, products, grades[connection])
            same = wanted.get((ret, vals["key"]))
            if same:
                same["quantity"] += vals["quantity"]
            else:
                wanted[ret, vals["key"]] = vals
        return wanted

    def _prepare_question_vals(self, connection, unit, part, products, grades):
        self.ensure_one()
        goods = unit.goods
        line = self._get_named_line(goods)
        product = products.get((connection, goods.sku)) or line.product_id
        line = line or self.line_ids.filtered(lambda line: line.product_id == product)[:1]
        name = (
            (part.unit_ref, goods.sku)
            if part.unit_ref
            else (
                "",
                goods.sku,
                goods.line_ref,
                goods.external_line_ref,
                goods.lot,
                goods.serial,
                goods.expiry.isoformat() if goods.expiry else "",
                unit.condition,
            )
        )
        return {
            "return_id": self.id,
            "connection_id": connection.id,
            "key": "|".join(name),
            "unit_ref": part.unit_ref or False,
            "return_line_id": line.id,
            "sku": goods.sku or False,
            "product_id": product.id if product else False,
            "lot_name": goods.serial or goods.lot or False,
            "quantity": float(part.quantity),
            "condition": unit.condition,
            "grade_id": grades[unit.condition].id if unit.condition in grades else False,
            "note": "\n".join((*unit.defects, *unit.notes)) or False,
            "photo_refs": [name_photo(photo) for photo in unit.photos] or False,
            "answer_until": part.answer_until
            and part.answer_until.astimezone(UTC).replace(tzinfo=None),
            "is_waiting": True,
        }


class HellowordWmsQuestion(models.Model):
    _inherit = "helloword.wms.question"

    def _take_waiting(self, vals):
        """Units that were known to wait, wait as ``vals`` say. Where there are more than we spoke
        of, or they wait again after they were settled, our word is asked for anew.

        :return: whether what can be done has to be valued again
        """
        self.ensure_one()
        fields_ = self._fields
        vals = {
            name: value
            for name, value in vals.items()
            if name not in ("return_id", "connection_id", "key")
            and fields_[name].convert_to_write(self[name], self) != value
        }
        if not vals:
            return False
        told = self.answer_state == "told"
        quantity = vals.get("quantity", self.quantity)
        if told and float_compare(quantity, self.answered_quantity, precision_digits=6) > 0:
            vals |= {"answer_state": False, "disposition": False, "to_product_id": False}
        self.write(vals)
        return bool({"quantity", "condition", "grade_id", "is_waiting"} & vals.keys())

    def _find_rules(self):
        """The first disposition rule that fits the units of each question; two queries.

        :return: dict of question → rule, only where one says something a warehouse can do
        """
        rules = (
            self.env["helloword.disposition.rule"]
            .sudo()
            .search([("company_id", "in", [False, *self.company_id.ids])])
        )
        found = {}
        for question in self:
            line, product = question.return_line_id, question.product_id
            if not product or not question.grade_id:
                continue
            value = (
                line._get_unit_value(product)
                if line
                else product.with_company(question.company_id).standard_price
            )
            rule = next(
                (
                    rule
                    for rule in rules
                    if rule._fits(
                        question.company_id,
                        question.grade_id,
                        question.return_id.arrival_warehouse_id,
                        product,
                        value,
                    )
                ),
                rules.browse(),
            )
            if rule.disposition in BY_RULE and question.grade_id.kind == "goods":
                found[question] = rule
        return found
