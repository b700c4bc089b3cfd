"""A simulated robot that follows kmmd's references under a pretrained policy: does it stay on its feet?

    pip install 'kmmd[sim]'
    python -m kmmd.sim rollout walk_g1.npz
"""

import ctypes.util as _libraries
import os as _os
import sys as _sys

# Without a display MuJoCo draws through EGL (Debian: libegl1, libegl-mesa0, libgl1-mesa-dri); it decides when it is imported.
if _sys.platform == "linux" and not _os.environ.get("DISPLAY") and _libraries.find_library("EGL"):
    _os.environ.setdefault("MUJOCO_GL", "egl")

try:
    import mujoco as _mujoco  # noqa: F401
    import onnxruntime as _onnxruntime  # noqa: F401
    import scipy as _scipy  # noqa: F401
except ImportError as error:
    raise ImportError(f"kmmd.sim needs the package {error.name}: pip install 'kmmd[sim]'", name=error.name) from error

from .reference import Instant, Reference
from .rollout import Outcome, roll_out
from .tracker import TWIST2, State, Tracker
from .world import Disturbances, World

__all__ = [
    "TWIST2", "Disturbances", "Instant", "Outcome", "Reference", "State", "Tracker", "World", "roll_out",
]
