"""Pictures of simulated robots: films of what was simulated, and MuJoCo's viewer."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field

import mujoco
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .reference import Array
from .tracker import ASSETS, Tracker
from .world import World

_DARK = {"pelvis", "left_hip_pitch_link", "right_hip_pitch_link", "left_ankle_roll_link", "right_ankle_roll_link"}


@dataclass
class Film:
    """What happened, to be drawn later: poses at 50 Hz, and what was said."""

    poses: list[Array] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)

    def take(self, world: World, caption: str = "") -> None:
        """Adds the world as it is now."""
        self.poses.append(world.data.qpos.copy())
        self.captions.append(caption)

    def write(
        self, path: pathlib.Path, tracker: Tracker, width: int = 400, height: int = 300, rate: float = 10,
        colors: int = 48,
    ) -> None:
        """Draws it into a .gif (Pillow) or, with the program ffmpeg, into any film that it writes, such as .mp4."""
        model = drawn(tracker)
        model.vis.global_.offwidth, model.vis.global_.offheight = width, height
        every = 50 / rate
        chosen = [int(i * every) for i in range(int(len(self.poses) / every))]
        if path.suffix == ".gif":
            self._write_gif(path, model, chosen, width, height, rate, colors)
        else:
            self._write_film(path, model, chosen, width, height, rate)

    def _frames(self, model: mujoco.MjModel, chosen: list[int], width: int, height: int) -> Iterator[Image.Image]:
        data = mujoco.MjData(model)
        camera = mujoco.MjvCamera()
        camera.distance, camera.azimuth, camera.elevation = 2.6, 145, -12
        font = ImageFont.load_default(size=height // 16)
        look_at = np.array([*self.poses[0][:2], 0.65])
        with mujoco.Renderer(model, height, width) as renderer:
            for index in chosen:
                data.qpos[:] = self.poses[index]
                mujoco.mj_kinematics(model, data)
                # The camera is carried after the robot, softly.
                look_at[:2] += 0.15 * (data.qpos[:2] - look_at[:2])
                camera.lookat[:] = look_at
                # Shadows are drawn around the light.
                model.light_pos[:, :2] = look_at[:2]
                mujoco.mj_camlight(model, data)
                renderer.update_scene(data, camera)
                image = Image.fromarray(renderer.render())
                draw = ImageDraw.Draw(image)
                draw.text((width / 2, height - height // 16), self.captions[index], (40, 40, 40), font, anchor="mm")
                yield image

    def _write_gif(
        self, path: pathlib.Path, model: mujoco.MjModel, chosen: list[int], width: int, height: int, rate: float, colors: int
    ) -> None:
        images = list(self._frames(model, chosen, width, height))
        # One palette for all: what does not move is then stored once.
        sample = Image.new("RGB", (width, height * min(8, len(images))))
        for row in range(min(8, len(images))):
            sample.paste(images[row * len(images) // 8], (0, row * height))
        palette = sample.quantize(colors, dither=Image.Dither.NONE)
        frames = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
        frames[0].save(
            path, save_all=True, append_images=frames[1:], duration=round(1000 / rate), loop=0, optimize=True)

    def _write_film(
        self, path: pathlib.Path, model: mujoco.MjModel, chosen: list[int], width: int, height: int, rate: float
    ) -> None:
        program = shutil.which("ffmpeg")
        if program is None:
            raise FileNotFoundError(f"{path.suffix} needs the program ffmpeg; .gif does not")
        command = [
            program, "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r",
            str(rate), "-i", "-", "-pix_fmt", "yuv420p", str(path),
        ]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
            assert process.stdin is not None
            for image in self._frames(model, chosen, width, height):
                process.stdin.write(image.tobytes())


def drawn(tracker: Tracker) -> mujoco.MjModel:
    """The tracker's model, with the robot's surfaces in place of hulls where there are some, on a plain light floor."""
    spec = mujoco.MjSpec.from_file(str(tracker.model))
    surfaces = {path.stem: path for path in sorted((ASSETS / "meshes").glob("*.stl"))} if tracker.robot == "unitree_g1" else {}
    for body in spec.bodies:
        path = surfaces.get(body.name)
        if path is None:
            continue
        for geom in body.geoms:
            geom.group = 4
        spec.add_mesh(name=f"{body.name} surface", file=str(path))
        shade = 0.22 if body.name in _DARK else 0.72
        body.add_geom(
            type=mujoco.mjtGeom.mjGEOM_MESH, meshname=f"{body.name} surface", contype=0, conaffinity=0, mass=0,
            rgba=[shade, shade, shade + 0.02, 1],
        )
    floor = spec.geom("floor")
    spec.texture("groundplane").rgb1 = [0.93, 0.94, 0.95]
    spec.texture("groundplane").rgb2 = [0.89, 0.90, 0.92]
    spec.texture("groundplane").mark = mujoco.mjtMark.mjMARK_NONE
    spec.material("groundplane").texrepeat = [1, 1]
    floor.size[2] = 0.05
    spec.visual.rgba.haze = [1, 1, 1, 1]
    for light in spec.lights:
        light.type = mujoco.mjtLightType.mjLIGHT_DIRECTIONAL
        light.dir = [0, 0, -1]
        light.diffuse = [0.35, 0.35, 0.35]
    spec.visual.headlight.ambient = [0.45, 0.45, 0.45]
    spec.visual.headlight.diffuse = [0.5, 0.5, 0.5]
    spec.visual.headlight.specular = [0.1, 0.1, 0.1]
    return spec.compile()
