"use strict";
// The daemon's page: draws what the WebSocket tells, and sends commands with the token.

const element = id => document.getElementById(id);
let robots = [];
let poses = {};
let queues = {};
let previousCounts = null;
let previousLimits = null;
const lateness = [];
const limits = [];

// Connection

function connect() {
  const socket = new WebSocket(`ws://${location.host}/live`);
  socket.onopen = () => chip("link", "live", "live");
  socket.onmessage = message => take(JSON.parse(message.data));
  socket.onclose = () => { chip("link", "not connected", "lost"); setTimeout(connect, 1000); };
}

function take(message) {
  switch (message.type) {
    case "hello": greet(message); break;
    case "pose": for (const robot of message.robots) poses[robot.robot] = robot; show(); break;
    case "status": queues = message.queues; showQueue(); plot(message); break;
    case "event": log(message.topic, message.event); break;
  }
}

function greet(message) {
  robots = message.robots;
  const chosen = element("robot").value;
  element("robot").replaceChildren(...robots.map(robot => new Option(robot.name, robot.robot)));
  if (robots.some(robot => robot.robot === chosen)) element("robot").value = chosen;
  previousCounts = previousLimits = null;
  allow(message.commands);
}

const current = () => element("robot").value;

function chip(id, text, kind) {
  element(id).textContent = text;
  element(id).className = `chip ${kind}`;
}

function show() {
  const pose = poses[current()];
  if (!pose) return;
  chip("state", pose.held ? `${pose.state}, held` : pose.state, pose.state);
  element("facts").textContent = `frame ${pose.frame}` + (pose.command ? ` · ${pose.command}` : "")
    + ` · ${pose.frames_ahead} frames ahead`;
}

function showQueue() {
  element("queue").replaceChildren(...(queues[current()] || []).map(entry => {
    const item = document.createElement("li");
    item.textContent = `${entry.text} (${entry.state})`;
    return item;
  }));
}

function log(topic, event) {
  if (!event.event) return;
  const item = document.createElement("li");
  const time = document.createElement("time");
  time.textContent = new Date(event.t_wall_ns / 1e6).toLocaleTimeString("en-GB") + " ";
  const subject = event.command || event.robot || topic;
  const what = event.event === "robot" ? event.state : event.event;
  const more = [event.reason, event.problem, event.latency_ms && `after ${Math.round(event.latency_ms)} ms`].filter(Boolean);
  item.append(time, [subject, what, ...more].join("  "));
  element("log").prepend(item);
  while (element("log").childElementCount > 100) element("log").lastChild.remove();
}

// Commands

function allow(areTaken) {
  const has = areTaken && element("token").value.length > 0;
  for (const control of document.querySelectorAll("#say input, #say button, #stops button")) control.disabled = !has;
  element("token").disabled = !areTaken;
  if (!areTaken) element("token").placeholder = "this daemon takes no commands here";
}

async function send(type, body) {
  const request = { v: 1, id: crypto.randomUUID ? crypto.randomUUID() : String(Math.random()), type, robot: current(), body };
  const answer = element("answer");
  try {
    const response = await fetch("/command", {
      method: "POST", body: JSON.stringify(request), headers: { Authorization: `Bearer ${element("token").value.trim()}` },
    });
    const text = await response.text();
    let reply = null;
    try { reply = JSON.parse(text); } catch { }
    answer.className = response.ok ? "" : "refused";
    answer.textContent = !reply ? text : reply.ok
      ? `${reply.verb || type}: ${reply.command || (reply.frame !== undefined ? `frame ${reply.frame}` : "done")}`
      : `${reply.error.code}: ${reply.error.message}`;
  } catch (error) {
    answer.className = "refused";
    answer.textContent = String(error);
  }
}

element("say").addEventListener("submit", event => {
  event.preventDefault();
  const text = element("text").value.trim();
  if (text) send("say", { text, mode: element("replace").checked ? "replace" : "append" });
});
for (const button of document.querySelectorAll("#stops button"))
  button.addEventListener("click", () => send(button.dataset.verb, {}));
element("token").value = sessionStorage.getItem("token") || "";
element("token").addEventListener("input", () => {
  sessionStorage.setItem("token", element("token").value);
  allow(true);
});
element("access").addEventListener("submit", event => event.preventDefault());
element("robot").addEventListener("change", () => { previousLimits = null; limits.length = 0; show(); showQueue(); });

// Plots: one column for each half second.

const kinds = ["position", "velocity", "acceleration", "jerk", "slowed_frames"];
const colours = ["#5cb3ff", "#5fd38a", "#f2c14e", "#ff8a7a", "#b08cff"];

function plot(message) {
  if (previousCounts) {
    lateness.push(message.lateness.map((count, index) => count - previousCounts[index]));
    if (lateness.length > 60) lateness.shift();
  }
  previousCounts = message.lateness;
  const now = poses[current()] && poses[current()].limits;
  if (now && previousLimits) {
    limits.push(kinds.map(kind => 2 * (now[kind] - previousLimits[kind])));
    if (limits.length > 60) limits.shift();
  }
  if (now) previousLimits = now;
  drawLateness(message.bounds_us);
  drawLimits();
}

function surface(id) {
  const canvas = element(id);
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (canvas.width !== width * scale || canvas.height !== height * scale) [canvas.width, canvas.height] = [width * scale, height * scale];
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = "10px system-ui, sans-serif";
  return { context, width, height };
}

// The share of ticks in each class, from punctual (bottom) to late (top).
function drawLateness(bounds) {
  const { context, width, height } = surface("lateness");
  const left = 48, rows = bounds.length + 1, row = height / rows, column = (width - left) / 60;
  lateness.forEach((counts, index) => {
    const total = counts.reduce((sum, count) => sum + count, 0) || 1;
    counts.forEach((count, level) => {
      if (!count) return;
      const share = Math.min(1, 0.25 + 0.75 * count / total);
      context.fillStyle = level < 4 ? `rgba(95, 211, 138, ${share})` : level < 7 ? `rgba(242, 193, 78, ${share})` : `rgba(255, 110, 90, ${share})`;
      context.fillRect(left + (60 - lateness.length + index) * column, height - (level + 1) * row, column - 1, row - 1);
    });
  });
  context.fillStyle = "#8f9dab";
  for (const level of [0, 4, 7]) {
    const bound = bounds[level];
    context.fillText(bound < 1000 ? `${bound} µs` : `${bound / 1000} ms`, 4, height - level * row - 1);
  }
}

function drawLimits() {
  const { context, width, height } = surface("limits");
  const peak = Math.max(10, ...limits.flat());
  kinds.forEach((kind, index) => {
    context.strokeStyle = colours[index];
    context.beginPath();
    limits.forEach((values, place) => {
      const x = width * (60 - limits.length + place) / 59;
      const y = height - 3 - (height - 18) * values[index] / peak;
      place ? context.lineTo(x, y) : context.moveTo(x, y);
    });
    context.stroke();
    context.fillStyle = colours[index];
    context.fillText(kind.replace("_frames", ""), 6 + index * 68, 10);
  });
}

// The robot: segments with a thickness, seen from a camera that turns around it.

const camera = { yaw: -0.75, pitch: 0.16, distance: 2.7 };
let target = [0, 0, 0.7];

function draw() {
  requestAnimationFrame(draw);
  const { context, width, height } = surface("view");
  const pose = poses[current()];
  const robot = robots.find(each => each.robot === current());
  if (!pose || !robot) return;
  const ends = pose.ends;
  const root = [ends[0], ends[1]];
  target = [target[0] + 0.1 * (root[0] - target[0]), target[1] + 0.1 * (root[1] - target[1]), target[2]];
  const [cy, sy, cp, sp] = [Math.cos(camera.yaw), Math.sin(camera.yaw), Math.cos(camera.pitch), Math.sin(camera.pitch)];
  const focus = 1.1 * Math.min(width, height);
  const project = (x, y, z) => {
    x -= target[0]; y -= target[1]; z -= target[2];
    const forward = -(cy * x + sy * y), right = -sy * x + cy * y;
    const depth = camera.distance + cp * forward - sp * z;
    const up = cp * z + sp * forward;
    return depth < 0.1 ? null : [width / 2 + focus * right / depth, height / 2 - focus * up / depth, depth];
  };
  floor(context, project);
  const parts = robot.radii.map((radius, index) => {
    const from = project(...ends.slice(6 * index, 6 * index + 3));
    const to = project(...ends.slice(6 * index + 3, 6 * index + 6));
    return from && to && { from, to, radius, depth: (from[2] + to[2]) / 2 };
  }).filter(Boolean).sort((a, b) => b.depth - a.depth);
  context.lineCap = "round";
  for (const part of parts) {
    const size = 2 * part.radius * focus / part.depth;
    const shade = Math.max(0, Math.min(1, 0.5 + (camera.distance - part.depth) * 1.4));
    for (const [width, light] of [[size, 0.6], [size * 0.8, 0.85], [size * 0.5, 1]]) {
      const level = light * (0.5 + 0.5 * shade);
      context.strokeStyle = `rgb(${Math.round(150 * level)}, ${Math.round(186 * level)}, ${Math.round(222 * level)})`;
      context.lineWidth = Math.max(1, width);
      context.beginPath();
      context.moveTo(part.from[0], part.from[1]);
      context.lineTo(part.to[0] + 0.01, part.to[1]);
      context.stroke();
    }
  }
}

function floor(context, project) {
  context.strokeStyle = "#2a333d";
  context.lineWidth = 1;
  const [x0, y0] = [Math.round(target[0] * 2) / 2, Math.round(target[1] * 2) / 2];
  for (let offset = -3; offset <= 3; offset += 0.5) {
    for (const line of [[x0 + offset, y0 - 3, x0 + offset, y0 + 3], [x0 - 3, y0 + offset, x0 + 3, y0 + offset]]) {
      const from = project(line[0], line[1], 0), to = project(line[2], line[3], 0);
      if (!from || !to) continue;
      context.beginPath();
      context.moveTo(from[0], from[1]);
      context.lineTo(to[0], to[1]);
      context.stroke();
    }
  }
}

const view = element("view");
view.addEventListener("pointermove", event => {
  if (!event.buttons) return;
  camera.yaw -= event.movementX * 0.008;
  camera.pitch = Math.max(-0.1, Math.min(1.4, camera.pitch + event.movementY * 0.006));
});
view.addEventListener("wheel", event => {
  event.preventDefault();
  camera.distance = Math.max(1.2, Math.min(10, camera.distance * Math.exp(event.deltaY * 0.001)));
}, { passive: false });

allow(false);
connect();
draw();
