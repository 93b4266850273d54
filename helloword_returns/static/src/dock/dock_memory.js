import { browser } from "@web/core/browser/browser";
import { user } from "@web/core/user";
import { session } from "@web/session";

/** What this device keeps for one user of one database, until it is booked. */
export class DockMemory {
    constructor() {
        this.prefix = `helloword_dock.${session.db || ""}.${user.userId}`;
    }

    /** @returns {Object} what was kept under this name, an empty object without it */
    read(name) {
        try {
            return JSON.parse(browser.localStorage.getItem(`${this.prefix}.${name}`)) || {};
        } catch {
            return {};
        }
    }

    /** @returns {boolean} whether the device had room for it */
    write(name, value) {
        try {
            browser.localStorage.setItem(`${this.prefix}.${name}`, JSON.stringify(value));
            return true;
        } catch {
            return false;
        }
    }

    forget(name) {
        browser.localStorage.removeItem(`${this.prefix}.${name}`);
    }
}
