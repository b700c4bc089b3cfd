"use strict";
// Puts the robots, the person and the traces that they leave into the scene.

class Stage {
  constructor(canvas) {
    this.scene = new Scene(canvas);
    this.shows = { person: true, measured: true, trail: true, meshes: true, all: false };
    this.shapes = new Map();
    this.follow = [0, 0, 0];
  }

  /** Metres between robots that are shown side by side. */
  static gap = 1.6;
  /** How far the person stands beside the robot, metres: seen from the camera at its right, so that neither hides the other. */
  static aside = 1.1;

  static palettes = {
    dark: {
      horizon: [0.075, 0.09, 0.11], tile: [0.135, 0.155, 0.185], line: [0.29, 0.33, 0.39], sky: [0.50, 0.54, 0.61], ground: [0.24, 0.23, 0.23],
      middle: [0.78, 0.81, 0.86], left: [0.30, 0.60, 0.98], right: [0.98, 0.60, 0.27], person: [0.55, 0.85, 0.72], measured: [0.93, 0.45, 0.65],
      trail: [0.36, 0.70, 1.0], goal: [0.98, 0.82, 0.34], glow: 1.5, veil: 0.45,
    },
    light: {
      horizon: [0.93, 0.945, 0.96], tile: [0.80, 0.825, 0.855], line: [0.62, 0.66, 0.72], sky: [0.66, 0.69, 0.73], ground: [0.42, 0.41, 0.40],
      middle: [0.66, 0.69, 0.74], left: [0.16, 0.45, 0.88], right: [0.92, 0.47, 0.12], person: [0.05, 0.45, 0.33], measured: [0.80, 0.22, 0.47],
      trail: [0.13, 0.44, 0.85], goal: [0.86, 0.62, 0.05], glow: 0, veil: 0.6,
    },
  };

  /** Fetches the meshes of a robot, where the daemon has some. */
  async fetchMeshes(robot) {
    if (!this.scene.gl || !robot.mesh || this.shapes.has(robot.profile)) return;
    this.shapes.set(robot.profile, []);
    try {
      const response = await fetch(robot.mesh);
      if (!response.ok) return;
      const pieces = meshes.read(await response.arrayBuffer());
      this.shapes.set(robot.profile, pieces.map(piece => ({
        body: robot.bodies.indexOf(piece.body), matrix: piece.matrix, colour: piece.colour,
        mesh: this.scene.addMesh(piece.corners, piece.normals, piece.order),
      })).filter(piece => piece.body >= 0));
    } catch (error) { console.warn(`no meshes of ${robot.robot}: ${error.message}`); }
  }

  draw(now, theme) {
    const scene = this.scene, colours = Stage.palettes[theme];
    if (!scene.gl) return;
    [scene.capsules, scene.ghosts, scene.meshes] = [[], [], []];
    const shown = this.shows.all ? store.order : [store.current];
    const here = Math.max(0, shown.indexOf(store.current));
    const { yaw } = scene.camera;
    this.across = [-Math.sin(yaw), Math.cos(yaw), 0];
    // Along the line across the view: where robots and the person are, from the robot that is chosen.
    const spots = [0];
    let room = 0;
    shown.forEach((name, place) => {
      const robot = store.robots.get(name);
      const pose = robot && robot.at(store.time(robot, now));
      if (!pose) return;
      const isCurrent = name === store.current;
      // Robots start where they like: side by side they are seen from where the chosen one is.
      if (isCurrent && this.shows.person && pose.person) room = Stage.aside;
      const spot = (place - here) * Stage.gap + (place > here ? room : 0);
      spots.push(isCurrent ? room : spot);
      const offset = isCurrent ? [0, 0, 0] : this.beside(pose, spot);
      this.robot(robot, pose, offset, colours, isCurrent);
      if (isCurrent) this.traces(robot, pose, colours);
    });
    this.aim(now, Math.min(...spots), Math.max(...spots));
    scene.draw(colours);
  }

  /** Turns the camera to the middle of what is shown, and goes back as far as all of it needs, within a fifth of a second. */
  aim(now, from, to) {
    const { camera, canvas } = this.scene;
    const middle = math.add(this.follow, math.scale(this.across, (from + to) / 2));
    const wide = Scene.slope * canvas.clientWidth / Math.max(1, canvas.clientHeight);
    const wanted = Math.max(1, ((to - from) / 2 + 0.65) / (3 * wide));
    const eased = camera.target, goal = [middle[0], middle[1], eased[2]];
    // However seldom pictures are drawn.
    const ease = Math.hypot(goal[0] - eased[0], goal[1] - eased[1]) > 6 ? 1 : 1 - Math.exp(-(now - (this.drawnAt || 0)) / 0.2);
    this.drawnAt = now;
    camera.target = eased.map((value, i) => math.mix(value, goal[i], ease));
    camera.back = math.mix(camera.back, wanted, ease);
  }

  beside(pose, distance) {
    return [
      this.follow[0] - pose.bodies[0] + distance * this.across[0], this.follow[1] - pose.bodies[1] + distance * this.across[1], 0,
    ];
  }

  robot(robot, pose, offset, colours, isCurrent) {
    const scene = this.scene;
    const paint = side => {
      const colour = side > 0 ? colours.left : side < 0 ? colours.right : colours.middle;
      return isCurrent ? colour : colour.map(value => math.mix(value, 0.5, 0.45));
    };
    const pieces = this.shows.meshes && this.shapes.get(robot.profile);
    if (pieces && pieces.length) {
      for (const piece of pieces) {
        const tint = paint(robot.sides[piece.body]), own = piece.colour || [0.8, 0.8, 0.82, 1];
        const colour = [0, 1, 2].map(i => math.mix(own[i], tint[i], 0.35));
        const model = math.multiply(math.poseMatrix(pose.bodies, 7 * piece.body, offset), piece.matrix);
        scene.meshes.push({ mesh: piece.mesh, model, colour: [...colour, 1] });
      }
    } else {
      Stage.capsules(scene.capsules, robot, pose.bodies, offset, segment => [...paint(robot.sides[segment.body]), 1]);
    }
    if (!isCurrent) return;
    this.follow = [pose.bodies[0], pose.bodies[1], 0];
    if (this.shows.measured && pose.measured)
      Stage.capsules(scene.ghosts, robot, pose.measured, offset, () => [...colours.measured, colours.veil]);
    if (this.shows.person && pose.person) Stage.person(scene.ghosts, pose, math.scale(this.across, Stage.aside), colours);
  }

  static capsules(list, robot, bodies, offset, paint) {
    for (const segment of robot.segments) {
      const start = 7 * segment.body;
      const turn = bodies.slice(start + 3, start + 7), place = math.add([bodies[start], bodies[start + 1], bodies[start + 2]], offset);
      list.push(...math.add(place, math.rotate(turn, segment.from)), ...math.add(place, math.rotate(turn, segment.to)), segment.radius, ...paint(segment));
    }
  }

  /** Bones of SMPL's 22 joints, each with a thickness, metres. */
  static bones = [
    [0, 1, 0.075], [0, 2, 0.075], [0, 3, 0.1], [1, 4, 0.065], [2, 5, 0.065], [3, 6, 0.1], [4, 7, 0.047], [5, 8, 0.047], [6, 9, 0.105],
    [7, 10, 0.038], [8, 11, 0.038], [9, 12, 0.06], [9, 13, 0.07], [9, 14, 0.07], [12, 15, 0.05], [13, 16, 0.055], [14, 17, 0.055],
    [16, 18, 0.042], [17, 19, 0.042], [18, 20, 0.034], [19, 21, 0.034],
  ];

  static person(list, pose, aside, colours) {
    const joint = index => math.add(pose.person.slice(3 * index, 3 * index + 3), aside);
    const paint = [...colours.person, colours.veil];
    for (const [from, to, radius] of Stage.bones) list.push(...joint(from), ...joint(to), radius, ...paint);
    const [neck, head] = [joint(12), joint(15)];
    const up = math.unit(math.subtract(head, neck));
    list.push(...math.add(head, math.scale(up, 0.04)), ...math.add(head, math.scale(up, 0.1)), 0.085, ...paint);
    for (const hand of [[18, 20], [19, 21]]) {
      const along = math.unit(math.subtract(joint(hand[1]), joint(hand[0])));
      list.push(...joint(hand[1]), ...math.add(joint(hand[1]), math.scale(along, 0.1)), 0.036, ...paint);
    }
  }

  /** Where the robot has been, where its feet stand, and where an action with a distance shall lead. */
  traces(robot, pose, colours) {
    if (!this.shows.trail) return;
    const list = this.scene.ghosts;
    let before = null;
    for (const earlier of robot.poses) {
      if (earlier.time < pose.time - 12 || earlier.time > pose.time) continue;
      const point = [earlier.bodies[0], earlier.bodies[1], 0.004];
      if (before && Math.hypot(point[0] - before[0], point[1] - before[1]) < 0.06) continue;
      if (before && Math.hypot(point[0] - before[0], point[1] - before[1]) < 0.5)
        list.push(...before, ...point, 0.011, ...colours.trail, 0.15 + 0.6 * (1 - (pose.time - earlier.time) / 12));
      before = point;
    }
    const goal = robot.goal;
    if (!goal || pose.command !== goal.command || pose.segment !== goal.segment) return;
    for (let i = 0; i < 24; i++) {
      const [a, b] = [i, i + 1].map(n => [goal.place[0] + 0.16 * Math.cos(n * Math.PI / 12), goal.place[1] + 0.16 * Math.sin(n * Math.PI / 12), 0.01]);
      list.push(...a, ...b, 0.012, ...colours.goal, 0.9);
    }
  }
}
