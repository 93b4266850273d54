import { registry } from "@web/core/registry";

const SCAN = ".o_dock_scanner input";

function scan(code) {
    return [
        { trigger: SCAN, run: `edit ${code}` },
        { trigger: ".o_dock_scanner button[type=submit]", run: "click" },
    ];
}

/** A picture as a camera would give it. */
async function takePhoto() {
    const canvas = document.createElement("canvas");
    canvas.width = 320;
    canvas.height = 240;
    canvas.getContext("2d").fillRect(80, 60, 160, 120);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg"));
    const transfer = new DataTransfer();
    transfer.items.add(new File([blob], "camera.jpg", { type: "image/jpeg" }));
    const input = document.querySelector(".o_helloword_dock input[name=photos]");
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
}

const PRINT_LATER = [
    { trigger: ".o_dock_gear", run: "click" },
    { trigger: ".o_dock_settings select[name=print]", run: "select off" },
    { trigger: ".o_dock_gear", run: "click" },
];

/** A parcel of two units: taken in, graded with and without a photo, undone, graded, the next. */
registry.category("web_tour.tours").add("helloword_return_dock", {
    steps: () => [
        ...PRINT_LATER,
        { content: "A bad scan says what to do", trigger: SCAN, run: "edit NOBODY-KNOWS" },
        { trigger: ".o_dock_scanner button[type=submit]", run: "click" },
        { trigger: ".o_dock_choice h2:contains('NOBODY-KNOWS')" },
        ...scan("TOUR-TRACKING-1"),
        {
            content: "The parcel is opened: what is announced stands ready",
            trigger: ".o_dock_arrival .o_dock_card:contains('2 expected')",
        },
        { trigger: "button[name=receive]:contains('Take in: 2')", run: "click" },
        {
            content: "The criteria stand on the grades",
            trigger: ".o_dock_grade .o_dock_criterion:contains('Tour criterion')",
        },
        { trigger: ".o_dock_grade[data-grade^='C']", run: "click" },
        { trigger: "button[name=book]", run: "click" },
        {
            content: "This grade needs a photo",
            trigger: ".o_dock_message.alert-danger:contains('photo')",
        },
        { trigger: ".o_dock_take", run: takePhoto },
        { trigger: ".o_dock_photo img" },
        { trigger: "textarea[name=note]", run: "edit A crack. && press Tab" },
        { trigger: "button[name=book]", run: "click" },
        {
            content: "It has a license plate, and the next unit is up",
            trigger: ".o_dock_message.alert-success:contains('LP')",
        },
        { trigger: ".o_dock_counter:contains('1 graded')" },
        { trigger: ".o_dock_grade[data-grade^='A']", run: "click" },
        { trigger: "button[name=book]", run: "click" },
        { trigger: ".o_dock_message:contains('is finished')" },
        { trigger: ".o_dock_last button[name=undo]", run: "click" },
        { trigger: ".o_dock_message:contains('Undone')" },
        { trigger: ".o_dock_grade[data-grade^='B']", run: "click" },
        { trigger: "button[name=book]", run: "click" },
        { trigger: ".o_dock_message:contains('is finished')" },
        { trigger: ".o_dock_counter:contains('2 graded')" },
        ...scan("TOUR-TRACKING-2"),
        {
            content: "On to the next parcel",
            trigger: ".o_dock_arrival .o_dock_card:contains('1 expected')",
        },
    ],
});

/** A parcel nobody knows is kept with what can be read off it. */
registry.category("web_tour.tours").add("helloword_return_dock_unknown", {
    steps: () => [
        ...scan("1Z-LOST-AND-FOUND"),
        { trigger: ".o_dock_choice button[name=unknown]", run: "click" },
        { trigger: ".o_dock_unknown input[name=tracking_number]:value('1Z-LOST-AND-FOUND')" },
        { trigger: ".o_dock_take", run: takePhoto },
        { trigger: ".o_dock_photo img" },
        { trigger: "input[name=sender_name]", run: "edit Jo Sender && press Tab" },
        { trigger: ".o_dock_unknown textarea[name=note]", run: "edit Two mugs. && press Tab" },
        { trigger: "button[name=register]", run: "click" },
        { trigger: ".o_dock_message.alert-success:contains('Kept as')" },
        { trigger: ".o_dock_counter:contains('1 unknown')" },
        { trigger: ".o_dock_idle" },
    ],
});
