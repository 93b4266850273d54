from datetime import timedelta

import numpy as np
from odoo import Command, fields

from .common import ReturnsCommon


class ExperimentCommon(ReturnsCommon):
    """One rule that decides everything, and short ways to experiments and their history."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Rule = cls.env["helloword.return.rule"]
        cls.Experiment = cls.env["helloword.return.experiment"]
        cls.Assignment = cls.env["helloword.return.experiment.assignment"]
        cls.Rule.search([]).active = False
        cls.rule = cls.Rule.create({"name": "Everything", "decision": "return_refund"})

    @classmethod
    def _make_experiment(cls, variants=None, start=True, **vals):
        """An experiment on the rule; B lets customers keep the goods.

        :param variants: values of the variants beside the control
        """
        if variants is None:
            variants = [{"name": "B", "decision": "keep_it", "keep_it_percent": 40.0}]
        experiment = cls.Experiment.create(
            {
                "name": "Keep it",
                "rule_id": cls.rule.id,
                "company_id": cls.company.id,
                "maturation_days": 10,
                "retention_days": 20,
                "variant_ids": [
                    Command.create({"name": "A", "is_control": True}),
                    *map(Command.create, variants),
                ],
                **vals,
            }
        )
        # Draws that are the same at every run.
        experiment.sudo().salt = "drawn for tests"
        if start:
            experiment.action_start()
        return experiment

    @classmethod
    def _make_plain_returns(cls, emails, price=100.0, channel=None, days_ago=0):
        """Undecided returns without an order, one for each address."""
        channel = channel or cls.channel
        prices = [price] * len(emails) if isinstance(price, int | float) else price
        return cls.env["helloword.return"].create(
            [
                {
                    "company_id": channel.company_id.id,
                    "channel_id": channel.id,
                    "currency_id": channel.company_id.currency_id.id,
                    "customer_email": email,
                    "request_date": fields.Datetime.now() - timedelta(days=days_ago),
                    "line_ids": [
                        Command.create(
                            {
                                "product_id": cls.product_average.id,
                                "quantity": 1.0,
                                "price_total": amount,
                            }
                        )
                    ],
                }
                for email, amount in zip(emails, prices, strict=True)
            ]
        )

    @classmethod
    def _make_emails(cls, count, domain="example.com"):
        return [f"buyer{number}@{domain}" for number in range(count)]

    @classmethod
    def _decide_plainly(cls, returns):
        """Match and apply the plans, as a decision does before it carries anything out."""
        returns._apply_matches(returns._match_rules(explain=True))
        return returns

    @classmethod
    def _write_outcomes(cls, experiment, count, effects, seed=1, days_ago=15, deviation=4.0):
        """Customers with one finished return each, whose costs are known.

        :param effects: dict of variant name → what is added to the cost of a return, which is 20
            in the control
        """
        random = np.random.default_rng(seed)
        returns = cls._decide_plainly(
            cls._make_plain_returns(
                cls._make_emails(count, domain=f"s{seed}.example.com"), days_ago=days_ago
            )
        )
        costs = random.gamma((20.0 / deviation) ** 2, deviation**2 / 20.0, count)
        for ret, cost in zip(returns, costs.tolist(), strict=True):
            cls._write_result(ret, -cost - effects.get(ret.experiment_variant_id.name, 0.0))
        return returns

    @classmethod
    def _write_result(cls, returns, result):
        """The result of returns, which otherwise only bills and credit notes make."""
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE helloword_return SET amount_result = %s WHERE id = ANY(%s)",
            [result, returns.ids],
        )
        returns.invalidate_recordset(["amount_result"])
