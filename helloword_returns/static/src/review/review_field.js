import { FileModel } from "@web/core/file_viewer/file_model";
import { useFileViewer } from "@web/core/file_viewer/file_viewer_hook";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component, markup, onWillUpdateProps, status, useState } from "@odoo/owl";

const MODEL = "helloword.return";
const QUESTIONS = ["ask_photos", "ask_information", "delay"];

/** Everything about one return that a person decides, and the decision with its reply. */
export class ReviewField extends Component {
    static template = "helloword_returns.ReviewField";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.fileViewer = useFileViewer();
        this.state = useState({});
        this.start(this.props);
        onWillUpdateProps((next) => {
            if (next.record.resId !== this.state.resId) {
                this.start(next);
            }
        });
        useHotkey("control+enter", () => this.decide(), { bypassEditableProtection: true });
    }

    /** Begin with the suggestion, nothing edited. */
    start(props) {
        const facts = props.record.data[props.name];
        Object.assign(this.state, {
            resId: props.record.resId,
            decision: facts.suggestion.decision,
            plan: { ...facts.reply.plan },
            reason: "",
            lang: facts.reply.lang,
            subject: "",
            body: "",
            edited: false,
            send: facts.reply.way !== "none",
            busy: false,
        });
        if (facts.open) {
            this.loadReply();
        }
    }

    // Facts

    get facts() {
        return this.props.record.data[this.props.name];
    }

    get questions() {
        return [
            { code: "ask_photos", label: _t("Ask for photos") },
            { code: "ask_information", label: _t("Ask a question") },
            { code: "delay", label: _t("Tell of a delay") },
        ];
    }

    get suggested() {
        const code = this.facts.suggestion.decision;
        return [...this.facts.decisions, ...this.questions].find((row) => row.code === code);
    }

    get chosen() {
        return this.facts.decisions.find((row) => row.code === this.state.decision);
    }

    get isQuestion() {
        return QUESTIONS.includes(this.state.decision);
    }

    get buttonLabel() {
        if (this.isQuestion) {
            return _t("Send and go on");
        }
        if (this.state.decision === "reject") {
            return _t("Reject and go on");
        }
        if (this.state.decision === "keep_it") {
            return _t("Offer and go on");
        }
        return this.state.decision === this.facts.suggestion.decision
            ? _t("Approve as suggested")
            : _t("Approve and go on");
    }

    get wayText() {
        return {
            channel: _t("Sent as a message on %s", this.facts.request.channel),
            mail: _t("Sent by mail to %s", this.facts.reply.address),
            none: _t("The customer cannot be reached: there is no address and no channel message."),
        }[this.facts.reply.way];
    }

    html(text) {
        return markup(text || "");
    }

    remaining(clock) {
        const hours = Math.abs(clock.hours);
        const length = hours < 48 ? _t("%s h", hours) : _t("%s days", Math.floor(hours / 24));
        return clock.hours < 0 ? _t("%s late", length) : _t("%s left", length);
    }

    clockClass(clock) {
        if (clock.hours < 0) {
            return "text-bg-danger";
        }
        return clock.hours < 24 ? "text-bg-warning" : "text-bg-light";
    }

    // What the person does

    showPhoto(index) {
        const files = this.facts.photos.map((photo) =>
            Object.assign(new FileModel(), {
                id: photo.id,
                name: photo.name,
                mimetype: "image/png",
            })
        );
        this.fileViewer.open(files[index], files);
    }

    async choose(code) {
        this.state.decision = code;
        this.state.edited = false;
        await this.loadReply();
    }

    async setPlan(name, value) {
        this.state.plan[name] = value;
        await this.reloadReply();
    }

    async setLanguage(lang) {
        this.state.lang = lang;
        this.state.edited = false;
        await this.loadReply();
    }

    async setReason(reason) {
        this.state.reason = reason;
        await this.reloadReply();
    }

    editReply(name, value) {
        this.state[name] = value;
        this.state.edited = true;
    }

    /** A text somebody has edited stays as it is. */
    async reloadReply() {
        if (!this.state.edited) {
            await this.loadReply();
        }
    }

    async loadReply() {
        const { resId, decision, plan, lang, reason } = this.state;
        const reply = await this.orm.call(MODEL, "review_reply", [[resId], decision], {
            plan: { ...plan },
            lang,
            reason,
        });
        const isCurrent = resId === this.state.resId && decision === this.state.decision;
        if (isCurrent && lang === this.state.lang && !this.state.edited) {
            this.state.subject = reply.subject;
            this.state.body = reply.body;
        }
    }

    async decide() {
        if (this.state.busy || !this.facts.open) {
            return;
        }
        this.state.busy = true;
        const { resId, decision, plan, reason, send, subject, body } = this.state;
        try {
            const result = await this.orm.call(MODEL, "review_decide", [[resId], decision], {
                plan: { ...plan },
                reply: send ? { subject, body } : false,
                reason,
            });
            this.tell(result, resId);
            await this.goTo(result.next_id);
        } finally {
            this.state.busy = false;
        }
    }

    /** One message at a time, so that “Undo” always means the last decision. */
    tell(result, resId) {
        this.closeMessage?.();
        this.closeMessage = this.notification.add(result.message, {
            type: "success",
            title: result.left ? _t("%s left to decide", result.left) : _t("All decided"),
            buttons: result.undo
                ? [
                      {
                          name: _t("Undo"),
                          onClick: async () => {
                              this.closeMessage();
                              await this.undo(resId);
                          },
                      },
                  ]
                : [],
        });
    }

    /** The message outlives this screen: after the last decision the queue is shown. */
    async undo(resId) {
        const { orm, action } = this.env.services;
        await orm.call(MODEL, "review_undo", [[resId]]);
        if (status(this) === "destroyed") {
            await action.doAction(await orm.call(MODEL, "action_review", [[resId]]));
        } else {
            await this.goTo(resId);
        }
    }

    async goTo(resId) {
        if (resId) {
            await this.props.record.model.load({ resId });
        } else {
            await this.openQueue();
        }
    }

    openQueue() {
        return this.action.doAction("helloword_returns.helloword_return_action_review", {
            clearBreadcrumbs: true,
        });
    }

    open(resModel, resId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: resModel,
            res_id: resId,
            views: [[false, "form"]],
        });
    }
}

registry.category("fields").add("helloword_review", {
    component: ReviewField,
    displayName: _t("Review of a Return"),
    supportedTypes: ["json"],
});
