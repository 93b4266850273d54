/** What a worker has entered and not booked yet. Plain data, kept on the device. */
import { _t } from "@web/core/l10n/translation";

// Up to this rank a code stands for one parcel; beyond it for an order or for goods.
const PARCEL_RANK = 4;

/** One unit of the first line that waits, or of the line that was scanned. */
export function newUnit(sheet, lineId = false, lotId = false) {
    const waiting = sheet.lines.filter((line) => line.to_inspect > 0);
    const line = waiting.find((row) => row.id === lineId) || waiting[0];
    if (!line) {
        return null;
    }
    const lots = line.lots.filter((lot) => lot.to_inspect > 0);
    const lot = lots.find((row) => row.id === lotId) || (lots.length === 1 && lots[0]);
    return {
        key: `${Date.now().toString(36)}-${crypto.getRandomValues(new Uint32Array(3)).join("-")}`,
        lineId: line.id,
        found: null,
        gradeId: false,
        quantity: Math.min(1, line.to_inspect),
        lotId: lot ? lot.id : false,
        lotName: lot ? lot.name : "",
        disposition: false,
        note: "",
        photos: [],
        scans: lineId ? 1 : 0,
        dirty: false,
    };
}

/** Everything that is announced, until somebody counts. */
export function newCounts(sheet) {
    return {
        scanned: false,
        strays: [],
        lines: Object.fromEntries(
            sheet.lines.map((line) => [
                line.id,
                {
                    quantity: line.pending,
                    lotIds: line.lots.filter((lot) => lot.pending).map((lot) => lot.id),
                },
            ])
        ),
    };
}

/** The first scan begins at zero: from then on only what was scanned is there. */
export function countScan(counts, line, lotId) {
    if (!counts.scanned) {
        for (const count of Object.values(counts.lines)) {
            count.quantity = 0;
            count.lotIds = [];
        }
        counts.scanned = true;
    }
    const count = counts.lines[line.id];
    if (!line.lots.length) {
        count.quantity += 1;
    } else if (lotId && !count.lotIds.includes(lotId)) {
        toggleLot(counts, line, lotId);
    }
}

/** Lots stand for the units they were announced with. */
export function toggleLot(counts, line, lotId) {
    const count = counts.lines[line.id];
    count.lotIds = count.lotIds.includes(lotId)
        ? count.lotIds.filter((id) => id !== lotId)
        : [...count.lotIds, lotId];
    count.quantity = line.lots
        .filter((lot) => count.lotIds.includes(lot.id))
        .reduce((sum, lot) => sum + lot.pending, 0);
}

/** What the server takes of the counts. */
export function exportCounts(counts) {
    const lines = Object.entries(counts.lines).map(([id, count]) => ({
        line_id: Number(id),
        quantity: count.quantity,
        lot_ids: count.lotIds,
    }));
    const strays = counts.strays.map((stray) => ({
        product_id: stray.product_id,
        quantity: stray.quantity,
        lot_name: stray.lotName,
    }));
    return [...lines, ...strays].filter((row) => row.quantity > 0);
}

export function newParcel(code = "", orderRef = "") {
    return {
        ref: `dock-${Date.now().toString(36)}-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`,
        tracking_number: orderRef ? "" : code,
        order_ref: orderRef,
        sender_name: "",
        sender_zip: "",
        sender_city: "",
        note: "",
        photos: [],
        dirty: false,
    };
}

/** Say at once what the server would refuse. */
export function findGap(unit, line) {
    const goods = unit.found || line.goods;
    const grade = goods.grades.find((row) => row.id === unit.gradeId);
    if (!grade) {
        return _t("Choose a grade first.");
    }
    if (grade.kind === "wrong" && !unit.found && !line.is_unexpected) {
        return _t("Scan or look up what came instead.");
    }
    if (grade.kind !== "empty" && goods.tracking !== "none" && !unit.lotId && !unit.lotName) {
        return _t("Scan the serial number or lot of “%s”.", goods.name);
    }
    if (grade.photo_required && !unit.photos.length) {
        return _t("Take a photo first: goods of grade “%s” need one.", grade.name);
    }
    return "";
}

/** The one return a code stands for; open ones go before others. */
export function getOnlyHit(hits) {
    const best = hits.filter((hit) => hit.rank === hits[0].rank);
    const open = best.filter((hit) => hit.state === "open");
    if (best.length === 1 && (hits.length === 1 || best[0].rank <= PARCEL_RANK)) {
        return best[0];
    }
    return open.length === 1 && best[0].rank <= PARCEL_RANK ? open[0] : null;
}
