#!/usr/bin/env python3
"""Writes MuJoCo's kinematics of the description fixtures, for Tests/RobotsTests (needs the packages mujoco and numpy).

    python3 Scripts/make_description_goldens.py
"""
import json
import pathlib

import mujoco
import numpy as np

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "Tests" / "RobotsTests" / "Fixtures"
KINDS = {0: "free", 1: "ball", 2: "slide", 3: "hinge"}


def goldens(model, seed, robot=None):
    random = np.random.default_rng(seed)
    data = mujoco.MjData(model)
    layout = [
        {"joint": model.joint(j).name, "type": KINDS[int(model.jnt_type[j])], "qpos": int(model.jnt_qposadr[j]),
         "dof": int(model.jnt_dofadr[j])} for j in range(model.njnt)]
    bodies = range(1, model.nbody)
    configs = []
    for index in range(6):
        for j in range(model.njnt):
            at, kind = model.jnt_qposadr[j], KINDS[int(model.jnt_type[j])]
            if kind in ("free", "ball"):
                quaternion = random.normal(size=4)
                start = at
                if kind == "free":
                    data.qpos[at:at + 3] = random.normal(size=3)
                    start = at + 3
                data.qpos[start:start + 4] = quaternion / np.linalg.norm(quaternion)
            else:
                low, high = model.jnt_range[j] if model.jnt_limited[j] else (-3, 3)
                data.qpos[at] = random.uniform(low, high)
        mujoco.mj_forward(model, data)
        configs.append({
            "id": index, "qpos": [round(v, 12) for v in data.qpos],
            "com": [round(v, 10) for v in data.subtree_com[model.body(robot).id if robot else 0]],
            "bodies": [[round(v, 10) for v in (*data.xpos[b], *data.xquat[b])] for b in bodies]})
    return {
        "model": "", "qpos_layout": layout, "body_names": [model.body(b).name for b in bodies], "configs": configs,
        "jacobians": []}


def main():
    result = goldens(mujoco.MjModel.from_xml_path(str(FIXTURES / "dialects.xml")), 1, "trunk")
    (FIXTURES / "dialects.xml.json").write_text(json.dumps(result) + "\n")
    text = (FIXTURES / "dialects.urdf").read_text()
    text = text.replace(' xmlns:xacro="http://www.ros.org/wiki/xacro"', "").replace(
        '  <xacro:arg name="left_over" default="1"/>\n',
        '  <mujoco><compiler fusestatic="false" discardvisual="true" strippath="true" boundmass="1e-6" boundinertia="1e-9"/></mujoco>\n')
    result = goldens(mujoco.MjModel.from_xml_string(text), 2)
    (FIXTURES / "dialects.urdf.json").write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
