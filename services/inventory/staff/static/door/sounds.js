// A high tone for somebody who comes in, two low ones for everything else; phones shake along.

let audio;

export function ready() {
  audio ??= globalThis.AudioContext ? new AudioContext() : null;
  audio?.resume();
}

export function sound(tone, { silent }) {
  navigator.vibrate?.(tone === "in" ? 80 : [120, 80, 120]);
  if (silent || !audio) return;
  if (tone === "in") {
    beep(880, 0, 0.14);
  } else {
    beep(220, 0, 0.18);
    beep(180, 0.24, 0.26);
  }
}

function beep(pitch, after, length) {
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  const start = audio.currentTime + after;
  tone.type = "square";
  tone.frequency.value = pitch;
  volume.gain.setValueAtTime(0.12, start);
  volume.gain.exponentialRampToValueAtTime(0.001, start + length);
  tone.connect(volume).connect(audio.destination);
  tone.start(start);
  tone.stop(start + length);
}
