"use strict";
// The side panel: the text with its suggestions, what was understood, queue, events, files.

const element = id => document.getElementById(id);

/** Makes an element with a text or children. */
function make(tag, content = "", properties = {}) {
  const result = Object.assign(document.createElement(tag), properties);
  if (Array.isArray(content)) result.append(...content); else result.textContent = content;
  return result;
}

const panel = {
  actions: [], said: [], chosen: -1,

  // The text

  begin() {
    try { panel.said = JSON.parse(localStorage.getItem("said") || "[]"); } catch { panel.said = []; }
    const field = element("text");
    field.addEventListener("input", () => panel.suggest());
    field.addEventListener("focus", () => panel.suggest());
    field.addEventListener("blur", () => setTimeout(() => panel.close(), 150));
    field.addEventListener("keydown", event => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); panel.choose(event.key === "ArrowDown" ? 1 : -1); }
      if (event.key === "Tab" && panel.chosen >= 0) { event.preventDefault(); panel.take(panel.chosen); }
    });
    element("say").addEventListener("submit", event => { event.preventDefault(); panel.say(); });
    for (const button of document.querySelectorAll("#stops button")) button.addEventListener("click", () => panel.stop(button.dataset.verb));
    for (const tab of document.querySelectorAll("nav button")) tab.addEventListener("click", () => panel.open(tab.dataset.tab));
    element("record").addEventListener("submit", event => { event.preventDefault(); panel.record(); });
    element("sought").addEventListener("input", () => panel.list());
    element("token").addEventListener("input", () => { commands.keep(element("token").value); panel.allow(); });
    element("access").addEventListener("submit", event => event.preventDefault());
  },

  /** What goes on from the last words of the text: what was said before, then what the daemon can do. */
  matches() {
    const text = element("text").value, tail = text.split(/,| then | and /i).pop().trim().toLowerCase();
    if (!tail) return text ? [] : panel.said.slice(0, 5).map(said => ({ text: said, from: "said before", whole: true }));
    const words = tail.split(/\s+/);
    const rank = text => text.startsWith(tail) ? 0 : text.includes(` ${tail}`) ? 1 : words.every(word => text.includes(word)) ? 2 : 3;
    return panel.actions.map(action => ({ text: action.text, from: action.family, rank: rank(action.text) }))
      .filter(action => action.rank < 3 && action.text !== tail).sort((a, b) => a.rank - b.rank || a.text.length - b.text.length).slice(0, 8);
  },

  suggest() {
    panel.chosen = -1;
    panel.found = panel.matches();
    element("suggestions").replaceChildren(...panel.found.map((match, index) => {
      const item = make("li", [make("span", match.text), make("small", match.from)], { role: "option", id: `suggestion-${index}` });
      item.addEventListener("pointerdown", event => { event.preventDefault(); panel.take(index); });
      return item;
    }));
    panel.mark();
    element("suggestions").hidden = !panel.found.length;
    element("text").setAttribute("aria-expanded", String(panel.found.length > 0));
  },

  choose(step) {
    if (element("suggestions").hidden) panel.suggest();
    if (!panel.found.length) return;
    panel.chosen = (panel.chosen + step + panel.found.length + (panel.chosen < 0 && step < 0 ? 1 : 0)) % panel.found.length;
    panel.mark();
  },

  mark() {
    [...element("suggestions").children].forEach((item, index) => item.setAttribute("aria-selected", String(index === panel.chosen)));
    if (panel.chosen >= 0) element("text").setAttribute("aria-activedescendant", `suggestion-${panel.chosen}`);
    else element("text").removeAttribute("aria-activedescendant");
  },

  take(index) {
    const field = element("text"), match = panel.found[index];
    const kept = match.whole ? "" : field.value.match(/^(.*(?:,| then | and )\s*)?/i)[0];
    field.value = kept + match.text;
    panel.close();
    field.focus();
    panel.close();
  },

  close() {
    element("suggestions").hidden = true;
    panel.chosen = -1;
    element("text").setAttribute("aria-expanded", "false");
  },

  async say() {
    const field = element("text");
    if (!element("suggestions").hidden && panel.chosen >= 0) return panel.take(panel.chosen);
    const text = field.value.trim();
    if (!text) return;
    panel.close();
    panel.said = [text, ...panel.said.filter(other => other !== text)].slice(0, 30);
    try { localStorage.setItem("said", JSON.stringify(panel.said)); } catch { /* They are then forgotten with the page. */ }
    const reply = await commands.send("say", { text, mode: element("replace").checked ? "replace" : "append" });
    panel.answer("say", reply);
    if (reply.ok) field.select();
  },

  async stop(verb) { if (commands.areAllowed) panel.answer(verb, await commands.send(verb)); else panel.allow(); },

  // Files

  /** What lies in the daemon's folders; null where it has none. */
  files: { clips: null, recordings: null },

  async fetchFiles() {
    if (commands.areAllowed) panel.files = await commands.fetch("files.json") || { clips: null, recordings: null };
    panel.list();
  },

  list() {
    const words = element("sought").value.toLowerCase().split(/\s+/).filter(Boolean);
    const kinds = [
      ["clips", "Play", file => commands.send("play", { file }), "No folder of motion files: start kmmd with --clips FOLDER."],
      ["recordings", "Replay", name => commands.send("replay", { name }), "No folder of recordings: start kmmd with --state FOLDER."],
    ];
    for (const [kind, verb, send, absence] of kinds) {
      const names = panel.files[kind];
      const found = (names || []).filter(name => words.every(word => name.toLowerCase().includes(word)));
      const empty = !commands.areAllowed ? "The token is needed to see them." : !names ? absence : names.length ? "None is called so." : "There are none yet.";
      element(kind).replaceChildren(...found.map(name => {
        const button = make("button", verb, { ariaLabel: `${verb} ${name}` });
        button.addEventListener("click", async () => panel.answer(verb.toLowerCase(), await send(name)));
        return make("li", [make("span", name), button]);
      }));
      if (!found.length) element(kind).append(make("li", empty, { className: "note" }));
    }
  },

  async record() {
    const isOn = element("recording").dataset.on === "yes";
    const reply = await commands.send("record", { action: isOn ? "stop" : "start" }, null);
    panel.answer("record", reply);
    if (!reply.ok) return;
    element("recording").dataset.on = isOn ? "no" : "yes";
    element("recording").textContent = isOn ? `${reply.recording}.mcap, ${Math.round((reply.bytes || 0) / 1024)} KiB` : `recording ${reply.recording}`;
    document.querySelector("#record button").textContent = isOn ? "Record" : "End the recording";
    if (isOn) panel.fetchFiles();
  },

  /** Shows what became of a request. */
  answer(verb, reply) {
    const place = element("understood");
    if (!reply.ok) {
      const { code, message, nearest } = reply.error || { code: "bad_answer", message: "" };
      place.replaceChildren(make("span", `${message || code}`, { className: "refused", title: code }));
      if (nearest) place.append(make("div", nearest.map(panel.offer), { className: "nearest" }));
      return;
    }
    if (reply.segments && reply.segments.length) {
      place.replaceChildren(make("ol", reply.segments.map(panel.segment)));
      const robot = store.robots.get(reply.robot);
      if (robot) robot.texts[reply.command] = reply.segments.map(segment => segment.text);
    } else {
      const frame = reply.frame === undefined || reply.frame === null ? "" : ` with frame ${reply.frame}`;
      place.replaceChildren(make("span", `${reply.verb || verb}: ${reply.command || reply.recording || "done"}${frame}`, { className: "quiet" }));
    }
    for (const warning of reply.warnings || []) place.append(make("div", warning, { className: "quiet" }));
  },

  /** A text that can be done instead of one that was refused, to be sent as it is or changed. */
  offer(text) {
    const button = make("button", text, { title: "put it into the field" });
    button.addEventListener("click", () => { element("text").value = text; element("text").focus(); panel.close(); });
    return button;
  },

  /** One action as it was understood, and how surely. */
  segment(segment) {
    const parts = [bare(segment.text)];
    if (segment.repeat > 1) parts.push(`, ${segment.repeat} times`);
    if (segment.distance_m) parts.push(`, ${segment.distance_m} m`);
    if (segment.turn_deg) parts.push(`, ${segment.turn_deg}°`);
    if (segment.duration_s) parts.push(`, ${segment.duration_s.toFixed(1)} s`);
    const item = make("li", [parts.join("")]);
    const likeness = Math.min(...(segment.actions || []).map(action => action.likeness));
    if (Number.isFinite(likeness)) {
      const names = segment.actions.map(action => [action.action.replaceAll("_", " "), action.side, action.manner].filter(Boolean).join(" ")).join(" + ");
      const kind = likeness > 0.8 ? "sure" : likeness > 0.5 ? "sure fair" : "sure poor";
      item.append(make("span", `${Math.round(100 * likeness)} %`, { className: kind, title: `understood as: ${names}` }));
    }
    if (segment.left_out && segment.left_out.length) item.append(make("small", ` left out: ${segment.left_out.join(" ")}`));
    return item;
  },

  // What may be done

  allow() {
    const has = commands.areAllowed;
    for (const control of document.querySelectorAll("#say input, #say button, #stops button, [data-page=files] input, [data-page=files] button")) control.disabled = !has;
    element("access").hidden = has || commands.areTaken === null;
    element("token").hidden = commands.areTaken === false;
    if (commands.areTaken === false)
      element("reading").textContent = "Read-only: this daemon has no state folder, and so no token (start it with --state FOLDER).";
  },

  open(name) {
    if (name === "files") panel.fetchFiles();
    for (const tab of document.querySelectorAll("nav button")) tab.setAttribute("aria-selected", String(tab.dataset.tab === name));
    for (const page of document.querySelectorAll("[data-page]")) page.hidden = page.dataset.page !== name;
  },

  // What happens

  queue() {
    element("queue").replaceChildren(...(store.queues[store.current] || []).map(entry => {
      const item = make("li", [entry.text, make("small", ` ${entry.state}`)]);
      if (commands.areAllowed) {
        const cancel = make("button", "×", { title: `Cancel ${entry.command}`, ariaLabel: `Cancel ${entry.text}` });
        cancel.addEventListener("click", async () => panel.answer("cancel", await commands.send("cancel", { command: entry.command })));
        item.append(cancel);
      }
      return item;
    }));
  },

  /** Adds an event to the list; limits have a plot of their own, and profiles are long. */
  log(topic, event) {
    if (!event.event || ["limits", "segment"].includes(event.event) || topic.startsWith("profile.")) return;
    const time = make("time", new Date(event.t_wall_ns / 1e6).toLocaleTimeString("en-GB") + " ");
    const what = event.event === "robot" ? event.state : event.event === "follow" ? `follows ${event.person}: ${event.state}`
      : !event.command && event.state && event.state !== event.event ? `${event.event} ${event.state}` : event.event;
    const more = [event.event === "generating" && (event.segments || []).map(segment => bare(segment.text)).join(", "), event.reason, event.problem, event.latency_ms && `after ${Math.round(event.latency_ms)} ms`];
    for (const achieved of event.achieved || []) {
      if (achieved.distance_m !== undefined) more.push(`went ${achieved.distance_m.toFixed(2)} m`);
      if (achieved.turn_deg !== undefined) more.push(`turned ${achieved.turn_deg.toFixed(0)}°`);
      if (achieved.steps !== undefined) more.push(`${achieved.steps} steps`);
    }
    const line = [event.command || event.robot || event.person || topic.split(".")[0], what, ...more.filter(Boolean)].join("  ");
    const isBad = ["failed", "expired", "rejected", "underrun", "interrupted"].includes(event.event) || event.state === "failed" || Boolean(event.problem);
    element("log").prepend(make("li", [time, line], { className: isBad ? "bad" : "" }));
    while (element("log").childElementCount > 200) element("log").lastChild.remove();
  },
};
