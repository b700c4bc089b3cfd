"use strict";
// The live people who are heard: how well, who follows them, and what can be done about it.

const people = {
  /** Shows those who are heard, twice a second; the choices of a person stay as they were made. */
  show(list) {
    const place = element("people");
    const known = new Map([...place.children].map(item => [item.dataset.person, item]));
    for (const person of list) {
      const item = known.get(person.person) || people.item(person.person);
      known.delete(person.person);
      people.tell(item, person);
      if (!item.parentNode) place.append(item);
    }
    for (const item of known.values()) item.remove();
    element("nobody").hidden = list.length > 0;
  },

  item(name) {
    const part = make("select", ["body", "upper", "arms"].map(part => make("option", part, { value: part })),
      { title: "What of the person the robot does", ariaLabel: `What of ${name} is followed` });
    const delay = make("input", "", { type: "number", min: 0, max: 500, step: 20, value: 0,
      title: "Milliseconds by which the person is held back: later is smoother", ariaLabel: `Delay of ${name}, milliseconds` });
    const pose = make("select", [["t", "T pose"], ["a", "A pose"], ["n", "arms down"], ["auto", "size alone"]]
      .map(([value, text]) => make("option", text, { value })), { title: "How the person stands", ariaLabel: `The pose of ${name}` });
    const button = (text, title, act) => {
      const made = make("button", text, { type: "button", title });
      made.addEventListener("click", act);
      return made;
    };
    const follow = far => commands.send("follow", { person: name, part: part.value, delay_ms: Number(delay.value) || 0, far });
    const item = make("li", [
      make("b", name), make("p"), make("div", [
        button("Follow", "The robot follows once the person is near its own pose; Hold and Stop end it",
          async () => panel.answer("follow", await follow("wait"))),
        button("Ramp", "The robot goes over to the person from wherever it is",
          async () => panel.answer("follow", await follow("ramp"))), part, delay]),
      make("div", [
        button("Calibrate", "Measures the person, who stands still in the pose and faces ahead",
          async () => panel.answer("calibrate", await commands.send("calibrate", { person: name, pose: pose.value }, null))), pose,
        button("Recentre", "Place and heading of the person become the robot's",
          async () => panel.answer("calibrate", await commands.send("calibrate", { person: name, recentre: true }, null)))]),
    ]);
    item.dataset.person = name;
    return item;
  },

  tell(item, person) {
    const share = person.lost / Math.max(person.frames + person.lost, 1);
    const facts = [
      person.source, person.tracked ? `${person.rate_hz.toFixed(0)} Hz` : "not tracked", `${person.age_ms.toFixed(0)} ms old`,
      `${(100 * share).toFixed(1)} % lost`, `${person.joints} joints`, person.needs_calibration && "needs a calibration",
      ...person.followers.map(follower => `${follower.robot} ${follower.state}`
        + (follower.farthest ? ` (${follower.farthest} is ${follower.distance.toFixed(2)} rad off)` : "")),
    ];
    item.children[1].textContent = facts.filter(Boolean).join(" · ");
    item.classList.toggle("bad", !person.tracked);
    for (const control of item.querySelectorAll("button, select, input")) control.disabled = !commands.areAllowed;
  },
};
