"use strict";
// What is known of the robots: who they are, and the last minute of each.

/** Seconds that are kept, and seconds by which what is shown lags behind, so that it moves evenly. */
const KEPT = 60, LAG = 0.12;

/** A caption without its subject: "a person walks forward" walks forward. */
const bare = text => text.replace(/^a person (is )?/, "");

class Robot {
  constructor(description) {
    Object.assign(this, description);
    this.poses = [];
    this.offset = null;
    this.texts = {};
    this.isClip = false;
  }

  /** Takes a whole file, which then plays over and over. */
  load(poses, now) {
    this.poses = poses;
    for (const pose of poses) pose.time = pose.frame / this.rate_hz;
    this.isClip = true;
    this.offset = now;
  }

  get latest() { return this.poses[this.poses.length - 1]; }
  get end() { return this.poses.length ? this.latest.time : 0; }
  get start() { return this.poses.length ? this.poses[0].time : 0; }

  /** Takes a pose in; its time is that of the stream, seconds. */
  take(pose, now) {
    pose.time = pose.frame / this.rate_hz;
    // A stream that begins anew; a little late is what was fetched already.
    if (pose.time < this.end - 1) { this.poses = []; this.offset = null; }
    if (this.poses.length && pose.time <= this.end) return;
    this.poses.push(pose);
    // The quickest message of late tells how clocks lie; a slow drift is followed.
    const offset = now - pose.time;
    this.offset = this.offset === null || offset < this.offset || offset > this.offset + 2 ? offset : this.offset + 0.0005;
    while (this.poses.length && this.poses[0].time < pose.time - KEPT) this.poses.shift();
  }

  /** Takes in what the daemon kept of the time before this page heard it. */
  remember(poses) {
    if (!poses.length) return;
    for (const pose of poses) pose.time = pose.frame / this.rate_hz;
    // What this page still has of a daemon that was started anew is of another stream.
    const own = poses[poses.length - 1].time < this.end - 1 ? [] : this.poses;
    const known = new Set(own.map(pose => pose.frame)), end = own.length ? this.end : Infinity;
    this.poses = [...own, ...poses.filter(pose => !known.has(pose.frame) && pose.time < end)].sort((a, b) => a.time - b.time);
  }

  /** The time of the stream that is shown live. */
  head(now) {
    if (this.isClip) return this.start + (now - this.offset) % Math.max(0.001, this.end - this.start);
    return this.offset === null ? this.end : Math.min(now - this.offset - LAG, this.end);
  }

  /** The pose at a time, between the two that are nearest. */
  at(time) {
    const poses = this.poses;
    if (!poses.length) return null;
    let low = 0, high = poses.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (poses[middle].time <= time) low = middle; else high = middle - 1;
    }
    const before = poses[low], after = poses[low + 1];
    if (!after || time <= before.time) return before;
    const share = (time - before.time) / (after.time - before.time);
    const mix = (a, b) => a && b && a.length === b.length ? a.map((value, i) => math.mix(value, b[i], share)) : a;
    return {
      ...before, bodies: math.mixPoses(before.bodies, after.bodies, share), person: mix(before.person, after.person),
      measured: before.measured && after.measured && math.mixPoses(before.measured, after.measured, share),
    };
  }

  /** Runs of the same action, oldest first: `{command, segment, from, to}`. */
  runs() {
    const runs = [];
    for (const pose of this.poses) {
      const last = runs[runs.length - 1];
      if (last && last.command === (pose.command || null) && last.segment === pose.segment) last.to = pose.time;
      else runs.push({ command: pose.command || null, segment: pose.segment, from: last ? last.to : pose.time, to: pose.time });
    }
    return runs.filter(run => run.command);
  }

  /** The words of an action of a command. */
  text(command, segment) {
    const texts = this.texts[command];
    return bare((texts && (texts[segment] || texts[0])) || command);
  }
}

const store = {
  robots: new Map(), order: [], current: null, queues: {}, paused: null,

  greet(descriptions) {
    const before = store.robots;
    store.robots = new Map(descriptions.map(one => {
      const robot = new Robot(one), old = before.get(one.robot);
      if (old && old.profile === one.profile) [robot.poses, robot.offset, robot.texts] = [old.poses, old.offset, old.texts];
      return [one.robot, robot];
    }));
    store.order = descriptions.map(one => one.robot);
    if (!store.robots.has(store.current)) store.current = store.order[0] || null;
  },

  get robot() { return store.robots.get(store.current); },

  /** The time that is shown of a robot: the present, or where one has gone back to. */
  time(robot, now) { return store.paused === null ? robot.head(now) : Math.max(robot.start, robot.end - store.paused); },
};
