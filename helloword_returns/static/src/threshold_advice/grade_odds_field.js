import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatFloat } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

/** In which condition goods came back, and what that took from their worth. */
export class GradeOddsField extends Component {
    static template = "helloword_returns.GradeOddsField";
    static props = { ...standardFieldProps };

    get rows() {
        return this.props.record.data[this.props.name] || [];
    }

    format(value, digits) {
        return formatFloat(value, { digits: [16, digits], trailingZeros: false });
    }
}

registry.category("fields").add("grade_odds", {
    component: GradeOddsField,
    displayName: _t("Resale Odds"),
    supportedTypes: ["json"],
});
