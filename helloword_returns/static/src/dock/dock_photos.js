import { shrink } from "@helloword_returns/photo/shrink_photo";
import { getDataURLFromFile } from "@web/core/utils/urls";
import { Component, useState } from "@odoo/owl";

/** Photos of one unit or parcel, taken with the device's camera and made small at once. */
export class DockPhotos extends Component {
    static template = "helloword_returns.DockPhotos";
    static props = {
        photos: Array,
        onChange: Function,
        required: { type: Boolean, optional: true },
    };

    setup() {
        this.state = useState({ busy: false });
    }

    async add(event) {
        const input = event.target;
        this.state.busy = true;
        try {
            const files = await Promise.all([...input.files].map(shrink));
            const added = await Promise.all(files.map((file) => getDataURLFromFile(file)));
            this.props.onChange([...this.props.photos, ...added]);
        } finally {
            this.state.busy = false;
            input.value = "";
        }
    }

    remove(index) {
        this.props.onChange(this.props.photos.filter((_photo, position) => position !== index));
    }
}

/** @returns {string[]} the pictures alone, as the server takes them */
export function stripPhotos(photos) {
    return photos.map((photo) => photo.slice(photo.indexOf(",") + 1));
}
