import { formatQuantity } from "./dock_stepper";
import { Component } from "@odoo/owl";

/** The last result of this device: print its license plate again, or take it back. */
export class DockLast extends Component {
    static template = "helloword_returns.DockLast";
    static props = { result: Object, busy: Boolean, onPrint: Function, onUndo: Function };

    setup() {
        this.formatQuantity = formatQuantity;
    }
}
