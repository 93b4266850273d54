import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/**
 * Comfort on the public pages, none of which needs it: mistakes are read out at once, a form is
 * sent once however often its button is pressed, the slip prints at a press.
 */
export class PublicPage extends Interaction {
    static selector = ".o_hw_page";
    dynamicContent = {
        form: { "t-on-submit": this.onSubmit },
        ".o_hw_print": { "t-on-click": () => window.print() },
    };

    setup() {
        this.sent = new WeakSet();
    }

    start() {
        this.el.querySelector("#o_hw_errors")?.focus();
        // Pages the browser keeps for “back” may be sent again.
        this.addListener(window, "pageshow", () => (this.sent = new WeakSet()));
    }

    onSubmit(event) {
        if (this.sent.has(event.target)) {
            event.preventDefault();
        }
        this.sent.add(event.target);
    }
}

registry.category("public.interactions").add("helloword_returns.public_page", PublicPage);
