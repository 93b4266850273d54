import { RecordSelector } from "@web/core/record_selectors/record_selector";
import { _t } from "@web/core/l10n/translation";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { DockGoods } from "./dock_goods";
import { DockPhotos } from "./dock_photos";
import { DockStepper, formatQuantity } from "./dock_stepper";
import { Component, useEffect, useRef } from "@odoo/owl";

/** One unit, or several alike: what was found, in which condition, and where it goes. */
export class DockUnit extends Component {
    static template = "helloword_returns.DockUnit";
    static components = { DockGoods, DockPhotos, DockStepper, RecordSelector };
    static props = {
        sheet: Object,
        unit: Object,
        dispositions: Array,
        busy: Boolean,
        onChange: Function,
        onLine: Function,
        onFound: Function,
        onGrade: Function,
        onDiscard: Function,
        onBook: Function,
    };

    setup() {
        this.formatQuantity = formatQuantity;
        this.details = useRef("details");
        useEffect(
            (gradeId) => {
                if (gradeId) {
                    this.details.el?.scrollIntoView({ block: "nearest", behavior: "smooth" });
                }
            },
            () => [this.props.unit.gradeId]
        );
        useHotkey("control+enter", () => this.props.onBook(), { bypassEditableProtection: true });
    }

    get line() {
        return this.props.sheet.lines.find((line) => line.id === this.props.unit.lineId);
    }

    get waiting() {
        return this.props.sheet.lines.filter((line) => line.to_inspect > 0);
    }

    /** What lies on the table: the expected goods, or others that came instead. */
    get goods() {
        return this.props.unit.found || this.line.goods;
    }

    get grade() {
        return this.goods.grades.find((grade) => grade.id === this.props.unit.gradeId);
    }

    get lots() {
        return this.props.unit.found ? [] : this.line.lots.filter((lot) => lot.to_inspect > 0);
    }

    get needsLot() {
        return this.grade?.kind !== "empty" && this.goods.tracking !== "none";
    }

    get disposition() {
        return this.props.unit.disposition || this.grade?.disposition || "";
    }

    get productDomain() {
        return [
            ["type", "=", "consu"],
            ["id", "!=", this.line.goods.product_id],
        ];
    }

    get progress() {
        return _t("%s to grade", formatQuantity(this.line.to_inspect));
    }

    dispositionLabel(row) {
        return row.code === this.grade.disposition ? _t("%s (proposed)", row.label) : row.label;
    }
}
