import { registry } from "@web/core/registry";

/** A customer on a phone: from the order to the return slip, and back out again. */
registry.category("web_tour.tours").add("helloword_return_portal", {
    steps: () => [
        {
            content: "Nothing filled in: mistakes are read out",
            trigger: "main button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "#o_hw_errors:focus a[href='#order']",
        },
        {
            trigger: "#order",
            run: "edit PORTAL-TOUR",
        },
        {
            trigger: "#contact",
            run: "edit 10115",
        },
        {
            trigger: "main button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Details appear with the quantity",
            trigger: ".o_hw_item:not(:has(.o_hw_item_details:visible)) select",
            run: "select 1",
        },
        {
            trigger: ".o_hw_item_details:visible select",
            run: "select too_small",
        },
        {
            trigger: "main button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "#outcome_refund",
            run: "click",
        },
        {
            trigger: "main button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The decision is there at once, and what to do",
            trigger: "h1:contains('Your return is approved')",
        },
        {
            trigger: ".o_hw_codes img",
        },
        {
            trigger: "#withdraw summary",
            run: "click",
        },
        {
            trigger: "#withdraw button",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "h1:contains('This request was withdrawn')",
        },
    ],
});
