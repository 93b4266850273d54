import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getCustomColor, hexToRGBA } from "@web/core/colors/colors";
import { formatCurrency } from "@web/core/currency";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component, onWillStart, useEffect, useRef } from "@odoo/owl";

/**
 * What each threshold would have cost: goods given up below it, ways back paid above it, both
 * together; behind them how many returns there were of which value.
 */
export class ThresholdCurveField extends Component {
    static template = "helloword_returns.ThresholdCurveField";
    static props = { ...standardFieldProps };

    setup() {
        this.canvasRef = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                const chart = this.data && new Chart(this.canvasRef.el, this.getConfig(this.data));
                return () => chart && chart.destroy();
            },
            () => [JSON.stringify(this.data)]
        );
    }

    get data() {
        return this.props.record.data[this.props.name];
    }

    get summary() {
        return _t("Cost of every threshold; the lowest point of the thick line is the best one.");
    }

    getConfig(data) {
        const scheme = cookie.get("color_scheme");
        const grid = getCustomColor(scheme, "#d8dadd", "#3C3E4B");
        const text = getCustomColor(scheme, "#111827", "#E4E4E4");
        const money = (amount) => formatCurrency(amount, data.currency_id);
        const line = (key, label, color, options = {}) => ({
            label,
            data: data.points,
            parsing: { xAxisKey: "threshold", yAxisKey: key },
            borderColor: color,
            backgroundColor: color,
            borderWidth: 2,
            pointRadius: 0,
            yAxisID: "money",
            ...options,
        });
        const bars = getCustomColor(scheme, "#868e96", "#adb5bd");
        return {
            type: "line",
            data: {
                datasets: [
                    line("total", _t("Together"), text, { borderWidth: 4 }),
                    line(
                        "given_up",
                        _t("Goods given up"),
                        getCustomColor(scheme, "#d9480f", "#ff922b")
                    ),
                    line(
                        "returned",
                        _t("Ways back"),
                        getCustomColor(scheme, "#1c7ed6", "#74c0fc")
                    ),
                    line("count", _t("Returns of this value"), hexToRGBA(bars, 0.6), {
                        data: data.histogram,
                        stepped: "before",
                        fill: "origin",
                        backgroundColor: hexToRGBA(bars, 0.25),
                        borderWidth: 1,
                        yAxisID: "count",
                    }),
                ],
            },
            options: {
                maintainAspectRatio: false,
                animation: false,
                interaction: { mode: "nearest", axis: "x", intersect: false },
                plugins: {
                    legend: { position: "bottom", labels: { color: text, usePointStyle: true } },
                    tooltip: {
                        callbacks: {
                            title: (items) => _t("Threshold %s", money(items[0].parsed.x)),
                            label: (item) =>
                                `${item.dataset.label}: ` +
                                (item.dataset.yAxisID === "money"
                                    ? money(item.parsed.y)
                                    : Math.round(item.parsed.y)),
                        },
                    },
                },
                scales: {
                    x: {
                        type: "linear",
                        min: 0,
                        max: data.end,
                        title: { display: true, text: _t("Value of the goods"), color: text },
                        ticks: { color: text, callback: money },
                        grid: { display: false },
                    },
                    money: {
                        position: "left",
                        beginAtZero: true,
                        title: { display: true, text: _t("Cost in the period"), color: text },
                        ticks: { color: text, callback: money },
                        grid: { color: grid },
                    },
                    count: {
                        position: "right",
                        beginAtZero: true,
                        title: { display: true, text: _t("Returns"), color: text },
                        ticks: { color: text, precision: 0 },
                        grid: { display: false },
                    },
                },
            },
            plugins: [this.getMarkers(data, scheme, text)],
        };
    }

    /** The interval of the break-even as a band, the break-even and the threshold as lines. */
    getMarkers(data, scheme, text) {
        const green = getCustomColor(scheme, "#2b8a3e", "#69db7c");
        const band = hexToRGBA(green, 0.12);
        const marks = [
            { value: data.break_even, label: _t("Break-even"), color: text, dash: [6, 4], row: 0 },
            {
                value: data.threshold || null,
                label: _t("Threshold"),
                color: green,
                dash: [],
                row: 1,
            },
        ].filter((mark) => mark.value !== null && mark.value <= data.end);
        return {
            id: "thresholdMarkers",
            beforeDatasetsDraw({ ctx, chartArea, scales }) {
                ctx.save();
                if (data.low !== null) {
                    const left = scales.x.getPixelForValue(Math.min(data.low, data.end));
                    const right = scales.x.getPixelForValue(
                        Math.min(data.high ?? data.end, data.end)
                    );
                    ctx.fillStyle = band;
                    ctx.fillRect(left, chartArea.top, right - left, chartArea.height);
                }
                for (const mark of marks) {
                    const x = scales.x.getPixelForValue(mark.value);
                    ctx.strokeStyle = ctx.fillStyle = mark.color;
                    ctx.lineWidth = 1.5;
                    ctx.setLineDash(mark.dash);
                    ctx.beginPath();
                    ctx.moveTo(x, chartArea.top);
                    ctx.lineTo(x, chartArea.bottom);
                    ctx.stroke();
                    ctx.textAlign = x > chartArea.left + 0.7 * chartArea.width ? "right" : "left";
                    const offset = ctx.textAlign === "left" ? 4 : -4;
                    ctx.fillText(mark.label, x + offset, chartArea.top + 12 + 14 * mark.row);
                }
                ctx.restore();
            },
        };
    }
}

registry.category("fields").add("threshold_curve", {
    component: ThresholdCurveField,
    displayName: _t("Threshold Curve"),
    supportedTypes: ["json"],
});
