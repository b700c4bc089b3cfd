"use strict";
// Plots on flat canvases: joints with their ranges, lateness of the ticks, limits at work.

const plots = {
  /** A canvas made ready for drawing in CSS pixels; null while it cannot be seen. */
  surface(canvas) {
    const scale = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width || !height) return null;
    const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
    if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
    const context = canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = "11px system-ui, sans-serif";
    return { context, width, height };
  },

  /** The colours of the page's look. */
  ink() {
    const style = getComputedStyle(document.documentElement), of = name => style.getPropertyValue(name).trim();
    return {
      text: of("--text"), quiet: of("--quiet"), line: of("--line"), soft: of("--soft"), accent: of("--accent"), alarm: of("--alarm"),
      good: of("--good"), warn: of("--warn"), left: of("--left"), right: of("--right"), onColour: of("--on-colour"),
    };
  },

  /** A colour of its own for a name. */
  colour(name) {
    let hash = 7;
    for (const letter of name) hash = (hash * 31 + letter.charCodeAt(0)) % 3600;
    return `hsl(${(hash * 137) % 360} 46% 42%)`;
  },

  rowHeight: 46,

  /** The joints whose names have all the words, each in its range; what is measured beside what is told. */
  joints(canvas, robot, filter, at) {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = robot.joints.map((joint, index) => ({ ...joint, index })).filter(joint => words.every(word => joint.name.toLowerCase().includes(word)));
    canvas.style.height = `${Math.max(1, chosen.length) * plots.rowHeight}px`;
    const surface = plots.surface(canvas);
    if (!surface) return chosen.length;
    const { context, width } = surface, ink = plots.ink(), span = 20, left = 4, right = width - 4;
    const x = time => right - (at - time) / span * (right - left);
    const poses = robot.poses.filter(pose => pose.time >= at - span && pose.time <= at);
    chosen.forEach((joint, row) => {
      const top = row * plots.rowHeight + 17, height = plots.rowHeight - 21;
      const [low, high] = joint.range, room = (high - low) || 1;
      const y = value => top + height - height * Math.max(-0.02, Math.min(1.02, (value - low) / room));
      context.fillStyle = ink.soft;
      context.fillRect(left, top, right - left, height);
      context.fillStyle = ink.line;
      context.fillRect(left, top, right - left, 1);
      context.fillRect(left, top + height, right - left, 1);
      if (low < 0 && high > 0) context.fillRect(left, y(0), right - left, 0.5);
      const trace = (values, colour) => {
        context.strokeStyle = colour;
        context.lineWidth = 1.4;
        context.beginPath();
        let begun = false;
        for (const pose of poses) {
          const value = values(pose);
          if (value === undefined) { begun = false; continue; }
          if (begun) context.lineTo(x(pose.time), y(value)); else context.moveTo(x(pose.time), y(value));
          begun = true;
        }
        context.stroke();
      };
      trace(pose => pose.measured_joints && pose.measured_joints[joint.index], ink.right);
      trace(pose => pose.joints[joint.index], ink.accent);
      const last = poses.length ? poses[poses.length - 1].joints[joint.index] : undefined;
      const isNear = last !== undefined && Math.min(last - low, high - last) < 0.05 * room;
      context.fillStyle = ink.text;
      context.fillText(joint.name, left, top - 5);
      context.fillStyle = isNear ? ink.alarm : ink.quiet;
      const text = `${last === undefined ? "–" : last.toFixed(2)} in ${low.toFixed(2)} … ${high.toFixed(2)} rad`;
      context.fillText(text, right - context.measureText(text).width, top - 5);
    });
    return chosen.length;
  },

  /** The share of ticks in each class, from punctual (bottom) to late (top); a column for each half second. */
  lateness(canvas, columns, bounds) {
    const surface = plots.surface(canvas);
    if (!surface || !bounds) return;
    const { context, width, height } = surface, ink = plots.ink();
    const left = 48, rows = bounds.length + 1, row = height / rows, column = (width - left) / 60;
    columns.forEach((counts, index) => {
      const total = counts.reduce((sum, count) => sum + count, 0) || 1;
      counts.forEach((count, level) => {
        if (!count) return;
        context.globalAlpha = Math.min(1, 0.25 + 0.75 * count / total);
        context.fillStyle = level < 4 ? ink.good : level < 7 ? ink.warn : ink.alarm;
        context.fillRect(left + (60 - columns.length + index) * column, height - (level + 1) * row, Math.max(1, column - 1), row - 1);
      });
    });
    context.globalAlpha = 1;
    context.fillStyle = ink.quiet;
    for (const level of [0, 4, 7]) {
      const bound = bounds[level];
      context.fillText(bound < 1000 ? `${bound} µs` : `${bound / 1000} ms`, 2, height - level * row - 1);
    }
  },

  kinds: ["position", "velocity", "acceleration", "jerk", "slowed_frames"],

  /** How often a second the limits acted. */
  limits(canvas, columns) {
    const surface = plots.surface(canvas);
    if (!surface) return;
    const { context, width, height } = surface;
    const peak = Math.max(10, ...columns.flat());
    plots.kinds.forEach((kind, index) => {
      context.strokeStyle = context.fillStyle = `hsl(${index * 72} 60% 55%)`;
      context.beginPath();
      columns.forEach((values, place) => {
        const x = width * (60 - columns.length + place) / 59, y = height - 3 - (height - 20) * values[index] / peak;
        if (place) context.lineTo(x, y); else context.moveTo(x, y);
      });
      context.stroke();
      context.fillText(kind.replace("_frames", ""), 4 + index * width / 5, 11);
    });
  },
};
