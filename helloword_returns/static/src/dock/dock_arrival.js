import { _t } from "@web/core/l10n/translation";
import { DockGoods } from "./dock_goods";
import { DockStepper, formatQuantity } from "./dock_stepper";
import { Component } from "@odoo/owl";

/** How many units of what are in the parcel. */
export class DockArrival extends Component {
    static template = "helloword_returns.DockArrival";
    static components = { DockGoods, DockStepper };
    static props = {
        sheet: Object,
        counts: Object,
        busy: Boolean,
        onCount: Function,
        onLot: Function,
        onStray: Function,
        onReceive: Function,
    };

    get lines() {
        return this.props.sheet.lines.filter((line) => line.pending > 0 || !line.received);
    }

    get total() {
        const { lines, strays } = this.props.counts;
        return (
            Object.values(lines).reduce((sum, count) => sum + count.quantity, 0) +
            strays.reduce((sum, stray) => sum + stray.quantity, 0)
        );
    }

    get buttonLabel() {
        return _t("Take in: %s", formatQuantity(this.total));
    }

    expectedText(line) {
        return line.received
            ? _t("%(pending)s more expected, %(received)s came before", {
                  pending: formatQuantity(line.pending),
                  received: formatQuantity(line.received),
              })
            : _t("%s expected", formatQuantity(line.pending));
    }

    /** More or fewer than announced is right when it is true; the eye should catch it. */
    countClass(line) {
        const { quantity } = this.props.counts.lines[line.id];
        if (quantity > line.pending) {
            return "o_dock_more";
        }
        return quantity < line.pending ? "o_dock_fewer" : "";
    }

    hasLot(line, lot) {
        return this.props.counts.lines[line.id].lotIds.includes(lot.id);
    }
}
