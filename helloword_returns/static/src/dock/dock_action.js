import { browser } from "@web/core/browser/browser";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { onWillStart, useEffect, useExternalListener, useRef } from "@odoo/owl";
import { DockArrival } from "./dock_arrival";
import { DockBase } from "./dock_base";
import { DockChoice } from "./dock_choice";
import {
    countScan,
    exportCounts,
    findGap,
    getOnlyHit,
    newCounts,
    newParcel,
    newUnit,
    toggleLot,
} from "./dock_draft";
import { DockLast } from "./dock_last";
import { stripPhotos } from "./dock_photos";
import { printPlate } from "./dock_print";
import { DockScanner } from "./dock_scanner";
import { formatQuantity } from "./dock_stepper";
import { DockUnit } from "./dock_unit";
import { DockUnknown } from "./dock_unknown";

/** The dock: scan, count, grade, stick the license plate on, scan the next. */
export class DockAction extends DockBase {
    static template = "helloword_returns.DockAction";
    static components = {
        DockArrival,
        DockChoice,
        DockLast,
        DockScanner,
        DockUnit,
        DockUnknown,
        Dropdown,
    };
    static props = { ...standardActionServiceProps };

    setup() {
        super.setup();
        this.env.config.setDisplayName(_t("Dock"));
        const { dock_warehouse_id: chosen } = this.props.action.context || {};
        Object.assign(this.state, {
            screen: "scan",
            warehouses: [],
            warehouseId: chosen || this.state.warehouseId,
            dispositions: [],
            counters: {},
            answer: null,
            sheet: null,
            step: "",
            counts: null,
            unit: null,
            parcel: null,
            last: null,
        });
        const root = useRef("root");
        useEffect(
            () => {
                root.el.scrollTop = 0;
            },
            () => [this.state.screen, this.state.step, this.state.unit?.key]
        );
        useExternalListener(browser, "online", () => this.state.lost && this.retry());
        onWillStart(() => this.start());
    }

    // Start

    async start() {
        const start = await this.orm.call("helloword.dock", "dock_start", [
            this.state.warehouseId || false,
        ]);
        this.state.warehouses = start.warehouses;
        this.state.warehouseId = start.warehouse_id;
        this.state.dispositions = start.dispositions;
        this.state.counters = start.counters;
        await this.restore();
    }

    /** Go on where this device was interrupted. */
    async restore() {
        const kept = this.memory.read("draft");
        if (kept.parcel) {
            this.state.parcel = kept.parcel;
            this.state.screen = "unknown";
            this.tell("info", _t("The parcel you had begun with is still here."));
        } else if (kept.returnId && kept.warehouseId === this.state.warehouseId) {
            const sheet = await this.ask("dock_open", [kept.returnId, kept.warehouseId]);
            const line = sheet?.lines.find((row) => row.id === kept.unit?.lineId);
            if (line?.to_inspect > 0) {
                this.enter(sheet, line.id);
                this.state.unit = kept.unit;
                this.tell("info", _t("The unit you had begun with is still here."));
            } else {
                this.memory.forget("draft");
            }
        }
    }

    // What the page says

    get placeholder() {
        return this.state.screen === "sheet" ? _t("Scan goods or parcel") : _t("Scan a parcel");
    }

    get titleText() {
        const { customer, country, order } = this.state.sheet;
        return [customer, country, order].filter(Boolean).join(" · ");
    }

    get counterText() {
        const { graded, unknown } = this.state.counters;
        const units = formatQuantity(graded);
        return unknown
            ? _t("Today: %(graded)s graded, %(unknown)s unknown", { graded: units, unknown })
            : _t("Today: %s graded", units);
    }

    // Scanning

    scan(code) {
        return this.run(() => this.handleScan(code));
    }

    get isHalfFilled() {
        return Boolean(this.state.screen === "sheet" && this.state.unit?.dirty);
    }

    async handleScan(code) {
        if (this.state.screen === "unknown") {
            return this.scanForParcel(code);
        }
        const { sheet, warehouseId } = this.state;
        const answer = await this.ask("dock_find", [code, warehouseId], {
            return_id: sheet?.id || false,
        });
        if (sheet && answer.line_id) {
            return this.pointTo(answer);
        }
        if (sheet && !answer.hits.length && sheet.step !== "closed") {
            if (answer.product) {
                return this.meetStranger(answer.product.id);
            }
            if (this.takeAsLot(answer.code)) {
                return;
            }
        }
        if (this.isHalfFilled) {
            return this.complain(_t("Finish this unit first, or discard it."));
        }
        const hit = getOnlyHit(answer.hits);
        if (hit) {
            return this.openHit(hit);
        }
        this.leave();
        this.state.answer = answer;
        this.state.screen = "choose";
        this.sound(answer.hits.length ? "good" : "bad");
    }

    scanForParcel(code) {
        if (this.state.parcel.tracking_number) {
            return this.complain(_t("Keep this unknown parcel first, or go back."));
        }
        this.changeParcel({ tracking_number: code });
        this.sound("good");
    }

    choose(hit) {
        return this.run(() => this.openHit(hit));
    }

    async openHit(hit) {
        const sheet = await this.ask("dock_open", [hit.return_id, this.state.warehouseId]);
        this.enter(sheet, hit.line_id, hit.lot_id);
        const result = sheet.results.find((row) => row.id === hit.inspection_id);
        if (result) {
            this.state.last = result;
            this.tell("info", _t("%s was graded before; here is its result.", result.license_plate));
        }
        this.sound(sheet.step === "closed" ? "bad" : "good");
    }

    // The sheet of a return

    enter(sheet, lineId = false, lotId = false) {
        this.state.sheet = sheet;
        this.state.answer = null;
        this.state.step = sheet.step;
        this.state.screen = "sheet";
        this.state.counts = newCounts(sheet);
        this.state.unit = newUnit(sheet, lineId, lotId);
    }

    leave() {
        this.memory.forget("draft");
        Object.assign(this.state, {
            screen: "scan",
            answer: null,
            sheet: null,
            step: "",
            counts: null,
            unit: null,
            parcel: null,
        });
    }

    openReturn() {
        return this.openForm("helloword.return", this.state.sheet.id);
    }

    openParcel(parcel) {
        return this.openForm("helloword.unknown.parcel", parcel.id);
    }

    /** Goods of this return were scanned. */
    pointTo({ line_id: lineId, lot_id: lotId }) {
        const { sheet, unit, counts } = this.state;
        const line = sheet.lines.find((row) => row.id === lineId);
        if (this.state.step !== "grade") {
            countScan(counts, line, lotId);
            this.state.step = this.state.step === "done" ? "arrival" : this.state.step;
            return this.sound("good");
        }
        if (line.to_inspect <= 0) {
            return this.complain(
                _t("All units of “%s” that were taken in are graded. Take in more first.", line.name)
            );
        }
        if (unit.lineId !== lineId) {
            if (unit.dirty) {
                return this.complain(_t("Finish this unit first, or discard it."));
            }
            this.state.unit = newUnit(sheet, lineId, lotId);
        } else if (lotId) {
            const lot = line.lots.find((row) => row.id === lotId);
            this.changeUnit({ lotId, lotName: lot?.name || "" });
        } else if (unit.scans) {
            this.changeUnit({ quantity: Math.min(unit.quantity + 1, line.to_inspect) });
        } else {
            unit.scans = 1;
        }
        this.sound("good");
    }

    /** Goods that this return does not expect were scanned, or looked up. */
    async meetStranger(productId) {
        const { sheet, unit, counts } = this.state;
        const line = sheet.lines.find((row) => row.id === unit?.lineId) || sheet.lines[0];
        const goods = await this.ask("dock_goods", [line.id, productId, this.state.warehouseId]);
        if (this.state.step !== "grade") {
            const stray = counts.strays.find((row) => row.id === productId);
            if (stray) {
                stray.quantity += 1;
            } else {
                counts.strays.push({ ...goods, id: productId, quantity: 1, lotName: "" });
            }
            this.state.step = "arrival";
            this.tell("warning", _t("“%s” was not announced. It is counted as well.", goods.name));
        } else {
            const wrong = goods.grades.find((grade) => grade.kind === "wrong");
            this.changeUnit({ found: goods, gradeId: wrong?.id || false, lotId: false, lotName: "" });
            this.tell("warning", _t("“%s” is not what was expected: a wrong item.", goods.name));
        }
        this.sound("bad");
    }

    /** A number nobody knows belongs to the foreign goods that still lack one. */
    takeAsLot(code) {
        const { unit, counts, step } = this.state;
        const stray = counts.strays.find((row) => row.tracking !== "none" && !row.lotName);
        if (step === "arrival" && stray) {
            stray.lotName = code;
        } else if (step === "grade" && unit.found && unit.found.tracking !== "none") {
            this.changeUnit({ lotName: code });
        } else {
            return false;
        }
        this.sound("good");
        return true;
    }

    // Arrival

    count(line, quantity) {
        this.state.counts.lines[line.id].quantity = quantity;
    }

    countLot(line, lot) {
        toggleLot(this.state.counts, line, lot.id);
    }

    countStray(stray, quantity, lotName) {
        Object.assign(stray, { quantity, lotName });
        if (!quantity) {
            this.state.counts.strays = this.state.counts.strays.filter((row) => row.id !== stray.id);
        }
    }

    countMore() {
        this.state.step = "arrival";
        this.state.counts = newCounts(this.state.sheet);
    }

    receive() {
        return this.run(async () => {
            const { sheet, warehouseId, counts } = this.state;
            const seen = Object.fromEntries(sheet.lines.map((line) => [line.id, line.received]));
            const answer = await this.ask("dock_receive", [
                sheet.id,
                warehouseId,
                exportCounts(counts),
                seen,
            ]);
            this.enter(answer);
            if (answer.changed) {
                this.complain(
                    _t("Goods of this return were taken in meanwhile. Look at the counts again.")
                );
            } else {
                this.sound("good");
            }
        });
    }

    // Grading

    changeUnit(values) {
        Object.assign(this.state.unit, values, { dirty: true });
        this.keep({
            returnId: this.state.sheet.id,
            warehouseId: this.state.warehouseId,
            unit: this.state.unit,
        });
    }

    chooseLine(line) {
        if (this.isHalfFilled && line.id !== this.state.unit.lineId) {
            return this.complain(_t("Finish this unit first, or discard it."));
        }
        this.state.unit = newUnit(this.state.sheet, line.id);
    }

    chooseGrade(grade) {
        const found = grade.kind === "wrong" ? this.state.unit.found : null;
        this.changeUnit({ gradeId: grade.id, disposition: false, found });
    }

    chooseFound(productId) {
        if (!productId) {
            return this.changeUnit({ found: null });
        }
        return this.run(() => this.meetStranger(productId));
    }

    discardUnit() {
        this.memory.forget("draft");
        this.state.unit = newUnit(this.state.sheet, this.state.unit.lineId);
    }

    book() {
        return this.run(async () => {
            const { sheet, unit, warehouseId } = this.state;
            const gap = findGap(
                unit,
                sheet.lines.find((line) => line.id === unit.lineId)
            );
            if (gap) {
                return this.complain(gap);
            }
            const answer = await this.ask("dock_grade", [
                unit.lineId,
                warehouseId,
                {
                    key: unit.key,
                    product_id: unit.found?.product_id || false,
                    grade_id: unit.gradeId,
                    quantity: unit.quantity,
                    lot_id: unit.lotId,
                    lot_name: unit.lotName,
                    disposition: unit.disposition,
                    note: unit.note,
                    photos: stripPhotos(unit.photos),
                },
            ]);
            this.memory.forget("draft");
            this.state.last = answer.result;
            this.state.counters = answer.counters;
            this.goOn(answer.sheet, answer.result);
            if (answer.result.license_plate) {
                await this.print(answer.result);
            }
        });
    }

    /** The next unit, or the next parcel. */
    goOn(sheet, result) {
        if (sheet.step === "grade") {
            this.enter(sheet);
            const target = [result.grade, result.disposition].filter(Boolean).join(" → ");
            this.tell("success", [result.license_plate, target].filter(Boolean).join(": "));
            return this.sound("good");
        }
        this.leave();
        const pending = sheet.lines.reduce((sum, line) => sum + line.pending, 0);
        this.tell(
            "success",
            pending
                ? _t("%(name)s: %(count)s still expected. Scan the next parcel.", {
                      name: sheet.name,
                      count: formatQuantity(pending),
                  })
                : _t("%s is finished. Scan the next parcel.", sheet.name)
        );
        this.sound("done");
    }

    print(result) {
        return printPlate(this.action, result.id, this.state.print);
    }

    reprint(result) {
        const way = this.state.print === "off" ? "browser" : this.state.print;
        return printPlate(this.action, result.id, way);
    }

    undo(result) {
        return this.run(async () => {
            const answer = await this.ask("dock_undo", [result.id, this.state.warehouseId]);
            this.state.counters = answer.counters;
            this.state.last = null;
            this.enter(answer.sheet, result.line_id);
            this.tell("info", _t("Undone. Take the license plate off, and grade the goods again."));
            this.sound("good");
        });
    }

    // Unknown parcels

    beginParcel() {
        const { answer } = this.state;
        this.leave();
        this.state.parcel = newParcel(answer?.code, answer?.order);
        this.state.screen = "unknown";
    }

    changeParcel(values) {
        Object.assign(this.state.parcel, values, { dirty: true });
        this.keep({ parcel: this.state.parcel });
    }

    register() {
        return this.run(async () => {
            const { parcel, warehouseId } = this.state;
            const answer = await this.ask("dock_register_unknown", [
                warehouseId,
                { ...parcel, photos: stripPhotos(parcel.photos) },
            ]);
            this.leave();
            this.state.counters = answer.counters;
            this.tell(
                "success",
                answer.match
                    ? _t("Kept as %(name)s: write that on it. It may belong to %(match)s.", answer)
                    : _t("Kept as %s: write that on it.", answer.name)
            );
            this.sound("done");
        });
    }

}

registry.category("actions").add("helloword_returns.dock", DockAction);
