// What the page shows beside the telephone: what is said, what the logbook has, the map, the requests.
const MOST_WEBHOOKS = 40;

export const make = (name, properties = {}, ...inside) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...inside);
  return element;
};

const byId = (id) => document.getElementById(id);

const clear = (list) => list.querySelector(".empty")?.remove();

// A sentence whose words are lit as they are spoken: word by word, by the letters before each.
export class Sentence {
  constructor(text) {
    this.item = make("li", { className: "said now" });
    this.words = [];
    let letters = 0;
    for (const word of text.split(/(?<=\s)/u)) {
      const span = make("span", { className: "word", textContent: word });
      this.words.push({ span, from: letters / text.length });
      letters += word.length;
      this.item.append(span);
    }
  }

  at(part) {
    let lit = -1;
    this.words.forEach(({ from }, index) => { if (from <= part) lit = index; });
    if (lit === this.lit) return;
    this.lit = lit;
    this.words.forEach(({ span }, index) => { span.className = index === lit ? "word lit" : index < lit ? "word past" : "word"; });
  }

  over() {
    this.item.className = "said";
    this.words.forEach(({ span }) => { span.className = "word"; });
  }
}

export const heard = (item) => {
  const list = byId("heard");
  clear(list);
  list.append(item);
  while (list.children.length > 120) list.firstChild.remove();
  list.scrollTop = list.scrollHeight;
};

export const note = (text, className = "note") => heard(make("li", { className, textContent: text }));

export const forget = () => {
  byId("tickets").replaceChildren();
  byId("kept").replaceChildren();
  document.querySelectorAll("#map .here, #map .been, #map .taken").forEach((each) => each.classList.remove("here", "been", "taken"));
  byId("place").textContent = "";
};

export const kept = (event, say) => {
  clear(byId("kept"));
  byId("kept").replaceChildren(...event.lines.map(([label, value]) => make("div", {}, make("dt", { textContent: label }), make("dd", { textContent: value }))));
  byId("tickets").replaceChildren(...event.tickets.map((ticket) => make("div", { className: "ticket" },
    make("strong", { textContent: ticket.code }),
    make("p", { textContent: `${ticket.state} · ${say("audio", { state: ticket.audio })}` }),
    make("p", { textContent: say("due", { time: ticket.due }) }),
    make("p", {}, make("a", { href: ticket.address, target: "_blank", rel: "noopener", textContent: say("open_ticket", { code: ticket.code }) })))));
};

export const draw = (svg) => {
  const drawn = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  if (drawn.nodeName === "svg") byId("map").replaceChildren(document.importNode(drawn, true));
};

const state = (name) => document.querySelector(`#map [data-state="${CSS.escape(name)}"]`);

export const stand = (name, before, say) => {
  const box = state(name);
  document.querySelectorAll("#map .here").forEach((each) => each.classList.replace("here", "been"));
  if (!box) return;
  box.classList.add("here");
  box.classList.remove("been");
  if (before) document.querySelector(`#map [data-from="${CSS.escape(before)}"][data-to="${CSS.escape(name)}"]`)?.classList.add("taken");
  byId("place").textContent = `${say("now_at", { place: [...box.querySelectorAll("tspan")].map((line) => line.textContent).join(" ") })}.`;
  const frame = byId("map");
  const { left, width } = box.getBoundingClientRect();
  if (frame.scrollWidth > frame.clientWidth) frame.scrollLeft += left + width / 2 - frame.getBoundingClientRect().left - frame.clientWidth / 2;
};

// A document as people read it: one verb a line.
const indented = (xml) => {
  let depth = 0;
  return xml.replace(/(<[^>]+>)/gu, "\n$1").split("\n").filter((line) => line.trim()).map((line) => {
    if (line.startsWith("</")) depth -= 1;
    const shown = "  ".repeat(Math.max(0, depth)) + line;
    if (/^<[^/?!]/u.test(line) && !/\/>/u.test(line)) depth += 1;
    return shown;
  }).join("\n").replace(/\n\s*(<\/(?:Say|Number|Play|Redirect)>)/gu, "$1");
};

export const webhook = (event, say) => {
  const list = byId("webhooks");
  clear(list);
  const good = event.status >= 200 && event.status < 300;
  const path = event.url.replace(/^https?:\/\/[^/]+/u, "");
  const fields = event.fields.map(([name, value]) => `${name}=${value}`).join("\n");
  const details = make("details", {},
    make("summary", {},
      make("span", { className: "method", textContent: event.method }),
      make("span", { className: "path", textContent: path }),
      make("span", { className: good ? "good" : "bad", textContent: event.status || "–" }),
      make("span", { className: "took", textContent: `${event.milliseconds.toLocaleString(document.documentElement.lang)} ms` })),
    make("div", { className: "sent" },
      make("div", {}, make("h3", { textContent: say("fields") }), make("pre", { tabIndex: 0, textContent: `${event.url}\nX-Twilio-Signature: ${event.signature}\n\n${fields}` })),
      make("div", {}, make("h3", { textContent: say("answer") }), make("pre", { tabIndex: 0, textContent: indented(event.document) || "–" }))));
  list.prepend(make("li", {}, details));
  while (list.children.length > MOST_WEBHOOKS) list.lastChild.remove();
};
