import { formatQuantity } from "./dock_stepper";
import { Component } from "@odoo/owl";

/** What a code may mean when it means several returns, or none. */
export class DockChoice extends Component {
    static template = "helloword_returns.DockChoice";
    static props = {
        answer: Object,
        onChoose: Function,
        onParcel: Function,
        onUnknown: Function,
    };

    setup() {
        this.formatQuantity = formatQuantity;
    }

    stateClass(hit) {
        return { open: "text-bg-success", done: "text-bg-secondary", closed: "text-bg-warning" }[
            hit.state
        ];
    }
}
