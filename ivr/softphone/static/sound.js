// Everything that is heard: prompts, the browser's own voice, tones of keys, ringing, the other side, the microphone.
const LONGEST_KEPT = 300; // seconds of sound in memory, about 50 MB; a forgotten one is fetched again
const MOST_AHEAD = 40;
const DTMF = { 1: [697, 1209], 2: [697, 1336], 3: [697, 1477], 4: [770, 1209], 5: [770, 1336], 6: [770, 1477], 7: [852, 1209], 8: [852, 1336], 9: [852, 1477], "*": [941, 1209], 0: [941, 1336], "#": [941, 1477] };

const bytesOf = (base64) => {
  const signs = atob(base64);
  const bytes = new Uint8Array(signs.length);
  for (let at = 0; at < signs.length; at += 1) bytes[at] = signs.charCodeAt(at);
  return bytes;
};

export class Sound {
  constructor(fetchSound, language) {
    this.fetchSound = fetchSound;
    this.language = language;
    this.kept = new Map();
    this.lengths = new Map();
    this.wanted = [];
    this.pump = null;
    this.playing = null;
    this.ringing = null;
    this.heardUntil = 0;
  }

  // A browser lets a page be heard only after somebody pressed something on it.
  wake() {
    if (!this.context) {
      this.context = new AudioContext({ latencyHint: "interactive" });
      this.out = this.context.createGain();
      this.out.connect(this.context.destination);
      this.setVolume(this.volume ?? 0.8);
    }
    if (this.context.state === "suspended") this.context.resume();
  }

  setVolume(volume) {
    this.volume = volume;
    if (this.out) this.out.gain.value = volume;
  }

  // Fetched and decoded once a name, also before it is needed.
  prepare(name) {
    if (!this.kept.has(name)) this.keep(name, this.fetchSound(name));
    return this.kept.get(name);
  }

  // What came with its event is decoded at once.
  bring(name, wav, origin) {
    if (!this.kept.has(name)) this.keep(name, Promise.resolve({ bytes: bytesOf(wav).buffer, origin }));
  }

  // What may be heard soon, the newest first, one after the other: what is heard now is fetched beside them.
  async ahead(names) {
    this.wanted = [...new Set([...names, ...this.wanted])].filter((name) => !this.kept.has(name)).slice(0, MOST_AHEAD);
    this.pump ||= this.fetchAhead().finally(() => { this.pump = null; });
    await this.pump;
  }

  async fetchAhead() {
    while (this.wanted.length) await this.prepare(this.wanted.shift()).catch(() => {});
  }

  keep(name, coming) {
    const decoded = coming.then(async ({ bytes, origin }) => ({ buffer: await this.context.decodeAudioData(bytes), origin }));
    this.kept.set(name, decoded);
    decoded.then(({ buffer }) => this.forgetOldest(name, buffer.duration), () => this.kept.delete(name));
  }

  forgetOldest(name, seconds) {
    this.lengths.set(name, seconds);
    let all = [...this.lengths.values()].reduce((sum, each) => sum + each, 0);
    for (const [oldest, length] of this.lengths) {
      if (all <= LONGEST_KEPT) return;
      all -= length;
      this.lengths.delete(oldest);
      this.kept.delete(oldest);
    }
  }

  ownVoice() {
    const wanted = this.language.toLowerCase();
    const fits = (voice) => voice.lang.replace("_", "-").toLowerCase().startsWith(wanted.slice(0, 2));
    return (globalThis.speechSynthesis?.getVoices() || []).find(fits) || null;
  }

  // Plays a sound; onTime is told how far it is, from 0 to 1; resolves when it ended, also when stopped.
  async play(name, onTime = () => {}) {
    const turn = this.begin();
    const { buffer } = await this.prepare(name);
    if (turn.stopped) return;
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.out);
    turn.stop = () => source.stop();
    await new Promise((done) => {
      source.onended = done;
      source.start();
      this.follow(turn, this.context.currentTime, buffer.duration, onTime);
    });
    turn.stopped = true;
  }

  async say(text, voice, onTime) {
    const turn = this.begin();
    const spoken = new SpeechSynthesisUtterance(text);
    spoken.voice = voice;
    spoken.lang = voice.lang;
    spoken.volume = this.volume ?? 0.8;
    turn.stop = () => speechSynthesis.cancel();
    spoken.onboundary = (at) => turn.stopped || onTime(at.charIndex / text.length);
    await new Promise((done) => {
      spoken.onend = spoken.onerror = done;
      speechSynthesis.speak(spoken);
    });
    turn.stopped = true;
  }

  // Nobody can speak here: time goes by as if somebody did.
  async silent(seconds, onTime) {
    const turn = this.begin();
    const begun = performance.now();
    while (!turn.stopped && performance.now() - begun < seconds * 1000) {
      onTime((performance.now() - begun) / 1000 / seconds);
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  begin() {
    this.stop();
    this.playing = { stopped: false, stop: () => {} };
    return this.playing;
  }

  stop() {
    const turn = this.playing;
    this.playing = null;
    if (turn && !turn.stopped) {
      turn.stopped = true;
      turn.stop();
    }
  }

  follow(turn, begun, seconds, onTime) {
    const look = () => {
      if (turn.stopped) return;
      onTime(Math.min(1, (this.context.currentTime - begun) / seconds));
      requestAnimationFrame(look);
    };
    look();
  }

  tones(frequencies, from, seconds, level = 0.12) {
    for (const frequency of frequencies) {
      const tone = this.context.createOscillator();
      const gain = this.context.createGain();
      tone.frequency.value = frequency;
      gain.gain.setValueAtTime(0, from);
      gain.gain.linearRampToValueAtTime(level, from + 0.008);
      gain.gain.setValueAtTime(level, from + seconds - 0.012);
      gain.gain.linearRampToValueAtTime(0, from + seconds);
      tone.connect(gain).connect(this.out);
      tone.start(from);
      tone.stop(from + seconds);
    }
  }

  key(key) {
    this.wake();
    this.tones(DTMF[key], this.context.currentTime, 0.12);
  }

  async beep() {
    this.tones([1000], this.context.currentTime + 0.02, 0.4, 0.2);
    await new Promise((done) => setTimeout(done, 450));
  }

  // The tone a caller in Vietnam hears while it rings elsewhere, or the bell of this telephone.
  ring(bell) {
    this.silence();
    if (!this.context) return;
    const once = () => {
      const now = this.context.currentTime;
      if (bell) for (let n = 0; n < 10; n += 1) this.tones([n % 2 ? 880 : 1108], now + n * 0.1, 0.1, 0.16);
      else this.tones([425], now, 1, 0.08);
    };
    once();
    this.ringing = setInterval(once, bell ? 3000 : 5000);
  }

  silence() {
    clearInterval(this.ringing);
    this.ringing = null;
  }

  // What the other side says, as it comes in: samples one piece after the other.
  hear(samples) {
    const words = new Int16Array(bytesOf(samples).buffer);
    const buffer = this.context.createBuffer(1, words.length, 8000);
    buffer.getChannelData(0).set(Float32Array.from(words, (word) => word / 32768));
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.out);
    this.heardUntil = Math.max(this.heardUntil, this.context.currentTime + 0.06);
    source.start(this.heardUntil);
    this.heardUntil += buffer.duration;
  }

  // Speech for the line: a microphone (which echoes where the other side is heard), or a recording heard here too.
  async speak(onSamples, onLevel, sample, echoes) {
    this.wake();
    await this.context.audioWorklet.addModule("/phone/static/microphone.js");
    const worklet = new AudioWorkletNode(this.context, "microphone", { numberOfOutputs: 0 });
    const narrow = this.context.createBiquadFilter();
    narrow.frequency.value = 3500;
    narrow.connect(worklet);
    let end = () => {};
    let over = new Promise(() => {});
    if (sample) {
      const bytes = await (await fetch(sample)).arrayBuffer();
      const source = this.context.createBufferSource();
      source.buffer = await this.context.decodeAudioData(bytes);
      source.connect(narrow);
      source.connect(this.out);
      over = new Promise((done) => { source.onended = done; });
      source.start();
      end = () => source.stop();
    } else {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: echoes, noiseSuppression: false } });
      this.context.createMediaStreamSource(stream).connect(narrow);
      end = () => stream.getTracks().forEach((track) => track.stop());
    }
    worklet.port.onmessage = ({ data }) => {
      onLevel(data.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 32768);
      onSamples(data);
    };
    return { over, stop: () => { end(); worklet.port.onmessage = null; narrow.disconnect(); onLevel(0); } };
  }
}
