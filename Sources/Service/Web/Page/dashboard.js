"use strict";
// The page as a whole: the connection to the daemon, the look, keys, and what is drawn when.

const stage = new Stage(element("view"));
const timeline = new Timeline(element("timeline"), element("live"), () => element("live").classList.toggle("past", store.paused !== null));
const health = { lateness: [], limits: [], counts: null, totals: null, bounds: null };
const seconds = () => performance.now() / 1000;

// Connection

function connect() {
  if (location.protocol === "file:") return absent("This one is a file, and asks nobody.");
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
  socket.onopen = () => { chip("link", "live", "live"); element("absent").hidden = true; };
  socket.onmessage = message => take(JSON.parse(message.data));
  socket.onclose = () => { absent(`It asks ${location.host} again every second.`); setTimeout(connect, 1000); };
}

function absent(where) {
  chip("link", "not connected", "lost");
  element("where").textContent = where;
  element("absent").hidden = false;
}

function take(message) {
  switch (message.type) {
    case "hello": greet(message); break;
    case "history": for (const { topic, event } of message.events) hear(topic, event); break;
    case "clip": store.robot.load(message.poses, seconds()); break;
    case "pose": for (const pose of message.robots) store.robots.get(pose.robot)?.take(pose, seconds()); break;
    case "status": store.queues = message.queues; panel.queue(); people.show(message.people || []); measure(message); break;
    case "event": hear(message.topic, message.event); break;
  }
}

function greet(message) {
  store.greet(message.robots);
  commands.areTaken = message.commands;
  document.body.classList.toggle("file", Boolean(message.file));
  if (message.file) for (const robot of store.robots.values()) robot.hasPast = true;
  if (message.file) chip("link", message.file, "live");
  element("about").textContent = `kmmd ${message.build}, model ${message.model}`;
  element("robots").replaceChildren(...store.order.map(name => {
    const robot = store.robots.get(name);
    const tab = make("button", robot.name, { title: name });
    tab.setAttribute("role", "tab");
    tab.addEventListener("click", () => choose(name));
    stage.fetchMeshes(robot);
    return tab;
  }));
  document.querySelector("[data-show=all]").hidden = store.order.length < 2;
  document.querySelector("[data-show=meshes]").hidden = !message.robots.some(robot => robot.mesh);
  choose(store.current);
  panel.allow();
  if (message.file) return panel.open("joints");
  if (!panel.actions.length) fetch("actions.json").then(answer => answer.ok ? answer.json() : { actions: [] })
    .then(answer => { panel.actions = answer.actions; }).catch(() => {});
}

function choose(name) {
  store.current = name;
  store.paused = null;
  timeline.moved();
  [health.limits, health.totals] = [[], null];
  [...element("robots").children].forEach((tab, index) => tab.setAttribute("aria-selected", String(store.order[index] === name)));
  panel.queue();
  fetchPast(store.robot);
}

/** Asks once for what a robot did before this page was opened, and again after the daemon was away. */
async function fetchPast(robot) {
  if (!robot || robot.isClip || robot.hasPast || location.protocol === "file:") return;
  robot.hasPast = true;
  try {
    const answer = await fetch(`past/${robot.robot}.json`);
    if (answer.ok) robot.remember((await answer.json()).poses);
  } catch { robot.hasPast = false; }
}

/** Takes an event to the list, and what it says of actions to the robot. */
function hear(topic, event) {
  panel.log(topic, event);
  const robot = store.robots.get(event.robot);
  if (!robot || !event.command) return;
  if (event.segments) {
    robot.texts[event.command] = event.segments.map(segment => segment.text);
    robot.goals = { ...robot.goals, [event.command]: event.segments };
  }
  if (event.event === "segment" && robot.latest) aim(robot, event);
}

/** Where an action with a distance shall lead, seen from where it begins. */
function aim(robot, event) {
  const segment = (robot.goals && robot.goals[event.command] || [])[event.segment];
  const turn = { forward: 0, left: Math.PI / 2, backward: Math.PI, right: -Math.PI / 2 }[segment && segment.direction];
  if (!segment || !segment.distance_m || turn === undefined) return;
  const bodies = robot.latest.bodies, way = math.heading(bodies.slice(3, 7)) + turn;
  const place = [bodies[0] + segment.distance_m * Math.cos(way), bodies[1] + segment.distance_m * Math.sin(way)];
  robot.goal = { command: event.command, segment: event.segment, place };
}

// What is drawn

function chip(id, text, kind) {
  const place = element(id);
  if (place.textContent !== text) place.textContent = text;
  place.className = `chip ${kind}`;
}

function measure(message) {
  const add = (list, value) => { list.push(value); if (list.length > 60) list.shift(); };
  if (health.counts && message.lateness.length) add(health.lateness, message.lateness.map((count, index) => count - health.counts[index]));
  health.counts = message.lateness.length ? message.lateness : null;
  health.bounds = message.bounds_us;
  const now = store.robot && store.robot.latest && store.robot.latest.limits;
  if (now && health.totals) add(health.limits, plots.kinds.map(kind => 2 * (now[kind] - health.totals[kind])));
  if (now) health.totals = now;
}

const isOpen = name => !document.querySelector(`[data-page=${name}]`).hidden;

/** Ten times a second: words and plots. */
function tell() {
  const robot = store.robot;
  if (!robot || !robot.latest) return;
  const pose = store.paused === null ? robot.latest : robot.at(store.time(robot, seconds()));
  chip("state", pose.held ? `${pose.state}, held` : pose.state, pose.state);
  const action = pose.command ? ` · ${robot.text(pose.command, pose.segment)}` : "";
  const planned = robot.isClip ? "" : ` · ${(pose.frames_ahead / robot.rate_hz).toFixed(1)} s planned`;
  element("facts").textContent = `frame ${pose.frame}${action}${planned}`;
  timeline.draw(seconds());
  if (isOpen("joints")) {
    const count = plots.joints(element("joints"), robot, element("filter").value, store.paused === null ? robot.end : pose.time);
    element("count").textContent = `${count} of ${robot.joints.length} joints, 20 s; the frame is the range of the joint`;
  }
  if (isOpen("health")) {
    plots.lateness(element("lateness"), health.lateness, health.bounds);
    plots.limits(element("limits"), health.limits);
  }
}

// The look

const looks = ["auto", "light", "dark"];
const system = matchMedia("(prefers-color-scheme: light)");
let look = "auto";

function dress() {
  const isLight = look === "light" || (look === "auto" && system.matches);
  document.documentElement.dataset.theme = isLight ? "light" : "dark";
  element("theme").title = `Look: ${look === "auto" ? "as your system has it" : look}`;
}

try { look = looks.includes(localStorage.getItem("look")) ? localStorage.getItem("look") : "auto"; } catch { look = "auto"; }
system.addEventListener("change", dress);
element("theme").addEventListener("click", () => {
  look = looks[(looks.indexOf(look) + 1) % looks.length];
  try { localStorage.setItem("look", look); } catch { /* It is then chosen again. */ }
  dress();
});
for (const button of document.querySelectorAll("#shows button")) button.addEventListener("click", () => {
  const name = button.dataset.show;
  stage.shows[name] = !stage.shows[name];
  button.setAttribute("aria-pressed", String(stage.shows[name]));
  if (name === "all" && stage.shows.all) for (const robot of store.robots.values()) fetchPast(robot);
});

// Keys

const stops = { h: "hold", s: "stop", x: "halt", r: "resume", R: "reset" };

addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || element("keys").open) return;
  if (event.key === "Escape") { panel.close(); return panel.stop("hold"); }
  if (event.target.matches("input, select")) return;
  const verb = stops[event.key] || stops[event.key.toLowerCase()];
  if (verb) { event.preventDefault(); return panel.stop(verb); }
  if (event.key === "/") { event.preventDefault(); element("text").focus(); }
  if (event.key === "?") element("keys").showModal();
  if (event.key === "[" || event.key === "]") timeline.seek((store.paused || 0) + (event.key === "[" ? 0.5 : -0.5));
  if (event.key === "End") timeline.seek(0);
  if (/^[1-9]$/.test(event.key) && store.order[event.key - 1]) choose(store.order[event.key - 1]);
});
element("live").addEventListener("click", () => timeline.seek(0));
element("help").addEventListener("click", () => element("keys").showModal());

// The start

dress();
commands.begin();
panel.begin();
panel.allow();
stage.scene.listen();
if (!stage.scene.gl) {
  document.body.classList.add("flat");
  element("scene").prepend(make("p", "This browser has no WebGL 2, so the robot cannot be drawn; all else works.", { className: "note" }));
}
(function frame() {
  if (stage.scene.isSoftware) setTimeout(() => requestAnimationFrame(frame), 60); else requestAnimationFrame(frame);
  stage.draw(seconds(), document.documentElement.dataset.theme);
})();
setInterval(tell, 100);
connect();
