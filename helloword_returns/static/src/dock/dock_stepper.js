import { formatFloat } from "@web/core/utils/numbers";
import { parseFloat } from "@web/views/fields/parsers";
import { Component } from "@odoo/owl";

export function formatQuantity(value) {
    return formatFloat(value || 0, { digits: [16, 3], trailingZeros: false });
}

/** A quantity for thumbs: less, more, or typed. */
export class DockStepper extends Component {
    static template = "helloword_returns.DockStepper";
    static props = {
        name: String,
        value: Number,
        onChange: Function,
        label: String,
        uom: { type: String, optional: true },
        readonly: { type: Boolean, optional: true },
    };

    get text() {
        return formatQuantity(this.props.value);
    }

    step(change) {
        this.props.onChange(Math.max(0, this.props.value + change));
    }

    /** What is no number puts back what was there. */
    type(event) {
        let value = this.props.value;
        try {
            value = Math.max(0, parseFloat(event.target.value));
        } catch {
            event.target.value = this.text;
        }
        this.props.onChange(value);
    }
}
