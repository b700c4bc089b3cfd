"use strict";
// The last minute and what is planned: actions, states, feet on the floor; and the way back through it.

class Timeline {
  /** `moved` hears when the time that is shown changes. */
  constructor(canvas, label, moved) {
    this.canvas = canvas;
    this.label = label;
    this.moved = moved;
    this.blocks = [];
    this.lanes = new Map();
    this.span = KEPT;
    const seek = event => {
      const { left, width } = canvas.getBoundingClientRect();
      this.seek(this.back - (event.clientX - left) / width * (this.back + this.ahead));
    };
    canvas.addEventListener("pointerdown", event => { canvas.setPointerCapture(event.pointerId); seek(event); });
    canvas.addEventListener("pointermove", event => {
      if (event.buttons) return seek(event);
      const at = event.clientX - canvas.getBoundingClientRect().left;
      const texts = this.blocks.filter(block => block.text && block.from <= at && at <= block.to).map(block => block.text);
      canvas.title = texts.join("\n") || this.hint;
    });
    this.hint = canvas.title;
    canvas.addEventListener("wheel", event => {
      event.preventDefault();
      this.span = Math.max(10, Math.min(KEPT, this.span * Math.exp(event.deltaY * 0.001)));
    }, { passive: false });
    canvas.addEventListener("keydown", event => {
      const steps = { ArrowLeft: 0.5, ArrowRight: -0.5, PageUp: 5, PageDown: -5 };
      if (event.key in steps) this.seek((store.paused || 0) + steps[event.key]);
      else if (event.key === "Home") this.seek(this.back);
      else if (event.key === "End") this.seek(0);
      else return;
      event.preventDefault();
    });
  }

  /** Seconds of the past that have room. */
  get back() { return store.robot && store.robot.isClip ? Math.max(1, store.robot.end - store.robot.start) : this.span; }

  /** Seconds of the plan that have room. */
  get ahead() { return store.robot && store.robot.isClip ? 0 : this.span / 6; }

  /** Goes so many seconds back; to the present for less than a fifth of one. */
  seek(seconds) {
    const robot = store.robot;
    const most = robot ? robot.end - robot.start : 0;
    store.paused = seconds < 0.2 ? null : Math.min(seconds, most);
    this.moved();
  }

  draw(now) {
    const surface = plots.surface(this.canvas), robot = store.robot;
    if (!surface || !robot) return;
    const { context, width, height } = surface, ink = plots.ink();
    const head = robot.end, scale = width / (this.back + this.ahead);
    const x = time => (time - head + this.back) * scale;
    const rows = { actions: [4, height - 34], feet: [height - 26, 16] };
    context.fillStyle = ink.soft;
    context.fillRect(robot.isClip ? 0 : x(head), 0, width, height);
    this.actions(context, robot, x, rows.actions, ink, width);
    this.feet(context, robot, x, rows.feet, ink);
    context.fillStyle = ink.quiet;
    const step = [1, 2, 5, 10, 30, 60, 300].find(step => this.back / step <= width / 60) || 600;
    for (let second = Math.ceil(-this.back / step) * step; second < this.ahead; second += step) {
      const text = robot.isClip ? `${Math.round(head - robot.start + second)} s` : second === 0 ? "now" : `${second > 0 ? "+" : ""}${second} s`;
      context.fillText(text, Math.max(0, x(head + second) - 10), height - 1);
    }
    const at = store.time(robot, now);
    context.fillStyle = store.paused === null ? ink.accent : ink.alarm;
    context.fillRect(x(at) - 1, 0, 2, height - 10);
    this.tell(robot, at);
  }

  /** Actions in lanes, one below the other, so that there is room for their words. */
  actions(context, robot, x, [top, height], ink, width) {
    const blocks = [], runs = robot.runs(), lanes = 3, lane = height / lanes;
    // An action keeps its lane while others come and go.
    const laneOf = key => {
      if (!this.lanes.has(key)) this.lanes.set(key, this.lanes.size % lanes);
      return this.lanes.get(key);
    };
    const add = (lane, from, to, text, colour, opacity) => {
      if (to > 0 && to > from) blocks.push({ lane: lane % lanes, from, to, text, colour, opacity });
    };
    for (const run of runs) {
      const key = run.command + run.segment;
      add(laneOf(key), x(run.from), x(run.to), robot.text(run.command, run.segment), plots.colour(key), 0.5);
    }
    let from = x(robot.end);
    const last = runs[runs.length - 1], planned = robot.latest && !robot.isClip ? robot.latest.frames_ahead / robot.rate_hz : 0;
    if (planned > 0.1) {
      const isSame = last && robot.latest.command === last.command, key = last && last.command + last.segment;
      const to = Math.min(width, from + x(robot.end + planned) - x(robot.end));
      add(isSame ? laneOf(key) : this.lanes.size, from, to, isSame ? "" : "planned", isSame ? plots.colour(key) : ink.quiet, 0.25);
      from = to;
    }
    let waiting = this.lanes.size;
    for (const entry of store.queues[robot.robot] || []) {
      if (!["queued", "generating"].includes(entry.state) || from > width) continue;
      add(++waiting, from, from + 90, entry.text, ink.quiet, 0.25);
      from += 92;
    }
    blocks.forEach((block, index) => {
      const y = top + block.lane * lane, start = Math.max(block.from, 0);
      context.fillStyle = block.colour;
      context.globalAlpha = block.opacity;
      context.fillRect(start, y, Math.max(2, block.to - start), lane - 2);
      context.globalAlpha = 1;
      if (block.from >= 0 && block.text) context.fillRect(block.from, y, 2, lane - 2);
      const next = blocks.slice(index + 1).find(other => other.lane === block.lane && other.text);
      const room = (next ? next.from : width) - start - 9;
      // A word that is cut says nothing: the beginning with dots, or none where there is no room.
      let told = block.text;
      while (told.length > 1 && context.measureText(told).width > room) told = `${told.slice(0, -2)}…`;
      context.fillStyle = ink.text;
      if (told.length > 2) context.fillText(told, start + 5, y + lane / 2 + 3);
    });
    this.blocks = blocks;
  }

  /** Dark where a foot stands: the left one above the right one. */
  feet(context, robot, x, [top, height], ink) {
    const row = height / 2 - 1;
    [[0, 1, ink.left], [2, 3, ink.right]].forEach(([heel, toe, colour], index) => {
      let from = null;
      const close = to => {
        if (from !== null) { context.fillStyle = colour; context.fillRect(x(from), top + index * (row + 1), Math.max(1, x(to) - x(from)), row); }
        from = null;
      };
      for (const pose of robot.poses) {
        const stands = pose.contacts && Math.max(pose.contacts[heel], pose.contacts[toe]) > 0.5;
        if (stands && from === null) from = pose.time;
        else if (!stands) close(pose.time);
      }
      close(robot.end);
    });
  }

  tell(robot, at) {
    const ago = store.paused;
    const text = robot.isClip ? `${(at - robot.start).toFixed(1)} s` : ago === null ? "live" : `${ago.toFixed(1)} s ago`;
    if (this.label.textContent !== text) {
      this.label.textContent = text;
      this.canvas.setAttribute("aria-valuenow", ago === null ? "0" : (-ago).toFixed(1));
      this.canvas.setAttribute("aria-valuetext", text);
    }
  }
}
