import { FileModel } from "@web/core/file_viewer/file_model";
import { useFileViewer } from "@web/core/file_viewer/file_viewer_hook";
import { Component } from "@odoo/owl";

/** The picture and the name of a product, large enough to compare with what lies on the table. */
export class DockGoods extends Component {
    static template = "helloword_returns.DockGoods";
    static props = {
        goods: Object,
        reason: { type: String, optional: true },
        comment: { type: String, optional: true },
        photos: { type: Array, optional: true },
        slots: { type: Object, optional: true },
    };

    setup() {
        this.fileViewer = useFileViewer();
    }

    show(index) {
        const files = this.props.photos.map((id) =>
            Object.assign(new FileModel(), { id, name: String(id), mimetype: "image/png" })
        );
        this.fileViewer.open(files[index], files);
    }
}
