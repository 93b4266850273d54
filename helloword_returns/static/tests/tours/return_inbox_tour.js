import { registry } from "@web/core/registry";

/** A request nobody could match is put right, reviewed and approved; another one is rejected. */
registry.category("web_tour.tours").add("helloword_return_inbox", {
    steps: () => [
        {
            content: "A request needs attention",
            trigger: ".o_kanban_record:contains('Mystery Buyer')",
            run: "click",
        },
        {
            trigger: ".o_form_view .alert-warning:contains('was not found')",
        },
        {
            content: "A person knows which order it is",
            trigger: ".o_group .o_field_widget[name=sale_order_id] input",
            run: "edit TOUR-ORDER",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('TOUR-ORDER')",
            run: "click",
        },
        {
            trigger: "button[name=action_match]",
            run: "click",
        },
        {
            content: "It is worth so much that a person decides",
            trigger: ".o_arrow_button_current:contains('To review')",
        },
        {
            trigger: ".o_group .o_field_widget[name=decision] input",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains('Return for refund')",
            run: "click",
        },
        {
            trigger: ".o_statusbar_buttons button[name=action_approve]",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains('Awaiting goods')",
        },
        {
            content: "Back to the inbox",
            trigger: ".o_back_button a",
            run: "click",
        },
        {
            trigger: ".o_kanban_record:contains('Late Buyer')",
            run: "click",
        },
        {
            trigger: ".o_statusbar_buttons button:contains('Reject')",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit The return window has ended.",
        },
        {
            trigger: ".modal button[name=action_reject]",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains('Rejected')",
        },
    ],
});
