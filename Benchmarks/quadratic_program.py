#!/usr/bin/env python3
"""The solver's own quadratic programs beside daqp and ProxQP: the same programs, the same answers?, microseconds.

The programs are those of a robot's step: 35 unknowns, bounds on all, up to 25 inequalities, a Hessian of a few stiff tasks
over a weak posture, and a course of 200 that change little from one to the next, as frames do. Needs numpy, daqp and
proxsuite from PyPI, and a C++ compiler with Eigen; `--repeats` courses are solved by each.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import daqp
import numpy as np
import proxsuite

ROOT = pathlib.Path(__file__).resolve().parents[1]
UNKNOWNS, ROWS, STEPS = 35, 25, 200


def course(seed: int) -> list[tuple[np.ndarray, ...]]:
    """Programs (hessian, gradient, lower, upper, rows, least) that change little from one to the next; x = 0 is feasible."""
    rng = np.random.default_rng(seed)
    tasks = [(rng.normal(size=(3, UNKNOWNS)), 10.0 ** rng.uniform(-1, 4)) for _ in range(20)]
    errors = rng.normal(size=(20, 3)) * 0.1
    rows = rng.normal(size=(ROWS, UNKNOWNS))
    lower, upper = -rng.uniform(0.01, 0.2, UNKNOWNS), rng.uniform(0.01, 0.2, UNKNOWNS)
    least = -rng.uniform(0, 0.3, ROWS)
    programs = []
    for _ in range(STEPS):
        errors = errors + rng.normal(size=errors.shape) * 0.005
        hessian = 1e-3 * np.eye(UNKNOWNS)
        gradient = np.zeros(UNKNOWNS)
        for (jacobian, weight), error in zip(tasks, errors):
            hessian += weight * jacobian.T @ jacobian
            gradient -= weight * jacobian.T @ error
        programs.append((hessian, gradient, lower, upper, rows, least))
    return programs


class Own:
    """`krb_qp` of Sources/CRigidBody, which keeps the last active set in mind."""

    def __init__(self, folder: str) -> None:
        sources = sorted((ROOT / "Sources/CRigidBody").glob("*.cpp"))
        library = pathlib.Path(folder) / "libkrb.so"
        compiler = os.environ.get("CXX", "clang++")
        subprocess.run(
            [compiler, "-O3", "-DNDEBUG", "-std=c++17", "-shared", "-fPIC", "-I", str(ROOT / "Sources/CRigidBody/include"),
             "-I", os.environ.get("EIGEN", "/usr/include/eigen3"), *map(str, sources), "-o", str(library)],
            check=True)
        self.library = ctypes.CDLL(str(library))
        self.handle = ctypes.c_void_p()
        self.library.krb_qp_create(UNKNOWNS, ROWS, ctypes.byref(self.handle))
        self.x = np.zeros(UNKNOWNS)

    def solve(self, hessian, gradient, lower, upper, rows, least) -> tuple[np.ndarray, float]:
        pointers = [a.ctypes.data_as(ctypes.c_void_p) for a in (hessian, gradient, lower, upper, rows, least, self.x)]
        start = time.perf_counter()
        status = self.library.krb_qp_solve(
            self.handle, UNKNOWNS, *pointers[:4], ROWS, *pointers[4:], None)
        seconds = time.perf_counter() - start
        assert status == 0, status
        return self.x.copy(), seconds


class Daqp:
    """Dual active set (Arnström, Bemporad and Axehill, IEEE TAC 2022); its own clock."""

    sense = np.zeros(UNKNOWNS + ROWS, dtype=np.int32)

    def solve(self, hessian, gradient, lower, upper, rows, least) -> tuple[np.ndarray, float]:
        above = np.concatenate([upper, np.full(ROWS, 1e30)])
        below = np.concatenate([lower, least])
        x, _, flag, info = daqp.solve(hessian, gradient, rows, above, below, self.sense)
        assert flag == 1, flag
        return np.array(x), info["solve_time"] + info["setup_time"]


class ProxQP:
    """Proximal augmented Lagrangian (Bambade et al., RSS 2022), warm-started; its own clock."""

    def __init__(self) -> None:
        self.qp = proxsuite.proxqp.dense.QP(UNKNOWNS, 0, ROWS, True)
        self.qp.settings.eps_abs = 1e-9
        self.qp.settings.compute_timings = True
        self.qp.settings.initial_guess = proxsuite.proxqp.InitialGuess.WARM_START_WITH_PREVIOUS_RESULT
        self.is_new = True

    def solve(self, hessian, gradient, lower, upper, rows, least) -> tuple[np.ndarray, float]:
        above = np.full(ROWS, 1e20)
        if self.is_new:
            self.qp.init(hessian, gradient, None, None, rows, least, above, lower, upper)
            self.is_new = False
        else:
            self.qp.update(H=hessian, g=gradient)
        self.qp.solve()
        info = self.qp.results.info
        return self.qp.results.x.copy(), (info.setup_time + info.solve_time) * 1e-6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        solvers = {"kmmd": Own(folder), "daqp": Daqp(), "ProxQP": ProxQP()}
        seconds = {name: [] for name in solvers}
        distance = {name: 0.0 for name in solvers}
        violation = {name: 0.0 for name in solvers}
        for seed in range(options.repeats):
            solvers["ProxQP"] = ProxQP()
            for program in course(seed):
                hessian, _, lower, upper, rows, least = program
                answers = {}
                for name, solver in solvers.items():
                    answers[name], took = solver.solve(*program)
                    seconds[name].append(took)
                    x = answers[name]
                    violation[name] = max(
                        violation[name], (lower - x).max(), (x - upper).max(), (least - rows @ x).max())
                for name, x in answers.items():
                    distance[name] = max(distance[name], np.abs(x - answers["kmmd"]).max())
    print(f"{options.repeats * STEPS} programs of {UNKNOWNS} unknowns, {ROWS} inequalities and bounds")
    print(f"{'':8}{'median':>10}{'p99':>10}{'farthest from ours':>22}{'worst violation':>18}")
    for name in solvers:
        times = np.array(seconds[name]) * 1e6
        print(f"{name:8}{np.median(times):>7.1f} µs{np.quantile(times, 0.99):>7.1f} µs"
              f"{distance[name]:>22.1e}{violation[name]:>18.1e}")
    if max(distance.values()) > 1e-5:
        sys.exit("the solvers disagree")


if __name__ == "__main__":
    main()
