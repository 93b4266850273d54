const REPORT = "helloword_returns.report_license_plate";
const ACTIONS = {
    pdf: "helloword_returns.action_report_license_plate",
    zpl: "helloword_returns.action_report_license_plate_zpl",
};
const PAGE = "@page { size: 62mm 29mm; margin: 1mm 2mm; } body { margin: 0; }";

/**
 * Print the license plate of a result the way this device is set up.
 *
 * @param {Object} action the action service
 * @param {number} resultId
 * @param {"browser"|"pdf"|"zpl"|"off"} way
 */
export async function printPlate(action, resultId, way) {
    if (way === "browser") {
        await printFrame(`/report/html/${REPORT}/${resultId}`);
    } else if (ACTIONS[way]) {
        await action.doAction(ACTIONS[way], {
            additionalContext: { active_ids: [resultId], active_id: resultId },
        });
    }
}

/** The browser's own printing; a browser in kiosk mode prints without asking. */
function printFrame(url) {
    document.querySelector("iframe.o_dock_print")?.remove();
    const frame = document.createElement("iframe");
    frame.className = "o_dock_print";
    frame.setAttribute("aria-hidden", "true");
    return new Promise((resolve) => {
        frame.addEventListener("load", () => {
            const style = frame.contentDocument.createElement("style");
            style.textContent = PAGE;
            frame.contentDocument.head.append(style);
            frame.contentWindow.print();
            resolve();
        });
        frame.src = url;
        document.body.append(frame);
    });
}
