import { isBarcodeScannerSupported } from "@web/core/barcode/barcode_video_scanner";
import { scanBarcode } from "@web/core/barcode/barcode_dialog";
import { hasTouch } from "@web/core/browser/feature_detection";
import { _t } from "@web/core/l10n/translation";
import { useBus, useService } from "@web/core/utils/hooks";
import { Component, onMounted, onPatched, useRef, useState } from "@odoo/owl";

/** Takes codes from a hand scanner, the camera or the keyboard. */
export class DockScanner extends Component {
    static template = "helloword_returns.DockScanner";
    static props = { onScan: Function, busy: Boolean, placeholder: String };

    setup() {
        this.notification = useService("notification");
        this.hasCamera = isBarcodeScannerSupported();
        this.input = useRef("input");
        this.state = useState({ text: "" });
        useBus(useService("barcode").bus, "barcode_scanned", (event) =>
            this.props.onScan(event.detail.barcode)
        );
        onMounted(() => this.focus());
        onPatched(() => {
            if (document.activeElement === document.body) {
                this.focus();
            }
        });
    }

    /** On a touch screen the keyboard would cover half of it; scanners need no focus there. */
    focus() {
        if (!hasTouch()) {
            this.input.el?.focus();
        }
    }

    submit() {
        const text = this.input.el.value.trim();
        this.state.text = "";
        // A scanner types faster than the screen is drawn.
        this.input.el.value = "";
        if (text) {
            this.props.onScan(text);
        }
    }

    async useCamera() {
        let code;
        try {
            code = await scanBarcode(this.env);
        } catch (error) {
            this.notification.add(error.message || _t("The camera cannot be used."), {
                type: "warning",
            });
        }
        if (code) {
            this.props.onScan(code);
        }
    }
}
