import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getCustomColor, hexToRGBA } from "@web/core/colors/colors";
import { formatCurrency } from "@web/core/currency";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component, onWillStart, useEffect, useRef } from "@odoo/owl";

const COLORS = [
    ["#1c7ed6", "#74c0fc"],
    ["#d9480f", "#ff922b"],
    ["#6741d9", "#b197fc"],
    ["#0b7285", "#66d9e8"],
];

/**
 * Each variant's difference to the control as it was read day by day, within the band that holds
 * however often one looks: a variant is settled where its band leaves the zero line.
 */
export class ExperimentCurveField extends Component {
    static template = "helloword_returns.ExperimentCurveField";
    static props = { ...standardFieldProps };

    setup() {
        this.canvasRef = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                const chart =
                    this.hasPoints && new Chart(this.canvasRef.el, this.getConfig(this.data));
                return () => chart && chart.destroy();
            },
            () => [JSON.stringify(this.data)]
        );
    }

    get data() {
        return this.props.record.data[this.props.name] || { variants: [] };
    }

    get hasPoints() {
        return this.data.variants.some((variant) => variant.points.length);
    }

    get summary() {
        return _t("Difference to the control by day; settled where the band leaves zero.");
    }

    getConfig(data) {
        const scheme = cookie.get("color_scheme");
        const grid = getCustomColor(scheme, "#d8dadd", "#3C3E4B");
        const text = getCustomColor(scheme, "#111827", "#E4E4E4");
        const format = (value) =>
            data.is_share
                ? `${(100 * value).toFixed(1)} %`
                : formatCurrency(value, data.currency_id);
        const days = [
            ...new Set(data.variants.flatMap((variant) => variant.points.map((p) => p.date))),
        ].sort();
        return {
            type: "line",
            data: { labels: days, datasets: this.getDatasets(data, scheme) },
            options: {
                maintainAspectRatio: false,
                animation: false,
                interaction: { mode: "index", intersect: false },
                plugins: {
                    legend: {
                        position: "bottom",
                        labels: {
                            color: text,
                            usePointStyle: true,
                            filter: (item, chart) => !chart.datasets[item.datasetIndex].isEdge,
                        },
                    },
                    tooltip: {
                        filter: (item) => !item.dataset.isEdge,
                        callbacks: {
                            label: ({ dataset, raw }) =>
                                _t("%(variant)s: %(value)s (%(low)s to %(high)s)", {
                                    variant: dataset.label,
                                    value: format(raw.difference),
                                    low: format(raw.low),
                                    high: format(raw.high),
                                }),
                        },
                    },
                },
                scales: {
                    x: { ticks: { color: text, maxTicksLimit: 8 }, grid: { display: false } },
                    y: {
                        title: {
                            display: true,
                            text: data.lower_is_better
                                ? _t("Difference to the control (below zero is better)")
                                : _t("Difference to the control (above zero is better)"),
                            color: text,
                        },
                        ticks: { color: text, callback: format },
                        grid: {
                            color: (context) => (context.tick.value === 0 ? text : grid),
                            lineWidth: (context) => (context.tick.value === 0 ? 2 : 1),
                        },
                    },
                },
            },
        };
    }

    /** For each variant the two edges of its band and the line between them. */
    getDatasets(data, scheme) {
        return data.variants.flatMap((variant, index) => {
            const color = getCustomColor(scheme, ...COLORS[index % COLORS.length]);
            const common = { data: variant.points, pointRadius: 0, borderColor: color };
            const edge = (key, options) => ({
                ...common,
                ...options,
                isEdge: true,
                label: `${variant.name} ${key}`,
                parsing: { xAxisKey: "date", yAxisKey: key },
                borderWidth: 1,
                borderDash: [4, 3],
                backgroundColor: hexToRGBA(color, 0.12),
            });
            return [
                edge("low", {}),
                edge("high", { fill: "-1" }),
                {
                    ...common,
                    label: variant.name,
                    parsing: { xAxisKey: "date", yAxisKey: "difference" },
                    borderWidth: 3,
                    backgroundColor: color,
                },
            ];
        });
    }
}

registry.category("fields").add("experiment_curve", {
    component: ExperimentCurveField,
    displayName: _t("Experiment Curve"),
    supportedTypes: ["json"],
});
