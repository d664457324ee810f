// The telephone: sends what is pressed and spoken, and does what the line on the server asks for. It decides nothing.
import { Sound } from "/phone/static/sound.js";
import * as view from "/phone/static/view.js";

const { seal, header, labels, voice, number } = document.body.dataset;
const texts = JSON.parse(labels);
const byId = (id) => document.getElementById(id);
const say = (key, words = {}) => texts[key].replace(/\{(\w+)\}/gu, (whole, name) => words[name] ?? whole);
const buttons = { call: byId("call"), hangUp: byId("hang-up"), microphone: byId("microphone"), sample: byId("sample") };

let line = "";
let after = 0;
let state = "idle"; // idle, rings, calls
let current = null; // what is being played: whether a key stops it
let wanted = ""; // why the microphone is wanted: record, talk
let speaking = null;
let place = "";
let begun = 0;
let typed = "";
let take = null; // the recording that is made, and how many samples of it were sent
let spoken = 0;
let utterances = Promise.resolve();
let opening = Promise.resolve();

const address = (path) => `/phone/line/${line}/${path}`;
const send = (path, body, type = "application/json") => fetch(path, { method: "POST", keepalive: body.length < 60000, headers: { "Content-Type": type, [header]: seal }, body });
const why = async (answer) => (await answer.json().catch(() => ({}))).error || say("gone");
const act = async (what, body = {}) => {
  const answer = await send(address(what), JSON.stringify(body)).catch(() => null);
  if (answer && !answer.ok) tell(await why(answer), "hot");
  return Boolean(answer?.ok);
};
const sound = new Sound(async (name) => {
  const answer = await fetch(address(`sound/${name}`));
  if (!answer.ok) throw new Error(String(answer.status));
  return { bytes: await answer.arrayBuffer(), origin: answer.headers.get("X-Tongdai-Voice") };
}, voice);

const tell = (text, tone = "calm") => {
  byId("status").textContent = text;
  byId("status").dataset.tone = tone;
};

const become = (next) => {
  state = next;
  buttons.call.disabled = next === "calls";
  buttons.hangUp.disabled = next === "idle";
  buttons.call.classList.toggle("rings", next === "rings");
  buttons.call.querySelector("span").textContent = next === "rings" ? buttons.call.dataset.pickUp : buttons.call.dataset.call;
  if (next === "idle") {
    supersede(); // also what is still being fetched: nothing is heard after the end
    sound.stop();
    sound.silence();
    begun = 0;
    want("");
    asked(false);
  }
};

const asked = (whether) => document.querySelector(".keys").classList.toggle("asked", whether);

// --- speaking

const want = (why) => {
  wanted = why;
  for (const button of [buttons.microphone, buttons.sample]) button.disabled = !why;
  if (!why) stopSpeaking();
};

const stopSpeaking = () => {
  speaking?.stop();
  speaking = null;
  buttons.microphone.setAttribute("aria-pressed", "false");
};

const speak = async (sample = "") => {
  stopSpeaking();
  const wish = wanted;
  let pending = Promise.resolve();
  const onSamples = (samples) => {
    const where = wish === "record" ? `voice?take=${take}&at=${spoken}` : "voice";
    const piece = () => send(address(where), new Uint8Array(samples.buffer), "application/octet-stream");
    spoken += samples.length;
    pending = pending.then(() => piece().catch(() => (wish === "record" ? piece().catch(() => null) : null))); // a piece with its place may come twice
  };
  try {
    const started = await sound.speak(onSamples, (level) => { byId("level").style.width = `${Math.min(100, Math.sqrt(level) * 100)}%`; }, sample, wish === "talk");
    if (wanted !== wish) {
      started.stop();
      return;
    }
    speaking = started;
    buttons.microphone.setAttribute("aria-pressed", String(!sample));
    view.note(say(sample ? "sample_on" : "microphone_on"));
    started.over.then(() => { if (speaking === started) stopSpeaking(); });
  } catch {
    tell(say("no_microphone"), "hot");
  }
};

// --- what the line asks for

// A recording first, then a voice the operator supplied, then the browser's own, a machine's last.
const saySentence = async (event) => {
  const sentence = new view.Sentence(event.text);
  const prepared = event.sound ? await sound.prepare(event.sound).catch(() => null) : null;
  const own = prepared && prepared.origin !== "synthetic" ? null : sound.ownVoice();
  if (current !== event) return;
  const show = () => {
    view.heard(sentence.item);
    tell(say("speaking"), "live");
    byId("voice-used").textContent = own ? say("browser_voice", { name: own.name }) : prepared ? { synthetic: say("last_resort") }[prepared.origin] || "" : say("no_voice");
  };
  const onTime = (part) => {
    if (!sentence.item.isConnected) show(); // drawn when the sound has begun, never before
    sentence.at(part);
  };
  if (own) {
    show();
    await sound.say(event.text, own, onTime);
  } else if (prepared) await sound.play(event.sound, onTime);
  else await sound.silent(event.text.length / 15, onTime);
  sentence.over();
};

const supersede = () => {
  if (!current) return;
  current = null;
  sound.stop();
};

// One after the other; a key stops what may be stopped.
const utter = (event, work) => {
  supersede(); // the line is beyond what is still being heard
  utterances = utterances.then(async () => {
    if (state !== "calls") return;
    current = event;
    asked(Boolean(event.stops));
    await work().catch(() => {});
    if (current === event) current = null;
    act("done", { id: event.id });
  });
};

// What is only shown waits until what is heard has begun.
const SHOWN = new Set(["webhook", "kept", "foreseen"]);
const soon = async (names) => { if (sound.context) await sound.ahead(names); };

const EVENTS = {
  dials: (event) => { tell(say("calling", { number: event.number }), "live"); view.note(`${event.number} · ${event.at}`); sound.ring(false); },
  answered: () => { sound.silence(); begun = performance.now(); become("calls"); tell(say("answered"), "live"); },
  say: (event) => utter(event, () => saySentence(event)),
  play: (event) => utter(event, () => sound.play(event.sound).catch(() => {})),
  beep: (event) => utter(event, () => { view.note(say("beep")); return sound.beep(); }),
  waits: () => { asked(true); tell(say("press"), "live"); },
  record: (event) => { [take, spoken] = [event.take, 0]; tell(say("recording"), "hot"); want("record"); speak(); },
  recorded: (event) => { want(""); view.note(say("recorded", { seconds: Math.round(event.seconds) }), "did"); },
  rings_out: (event) => { tell(say("ringing", { number: event.number }), "live"); view.note(say(event.reachable ? "waiting_leg" : "nobody_there", event)); sound.ring(false); },
  leg: (event) => { sound.silence(); want(""); if (event.status === "busy") view.note(say("leg_busy")); if (event.status === "no-answer") view.note(say("leg_no_answer")); },
  rings: (event) => { become("rings"); tell(say("rings", { number: event.caller }), "live"); view.forget(); sound.ring(true); },
  talks: (event) => { sound.silence(); tell(say("talking", { name: event.to }), "live"); want("talk"); speak(); },
  voice: (event) => sound.context && sound.hear(event.samples),
  message: (event) => { view.note(say("message", { number: event.sender, text: event.text }), "text"); sound.context && sound.beep(); },
  refused: () => tell(say("refused"), "hot"),
  trouble: (event) => view.note(say(event.what, event)),
  kept: (event) => { view.kept(event, say); if (event.state !== place) view.stand(event.state, place, say); place = event.state; },
  webhook: (event) => { view.webhook(event, say); soon(event.ahead); },
  foreseen: (event) => soon(event.sounds).then(() => { document.body.dataset.foreseen = place; }),
  ended: (event) => {
    become("idle");
    const text = event.how === "missed" ? say("missed") : event.by === "caller" ? say("ended_caller") : event.by === "failure" ? say("ended_failure") : say("ended");
    tell(text, event.by === "failure" ? "hot" : "calm");
    view.note(event.reason ? `${text}: ${event.reason}` : text);
  },
};

const listen = async () => {
  const mine = line;
  while (mine === line) {
    try {
      const answer = await fetch(address(`events?after=${after}`));
      if (answer.status === 410 || answer.status === 403) {
        become("idle");
        tell(await why(answer), "hot");
        return;
      }
      const { events } = await answer.json();
      for (const event of events) if (event.wav && sound.context) sound.bring(event.sound, event.wav, event.origin);
      after = events.at(-1)?.n ?? after;
      const happen = (wanted) => { for (const event of events) if (mine === line && SHOWN.has(event.kind) === wanted) EVENTS[event.kind]?.(event); };
      happen(false);
      setTimeout(happen, 0, true);
    } catch {
      tell(say("gone"), "hot");
      await new Promise((done) => setTimeout(done, 1500));
    }
  }
};

const open = async (wish) => {
  if (line) act("close");
  line = "";
  const answer = await send("/phone/line", JSON.stringify({ number: wish })).catch(() => null);
  if (!answer?.ok) {
    tell(answer ? await why(answer) : say("gone"), "hot");
    return;
  }
  const found = await answer.json();
  [line, after] = [found.key, 0];
  become("idle");
  byId("whose").textContent = found.name;
  byId("own").textContent = found.number;
  document.title = document.title.replace(/ – .*$/u, "") + ` – ${found.number}`;
  history.replaceState(null, "", `/phone?so=${encodeURIComponent(found.value)}`);
  tell(say("ready"));
  listen();
};

// --- what the person does

const dial = async () => {
  sound.wake();
  await opening;
  if (!line) return;
  if (state === "rings") {
    act("pick-up");
    return;
  }
  if (state !== "idle") return;
  become("calls");
  view.forget();
  [place, typed] = ["", ""];
  byId("typed").textContent = "";
  if (!(await act("call", { when: byId("when")?.value || "now" }))) become("idle");
};

const hangUp = () => {
  if (state === "idle") return;
  sound.stop();
  sound.silence();
  act("hang-up");
};

const press = (key) => {
  sound.key(key);
  const button = document.querySelector(`[data-key="${key}"]`);
  button.classList.add("down");
  setTimeout(() => button.classList.remove("down"), 130);
  if (state !== "calls") return;
  typed += key;
  byId("typed").textContent = typed.slice(-16);
  act("press", { key });
  if (current?.stops) supersede();
  view.note(say("you_pressed", { key }), "did");
};

document.querySelectorAll(".key").forEach((button) => button.addEventListener("click", () => press(button.dataset.key)));
buttons.call.addEventListener("click", dial);
buttons.hangUp.addEventListener("click", hangUp);
buttons.microphone.addEventListener("click", () => (speaking ? stopSpeaking() : speak()));
buttons.sample.addEventListener("click", () => speak("/phone/sample.wav"));
byId("volume").addEventListener("input", (event) => sound.setVolume(event.target.value / 100));
byId("owner").addEventListener("change", (event) => { opening = open(event.target.value); });
byId("settings").addEventListener("submit", (event) => {
  event.preventDefault();
  opening = open(byId("other").value);
});
document.addEventListener("keydown", (event) => {
  const field = event.target.closest("input, select, textarea, summary, a, button");
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (/^[0-9*#]$/u.test(event.key) && !event.target.closest("input, select")) {
    event.preventDefault();
    press(event.key);
  } else if (event.key === "Enter" && !field) dial();
  else if (event.key === "Escape") hangUp();
});
addEventListener("pagehide", () => { if (line) act("close"); });
setInterval(() => {
  const seconds = begun ? Math.floor((performance.now() - begun) / 1000) : 0;
  byId("clock").textContent = begun ? `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}` : "";
}, 500);

opening = open(number);

// Drawn once, which takes seconds: a busy machine is asked again.
const showMap = async (times) => {
  const answer = await fetch("/phone/dialogue.svg").catch(() => null);
  if (answer?.ok) {
    view.draw(await answer.text());
    if (place) view.stand(place, "", say);
  } else if (times > 1) setTimeout(() => showMap(times - 1), 4000);
};
showMap(20);
