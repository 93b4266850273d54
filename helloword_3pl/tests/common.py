from datetime import UTC, datetime, timedelta
from decimal import Decimal

from odoo.addons.helloword_returns.tests.common import ReturnsCommon

from ..wms.base import UnitResult, WarehouseEvent

START = datetime(2026, 11, 2, 9, tzinfo=UTC)


class WmsCommon(ReturnsCommon):
    """A warehouse somebody else runs, and what it says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, queue_job__no_delay=True))
        cls.operator = cls.env["res.partner"].create({"name": "Operator"})
        cls.abroad = cls._make_warehouse("Abroad", "ABR", cls.company)
        cls.connection = cls._make_connection("Operator", cls.abroad)
        for product in (cls.product_standard, cls.product_average, cls.product_fifo):
            product.default_code = f"SKU-{product.id}"
        cls.product_serial.default_code = "SKU-SERIAL"
        cls.order = cls._make_order([(cls.product_standard, 40), (cls.product_average, 40)])

    @classmethod
    def _make_warehouse(cls, name, code, company):
        return cls.env["stock.warehouse"].create(
            {"name": name, "code": code, "company_id": company.id}
        )

    @classmethod
    def _make_connection(cls, name, warehouse, **vals):
        return cls.env["helloword.wms.connection"].create(
            {
                "name": name,
                "company_id": warehouse.company_id.id,
                "partner_id": cls.operator.id,
                "site_ids": [(0, 0, {"warehouse_id": warehouse.id})],
                **vals,
            }
        )

    @classmethod
    def _expect(cls, quantities=None, order=None, **plan):
        """An approved return whose goods go to the warehouse abroad.

        :param dict quantities: product → quantity
        """
        plan.setdefault("warehouse_id", cls.abroad)
        return cls._make_return(order or cls.order, quantities or {cls.product_standard: 2}, **plan)

    @classmethod
    def _unit(cls, product, quantity=1, condition="unknown", disposition="", **vals):
        return UnitResult(
            product.default_code,
            Decimal(quantity),
            condition=condition,
            disposition=disposition,
            **vals,
        )

    @classmethod
    def _event(cls, event_id, type_, ret=None, units=(), hours=0, **vals):
        return WarehouseEvent(
            event_id,
            type_,
            START + timedelta(hours=hours),
            number=ret.name if ret else vals.pop("number", ""),
            units=tuple(units),
            **vals,
        )

    @classmethod
    def _inspected(cls, event_id, ret, product, quantity=1, condition="new", hours=0, **vals):
        unit = cls._unit(product, quantity, condition, **vals)
        return cls._event(event_id, "unit.inspected", ret, [unit], hours)

    @classmethod
    def _treated(cls, event_id, ret, product, quantity=1, disposition="restock", hours=1, **vals):
        unit = cls._unit(product, quantity, disposition=disposition, **vals)
        return cls._event(event_id, "disposition.completed", ret, [unit], hours)

    def _take(self, *events, connection=None, source="api"):
        """:return: what the sender is told of each: (result, code)"""
        results = self.env["helloword.wms.event"]._take(
            connection or self.connection, list(events), source
        )
        return [(result["result"], result["code"]) for result in results]

    def _on_hand(self, location, product):
        return sum(
            self.env["stock.quant"]
            .search([("location_id", "child_of", location.id), ("product_id", "=", product.id)])
            .mapped("quantity")
        )
