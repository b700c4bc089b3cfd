#!/usr/bin/env python3
"""The networks of KMM beside the same layers in PyTorch, with the same weights, on the same processor cores.

    pip install torch safetensors numpy
    python3 Benchmarks/networks.py [--threads 1 2] [--stream 60] [--json]

Both sides do the same jobs in turns and have to come to the same result: the same codes, logits and features within 1e-4, the
losses of the training's first steps within 1e-4. PyTorch runs in three forms (`kmm_peer.py`); the time that `torch.compile`
takes is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from typing import Any

import kmm_peer as peer
import support
import torch
import torch.nn.functional as F
from torch import Tensor

FRAME_RATE = 30
AGREEMENT = 1e-4
REPEATS = 3
"""Of a job in each round."""


def ours(job: str, *arguments: str) -> Any:
    path = os.environ.get("KMM_NETWORKS_BIN", support.ROOT / ".build/release/kmm-networks")
    command = [str(path), job, "--models", support.models(), *arguments]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def timed(body: Callable[[], Any], repeats: int) -> list[float]:
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        body()
        seconds.append(time.perf_counter() - start)
    return seconds


def difference(what: str, own: Tensor, other: Tensor) -> float:
    """Largest difference of two results, which must be small."""
    apart = float((own - other).abs().max())
    if not apart < AGREEMENT:
        raise SystemExit(f"{what} differ by {apart:.2e}, over {AGREEMENT:.0e}: the two sides do not run the same network")
    return apart


# MARK: generation of one motion


def in_turns(rounds: int, jobs: dict[str, Callable[[], list[float]]]) -> dict[str, list[float]]:
    """Seconds of every job, each done in every round: what slows the machine for a while slows them all."""
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            seconds[name] += job()
    return seconds


def generation(threads: int, rounds: int, forms: list[str]) -> dict[str, Any]:
    def own() -> Any:
        return ours("generation", "--threads", str(threads), "--repeats", str(REPEATS), "--out", out)

    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        out = f"{folder}/generation.safetensors"
        first = own()
        arrays, _ = peer.read(out)
        text = (arrays["pooled"][None], arrays["words"])
        wanted = (text, arrays["codes"].shape[1], first["options"])
        agreement = {}
        jobs = {"ours": lambda: [run["wall"] for run in own()["runs"]]}
        for form in forms:
            model = peer.Model(support.models(), form)
            codes = torch.tensor(model.generate(*wanted).codes).T
            if not torch.equal(codes, arrays["codes"]):
                raise SystemExit(f"{form}: {int((codes != arrays['codes']).sum())} of {codes.numel()} codes differ")
            agreement[form] = {
                "logits": difference("logits", arrays["logits"], model.first_logits(text, 20)),
                "features": difference("features", arrays["features"], model.decoder()(codes)),
            }
            jobs[form] = lambda model=model: timed(lambda: model.generate(*wanted), REPEATS)
        return {"frames": first["frames"], "agreement": agreement, **in_turns(rounds, jobs)}


# MARK: a step of training


class Training:
    """Forward, cross entropy with label smoothing, backward, clipping and AdamW, as `AdamW.swift` has it."""

    def __init__(self, arrays: dict[str, Tensor], form: str) -> None:
        self.batch = {name[len("batch.") :]: array for name, array in arrays.items() if name.startswith("batch.")}
        self.weights = {
            name: array.clone().requires_grad_()
            for name, array in arrays.items()
            if not name.startswith("batch.") and name != "losses"
        }
        self.run_block = peer.make_block(form)
        decayed = [w for name, w in self.weights.items() if w.dim() == 2 and name.endswith("weight")]
        others = [w for name, w in self.weights.items() if not (w.dim() == 2 and name.endswith("weight"))]
        self.optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}],
            lr=1e-4, betas=(0.9, 0.99), eps=1e-8)

    def step(self) -> float:
        network = peer.Network(self.weights, self.run_block)
        count = self.batch["ids"].shape[1]
        condition = network.condition(self.batch["pooled"])
        tokens = self.weights["tokens"][self.batch["ids"]] + network.position(0, count, count)
        rows = torch.cat(
            [condition[:, None], network.words(self.batch["words"]), tokens, network.suffix(condition)[:, None]], 1)
        boundary = 1 + self.batch["words"].shape[1]
        hidden, _ = network.run(rows, network.films(condition[:, None]), network.states(len(condition)), boundary)
        found = hidden[:, boundary : boundary + count].flatten(0, 1)[self.batch["rows"]]
        loss = F.cross_entropy(network.head(found, "head"), self.batch["targets"], label_smoothing=0.1)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(self.weights.values()), 1.0)
        self.optimizer.step()
        return float(loss.detach())


def training(threads: int, rounds: int, forms: list[str]) -> dict[str, Any]:
    def own() -> Any:
        return ours("training-step", "--threads", str(threads), "--repeats", str(REPEATS), "--out", out)

    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/training.safetensors"
        own()
        arrays, _ = peer.read(out)
        agreement = {}
        jobs = {"ours": lambda: [run["wall"] for run in own()["runs"]]}
        for form in forms:
            training = Training(arrays, form)
            losses = torch.tensor([training.step() for _ in arrays["losses"][:3]])
            agreement[form] = difference("losses", arrays["losses"][:3], losses)
            jobs[form] = lambda training=training: timed(training.step, REPEATS)
        return {"agreement": agreement, **in_turns(rounds, jobs)}


# MARK: what has no peer


def latencies(threads: int) -> dict[str, Any]:
    own = ours("first-horizon", "--threads", str(threads), "--repeats", "200")
    return {
        "first horizon": support.quantiles([1000 * run["wall"] for run in own["horizons"]]),
        "text, processor time": support.quantiles([1000 * run["processor"] for run in own["encodings"]]),
        "resident_mib": own["resident"],
    }


def show_comparison(title: str, result: dict[str, Any], forms: list[str]) -> None:
    own = statistics.median(result["ours"])
    fastest = min(statistics.median(result[form]) for form in forms)
    rows = [["kmmd", f"{own:.3f}", f"{min(result['ours']):.3f}", f"{max(result['ours']):.3f}", ""]]
    for form in forms:
        seconds = result[form]
        median = statistics.median(seconds)
        rows.append(
            [f"PyTorch {form}", f"{median:.3f}", f"{min(seconds):.3f}", f"{max(seconds):.3f}", f"{median / own:.1f}"])
    support.show_table([title, "median s", "min", "max", "ratio"], rows)
    print(f"the fastest form takes {fastest / own:.1f} times as long; results agree: {result['agreement']}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=4, help="in which all jobs are done three times each")
    parser.add_argument("--forms", nargs="+", default=peer.FORMS, choices=peer.FORMS)
    parser.add_argument("--stream", type=int, default=0, help="minutes of one endless motion to make; 0 leaves it out")
    options = parser.parse_args()

    before = support.machine()
    results: dict[str, Any] = {"machine_before": before}
    for threads in options.threads:
        torch.set_num_threads(threads)
        results[str(threads)] = {
            "generation": generation(threads, options.rounds, options.forms),
            "training": training(threads, options.rounds, options.forms),
            "latencies": latencies(threads),
        }
    if options.stream:
        results["stream"] = ours("streaming", "--minutes", str(options.stream))
    results["machine_after"] = support.machine()
    if options.json:
        print(json.dumps(results))
        return
    support.show_machine(before, results["machine_after"])
    for threads in options.threads:
        result = results[str(threads)]
        made = result["generation"]["frames"] / FRAME_RATE
        speed = made / statistics.median(result["generation"]["ours"])
        print(f"\n{threads} thread{'s' if threads > 1 else ''}; {made:.0f} s of motion {speed:.0f} times faster than it plays")
        show_comparison("generation", result["generation"], options.forms)
        show_comparison("training step", result["training"], options.forms)
        rows = [
            [name, *(f"{each[key]:.1f}" for key in ("p50", "p99", "min", "max"))]
            for name, each in result["latencies"].items()
            if isinstance(each, dict)
        ]
        support.show_table(["milliseconds", "p50", "p99", "min", "max"], rows)
        print(f"resident memory {result['latencies']['resident_mib']:.0f} MiB")
    if options.stream:
        minutes = results["stream"]
        resident = [minute["resident"] for minute in minutes]
        heights = [minute[key] for minute in minutes for key in ("lowestPelvis", "highestPelvis")]
        seconds = [minute["seconds"] for minute in minutes]
        print(
            f"\n{len(minutes)} minutes streamed: resident memory {resident[0]:.0f} MiB after the first, {resident[-1]:.0f} after "
            f"the last, {max(resident):.0f} at most; pelvis {min(heights):.2f} to {max(heights):.2f} m; "
            f"{seconds[0]:.1f} s for the first minute, {seconds[-1]:.1f} for the last")


if __name__ == "__main__":
    main()
