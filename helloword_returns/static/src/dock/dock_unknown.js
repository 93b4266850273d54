import { DockPhotos } from "./dock_photos";
import { Component } from "@odoo/owl";

/** A parcel nobody knows: what can be read off it, for whoever finds out whose it is. */
export class DockUnknown extends Component {
    static template = "helloword_returns.DockUnknown";
    static components = { DockPhotos };
    static props = {
        parcel: Object,
        busy: Boolean,
        onChange: Function,
        onRegister: Function,
        onDiscard: Function,
    };

    change(event) {
        this.props.onChange({ [event.target.name]: event.target.value });
    }
}
