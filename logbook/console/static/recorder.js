// Records a sentence in the browser: <div data-recorder> before a form with a file field. What was recorded becomes a
// WAV of 8 kHz, mono, 16 bit in the file field, so that keeping it is the same form as choosing a file.
(() => {
  "use strict";
  const part = document.querySelector("[data-recorder]");
  const form = part && part.parentElement.querySelector("form");
  if (!part || !navigator.mediaDevices || !window.MediaRecorder) return;
  const told = part.querySelector("[data-told]");
  const button = part.querySelector("[data-record]");
  const again = part.querySelector("[data-again]");
  const RATE = 8000;
  let recorder = null, heard = null;
  part.hidden = false;

  function wave(samples) {
    const file = new DataView(new ArrayBuffer(44 + samples.length * 2));
    const text = (at, word) => [...word].forEach((sign, n) => file.setUint8(at + n, sign.charCodeAt(0)));
    text(0, "RIFF"); file.setUint32(4, 36 + samples.length * 2, true); text(8, "WAVEfmt ");
    file.setUint32(16, 16, true); file.setUint16(20, 1, true); file.setUint16(22, 1, true);
    file.setUint32(24, RATE, true); file.setUint32(28, RATE * 2, true); file.setUint16(32, 2, true);
    file.setUint16(34, 16, true); text(36, "data"); file.setUint32(40, samples.length * 2, true);
    samples.forEach((one, n) => file.setInt16(44 + n * 2, Math.max(-1, Math.min(1, one)) * 32767, true));
    return new File([file], "thu-am.wav", { type: "audio/wav" });
  }

  async function take(blob) {
    const context = new AudioContext();
    const whole = await context.decodeAudioData(await blob.arrayBuffer());
    const frames = Math.max(1, Math.ceil(whole.duration * RATE));
    const offline = new OfflineAudioContext(1, frames, RATE);
    const source = offline.createBufferSource();
    source.buffer = whole; source.connect(offline.destination); source.start();
    heard = await offline.startRendering();
    await context.close();
    const samples = heard.getChannelData(0);
    const chosen = new DataTransfer();
    chosen.items.add(wave(samples));
    form.querySelector("input[type=file]").files = chosen.files;
    form.querySelector("input[name=source]").value = "browser";
    let peak = 0, limit = 0;
    samples.forEach((one) => { peak = Math.max(peak, Math.abs(one)); if (Math.abs(one) > 0.999) limit += 1; });
    const poor = peak < 0.02 ? part.dataset.quiet : limit > samples.length / 1000 ? part.dataset.clipped : "";
    told.textContent = part.dataset.done + (poor ? " " + poor : "");
    again.disabled = false;
  }

  button.addEventListener("click", async () => {
    if (recorder && recorder.state === "recording") { recorder.stop(); return; }
    let stream = null;
    const asItIs = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    try { stream = await navigator.mediaDevices.getUserMedia({ audio: asItIs }); }
    catch (error) { told.textContent = part.dataset.refused; return; }
    const pieces = [];
    recorder = new MediaRecorder(stream);
    recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
    recorder.addEventListener("stop", () => {
      stream.getTracks().forEach((track) => track.stop());
      button.textContent = part.dataset.start;
      take(new Blob(pieces, { type: recorder.mimeType })).catch(() => { told.textContent = part.dataset.refused; });
    });
    recorder.start();
    button.textContent = part.dataset.stop;
    told.textContent = part.dataset.running;
  });

  again.addEventListener("click", () => {
    if (!heard) return;
    const context = new AudioContext();
    const source = context.createBufferSource();
    source.buffer = heard; source.connect(context.destination); source.start();
    source.addEventListener("ended", () => context.close());
  });

  form.querySelector("input[type=file]").addEventListener("change", () => {
    form.querySelector("input[name=source]").value = "upload";
  });
})();
