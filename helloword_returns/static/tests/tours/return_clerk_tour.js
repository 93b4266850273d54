import { registry } from "@web/core/registry";

/** From a sales order to a posted credit note, the way a clerk does it. */
registry.category("web_tour.tours").add("helloword_return_clerk", {
    steps: () => [
        {
            content: "Enter a return of this order",
            trigger: ".o_statusbar_buttons button:contains('Return')",
            run: "click",
        },
        {
            content: "Why does it come back?",
            trigger: ".modal .o_field_widget[name=reason_id] input",
            run: "edit No longer wanted",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('No longer wanted')",
            run: "click",
        },
        {
            content: "All of it comes back",
            trigger: ".modal button[name=action_return_all]",
            run: "click",
        },
        {
            trigger: ".modal .o_data_cell[name=quantity]:contains('1.00')",
        },
        {
            trigger: ".modal button[name=action_create]",
            run: "click",
        },
        {
            content: "A rule has decided: the goods are awaited",
            trigger: ".o_arrow_button_current:contains('Awaiting goods')",
        },
        {
            trigger: "button[name=action_view_receipts]",
            run: "click",
        },
        {
            content: "The parcel arrives",
            trigger: ".o_statusbar_buttons button[name=button_validate]",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains('Done')",
        },
        {
            trigger: "button[name=action_inspect_customer_return]",
            run: "click",
        },
        {
            trigger: ".o_content button[name=action_open_inspection]",
            run: "click",
        },
        {
            content: "It is as good as new",
            trigger: ".modal .o_field_widget[name=grade_id] .o_selection_badge:contains('A')",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=disposition] .o_selection_badge.active",
        },
        {
            trigger: ".modal button[name=action_validate]",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
        {
            content: "Back to the receipt",
            trigger: ".o_back_button a",
            run: "click",
        },
        {
            trigger: ".o_form_view button[name=action_view_customer_return]",
        },
        {
            content: "Back to the return",
            trigger: ".o_back_button a",
            run: "click",
        },
        {
            trigger: ".o_statusbar_buttons button[name=action_refund]",
            run: "click",
        },
        {
            content: "The credit note is there",
            trigger: "button[name=action_view_credit_notes]",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains('Posted')",
        },
    ],
});
