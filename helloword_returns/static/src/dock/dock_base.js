import { ConnectionLostError, RPCError } from "@web/core/network/rpc";
import { Mutex } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { Component, useState } from "@odoo/owl";
import { DockMemory } from "./dock_memory";
import { play } from "./dock_sound";

const MODEL = "helloword.dock";

/** How the dock talks to the server and to the worker, and what it keeps on this device. */
export class DockBase extends Component {
    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.memory = new DockMemory();
        this.mutex = new Mutex();
        const settings = this.memory.read("settings");
        this.state = useState({
            busy: false,
            lost: false,
            message: null,
            warehouseId: settings.warehouseId,
            print: settings.print || "browser",
            sound: settings.sound !== false,
        });
    }

    // Talking to the server and to the worker

    /** One thing at a time, in the order it was scanned or tapped. */
    run(operation) {
        this.operation = operation;
        return this.mutex.exec(async () => {
            this.state.busy = true;
            this.state.message = null;
            try {
                await operation();
                this.state.lost = false;
            } catch (error) {
                this.explain(error);
            } finally {
                this.state.busy = false;
            }
        });
    }

    retry() {
        return this.run(this.operation);
    }

    ask(method, args, kwargs = {}) {
        return this.orm.silent.call(MODEL, method, args, kwargs);
    }

    /** What went wrong, in words; faults of the program go on to where Odoo shows them. */
    explain(error) {
        if (error instanceof ConnectionLostError) {
            this.state.lost = true;
            this.sound("bad");
        } else if (error instanceof RPCError && error.exceptionName?.startsWith("odoo.exceptions.")) {
            this.complain(error.data.message);
        } else {
            throw error;
        }
    }

    tell(kind, text) {
        this.state.message = { kind, text };
    }

    complain(text) {
        this.tell("danger", text);
        this.sound("bad");
    }

    sound(name) {
        if (this.state.sound) {
            play(name);
        }
    }

    // Settings of this device

    setWarehouse(warehouseId) {
        this.state.warehouseId = warehouseId;
        this.saveSettings();
        this.leave();
    }

    setPrint(way) {
        this.state.print = way;
        this.saveSettings();
    }

    toggleSound() {
        this.state.sound = !this.state.sound;
        this.saveSettings();
        this.sound("good");
    }

    saveSettings() {
        const { warehouseId, print, sound } = this.state;
        this.memory.write("settings", { warehouseId, print, sound });
    }

    // Elsewhere in Odoo

    openForm(resModel, resId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: resModel,
            res_id: resId,
            views: [[false, "form"]],
        });
    }

    // Kept on the device

    /** Photos may be more than a browser keeps; everything else always fits. */
    keep(draft) {
        if (this.memory.write("draft", draft)) {
            return;
        }
        const name = draft.unit ? "unit" : "parcel";
        this.memory.write("draft", { ...draft, [name]: { ...draft[name], photos: [] } });
    }
}
