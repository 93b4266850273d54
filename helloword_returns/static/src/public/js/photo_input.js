import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

// Phones take pictures of many megabytes; a screen shows no more than this.
const EDGE = 1920;
const QUALITY = 0.85;

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

/**
 * @param {File} file
 * @returns {Promise<File>} a JPEG of at most EDGE pixels, or the file itself
 */
export async function shrink(file) {
    let bitmap;
    try {
        bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    } catch {
        return file;
    }
    const scale = Math.min(1, EDGE / Math.max(bitmap.width, bitmap.height));
    if (scale === 1 && ["image/jpeg", "image/png"].includes(file.type)) {
        bitmap.close();
        return file;
    }
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    if (!blob) {
        return file;
    }
    const name = file.name.replace(/\.\w+$/, "") + ".jpg";
    return new File([blob], name, { type: "image/jpeg" });
}

registry.category("public.interactions").add("helloword_returns.photo_input", PhotoInput);
