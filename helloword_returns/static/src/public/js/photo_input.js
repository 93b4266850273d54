import { shrink } from "@helloword_returns/photo/shrink_photo";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/**
 * Shows the photos that were chosen, and makes them small before they are sent. Whatever the
 * browser cannot read is sent as it is: the server checks it anyway.
 */
export class PhotoInput extends Interaction {
    static selector = ".o_hw_photos";
    dynamicContent = {
        "input[type='file']": { "t-on-change": this.onChange },
    };

    setup() {
        this.urls = [];
    }

    destroy() {
        this.forgetPreviews();
    }

    forgetPreviews() {
        this.urls.splice(0).forEach((url) => URL.revokeObjectURL(url));
        this.el.querySelector(".o_hw_new_photos").replaceChildren();
    }

    async onChange(event) {
        const input = event.target;
        const files = await this.waitFor(Promise.all([...input.files].map(shrink)));
        const transfer = new DataTransfer();
        files.forEach((file) => transfer.items.add(file));
        input.files = transfer.files;
        this.forgetPreviews();
        for (const file of files) {
            const picture = document.createElement("img");
            const url = URL.createObjectURL(file);
            this.urls.push(url);
            picture.src = url;
            picture.alt = file.name;
            this.insert(picture, this.el.querySelector(".o_hw_new_photos"));
        }
    }
}

registry.category("public.interactions").add("helloword_returns.photo_input", PhotoInput);
