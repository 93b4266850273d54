import { browser } from "@web/core/browser/browser";

// Pitches in hertz and lengths in seconds: a worker hears without looking what a scan did.
const TONES = {
    good: [[880, 0.09]],
    done: [
        [660, 0.09],
        [990, 0.14],
    ],
    bad: [
        [220, 0.18],
        [180, 0.25],
    ],
};

let context;

/**
 * @param {"good"|"done"|"bad"} name
 */
export function play(name) {
    if (name === "bad") {
        browser.navigator.vibrate?.([120, 60, 120]);
    } else {
        browser.navigator.vibrate?.(60);
    }
    const AudioContext = window.AudioContext || window.webkitAudioContext;
    if (!AudioContext) {
        return;
    }
    context = context || new AudioContext();
    let start = context.currentTime;
    for (const [pitch, length] of TONES[name]) {
        const oscillator = context.createOscillator();
        const volume = context.createGain();
        oscillator.frequency.value = pitch;
        volume.gain.setValueAtTime(0.15, start);
        volume.gain.exponentialRampToValueAtTime(0.001, start + length);
        oscillator.connect(volume).connect(context.destination);
        oscillator.start(start);
        oscillator.stop(start + length);
        start += length;
    }
}
