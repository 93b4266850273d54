import { registry } from "@web/core/registry";

/** A person reviews three returns in a row: as suggested, rejected with a reason, taken back. */
registry.category("web_tour.tours").add("helloword_return_review", {
    steps: () => [
        {
            content: "The queue, the most urgent first",
            trigger: ".o_list_view .o_data_row:contains('First Buyer') td[name=customer_name]",
            run: "click",
        },
        {
            content: "Everything is in one view",
            trigger: ".o_helloword_review blockquote:contains('It wobbles')",
        },
        {
            trigger: ".o_review_suggestion:contains('Suggested')",
        },
        {
            content: "The reply stands ready in the buyer's language",
            trigger: ".o_review_decide textarea[name=body]:value('Guten Tag')",
        },
        {
            content: "Another decision",
            trigger: ".o_review_option[data-decision=refund_only]",
            run: "click",
        },
        {
            trigger: ".o_review_decide textarea[name=body]:value('nichts zurückzusenden')",
        },
        {
            trigger: "button[name=review_decide]",
            run: "click",
        },
        {
            content: "The next one comes by itself",
            trigger: ".o_review_request:contains('Second thoughts')",
        },
        {
            trigger: ".o_review_option[data-decision=reject]",
            run: "click",
        },
        {
            trigger: ".o_review_decide textarea[name=reason]",
            run: "edit Das Rückgaberecht ist abgelaufen. && press Tab",
        },
        {
            content: "The reason is in the reply",
            trigger: ".o_review_decide textarea[name=body]:value('abgelaufen')",
        },
        {
            trigger: "button[name=review_decide].btn-danger",
            run: "click",
        },
        {
            content: "A rejection too many is taken back",
            trigger: ".o_notification:contains('Reject') button:contains('Undo')",
            run: "click",
        },
        {
            trigger: ".o_review_request:contains('Second thoughts')",
        },
        {
            trigger: ".o_review_decide button[name=review_decide]",
        },
    ],
});
