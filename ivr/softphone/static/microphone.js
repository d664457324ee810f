// Runs beside the page: turns what a microphone hears into 16-bit samples, 8000 a second, a fifth of a second each.
class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.step = sampleRate / 8000;
    this.next = 0;
    this.read = 0;
    this.sum = 0;
    this.count = 0;
    this.out = new Int16Array(1600);
    this.used = 0;
  }

  process(inputs) {
    for (const value of inputs[0][0] || []) {
      this.sum += value;
      this.count += 1;
      this.read += 1;
      if (this.read >= this.next + this.step) {
        this.next += this.step;
        this.put(this.sum / this.count);
        this.sum = this.count = 0;
      }
    }
    return true;
  }

  put(value) {
    this.out[this.used] = Math.max(-1, Math.min(1, value)) * 32767;
    this.used += 1;
    if (this.used === this.out.length) {
      this.port.postMessage(this.out.slice());
      this.used = 0;
    }
  }
}

registerProcessor("microphone", Microphone);
