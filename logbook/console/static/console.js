// Keys and polling for the console. Every page works without it.
"use strict";

(function () {
  document.documentElement.classList.add("has-script");
  const rows = () => Array.from(document.querySelectorAll("[data-row]"));
  let current = -1;
  let pending = "";

  function select(index) {
    const all = rows();
    if (all.length === 0) return;
    current = Math.max(0, Math.min(index, all.length - 1));
    all.forEach((row, i) => row.classList.toggle("is-current", i === current));
    const link = all[current].querySelector("a");
    if (link) link.focus({ preventScroll: true });
    all[current].scrollIntoView({ block: "nearest" });
  }

  // Groups of the menu open and close without us; we close them for a click elsewhere and for Escape.
  function foldMenu(but) {
    document.querySelectorAll(".bar-group[open]").forEach((group) => {
      if (!group.contains(but)) group.open = false;
    });
  }
  document.addEventListener("click", (event) => foldMenu(event.target));
  document.addEventListener("keydown", (event) => {
    const open = document.querySelector(".bar-group[open]");
    if (event.key !== "Escape" || !open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });

  function help() {
    const dialog = document.getElementById("help");
    if (dialog && !dialog.open) dialog.showModal();
  }

  const places = { h: "/console/", p: "/console/tickets", c: "/console/calls" };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (pending === "g" && places[event.key]) {
      pending = "";
      location.assign(places[event.key]);
      return;
    }
    pending = event.key === "g" ? "g" : "";
    if (event.key === "j") select(current + 1);
    else if (event.key === "k") select(current - 1);
    else if (event.key === "?") help();
    else if (event.key === "/") {
      const search = document.querySelector("[data-search]");
      if (search) { event.preventDefault(); search.focus(); }
    }
  });

  // <form data-keys>: Enter goes on to the next field and sends from [data-next]; a full [data-full] field goes on
  // by itself, so that a slip is typed without the mouse.
  function goOn(field) {
    const all = Array.from(field.form.querySelectorAll("input:not([type=hidden]), [data-next]"));
    const next = all[all.indexOf(field) + 1];
    if (next) { next.focus(); if (next.select) next.select(); }
  }

  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field.matches("form[data-keys] [data-full]") && field.value.length >= field.maxLength) goOn(field);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("form[data-keys] input")) {
      event.preventDefault();
      goOn(event.target);
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) help();
    if (event.target.closest("[data-print]")) window.print();
    const all = event.target.closest("[data-all]");
    if (all) document.querySelectorAll("input[name='" + all.dataset.all + "']").forEach((box) => { box.checked = all.checked; });
  });

  // <section data-poll="/console/…" data-every="20"> is fetched again while the page is visible. What did not
  // change is left alone, or it would be read aloud each time; data-lost is said when no answer comes.
  document.querySelectorAll("[data-poll]").forEach((part) => {
    const every = Math.max(2, Number(part.dataset.every) || 20) * 1000;
    let known = "";
    function lost() {
      const told = document.createElement("p");
      told.className = "health is-red";
      told.setAttribute("role", "alert");
      told.textContent = part.dataset.lost;
      if (known !== null) part.replaceChildren(told);
      known = null;
    }
    setInterval(async () => {
      if (document.hidden || part.contains(document.activeElement)) return;
      try {
        const answer = await fetch(part.dataset.poll, { headers: { "X-Fragment": "1" }, redirect: "error" });
        if (!answer.ok) throw new Error(answer.statusText);
        const told = await answer.text();
        if (told !== known) part.innerHTML = told;
        known = told;
      } catch (error) { if (part.dataset.lost) lost(); /* the next round tries again */ }
    }, every);
  });

  // <form data-photos="{done}/{count}">: each chosen file is sent by itself, so that what was read is kept whatever
  // happens to the next one; without script all go at once.
  document.querySelectorAll("form[data-photos]").forEach((form) => {
    form.addEventListener("submit", async (event) => {
      const fields = Array.from(form.querySelectorAll("input[type=file]"));
      const files = fields.flatMap((field) => Array.from(field.files));
      if (files.length < 2) return;
      event.preventDefault();
      const button = form.querySelector("button");
      const told = form.querySelector("[data-progress]");
      button.disabled = true;
      let done = 0, failed = 0;
      for (const file of files) {
        const sent = new FormData();
        form.querySelectorAll("input[type=hidden]").forEach((one) => sent.append(one.name, one.value));
        sent.append(fields[0].name, file, file.name);
        told.textContent = form.dataset.photos.replace("{done}", done).replace("{count}", files.length);
        try {
          const answer = await fetch(form.action, { method: "POST", body: sent, headers: { "X-Fragment": "1" }, redirect: "error" });
          if (answer.status !== 204) throw new Error(answer.statusText);
          done += 1;
        } catch (error) { failed += 1; }
      }
      if (failed === 0) { location.reload(); return; }
      told.textContent = form.dataset.failed;
      button.disabled = false;
    });
  });

  // The leader's page may be put on a telephone's screen; without a network it says so instead of the browser.
  const app = document.querySelector("link[data-app]");
  if (app && "serviceWorker" in navigator) {
    navigator.serviceWorker.register(app.dataset.app, { scope: "/console/leader" }).catch(() => {});
  }
})();
