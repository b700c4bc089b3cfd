"""KMM's networks in PyTorch, with the weights of the project's own files: the peer that `networks.py` measures.

The layers and the order of the passes are those of `Sources/KMM`. The selective scan exists in three forms: `eager` (one step
after the other over `unbind`), `chunked` (all chunks of a sequence at once, then their carries), and `compiled` (a whole block
under `torch.compile`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from safetensors import safe_open
from torch import Tensor

STATES = 16
FORMS = ["eager", "chunked", "compiled"]
Weights = dict[str, Tensor]
State = tuple[Tensor, Tensor]
"""The last three rows before the convolution, [B, 3, E], and the scan's state, [B, E, 16]."""


def read(path: str) -> tuple[Weights, dict[str, str]]:
    """All arrays of a safetensors file, floats in single precision, and its metadata."""
    with safe_open(path, framework="pt") as file:
        arrays = {name: file.get_tensor(name) for name in file.keys()}
        metadata = file.metadata() or {}
    return {name: a.float() if a.is_floating_point() else a.long() for name, a in arrays.items()}, metadata


def part(weights: Weights, prefix: str) -> Weights:
    return {name[len(prefix) :]: w for name, w in weights.items() if name.startswith(prefix)}


def linear(x: Tensor, weights: Weights, name: str) -> Tensor:
    return F.linear(x, weights[name + ".weight"], weights.get(name + ".bias"))


# MARK: the scan


def scan_eager(decay: Tensor, drive: Tensor, state: Tensor) -> Tensor:
    """States after every step, [B, L, E, 16], of h = decay h + drive."""
    states = []
    for a, b in zip(decay.unbind(1), drive.unbind(1)):
        state = a * state + b
        states.append(state)
    return torch.stack(states, 1)


def scan_chunked(decay: Tensor, drive: Tensor, state: Tensor, chunk: int = 8) -> Tensor:
    """The same, every chunk from zero side by side, then the carries from chunk to chunk."""
    length = decay.shape[1]
    chunk = min(chunk, length)
    padding = -length % chunk
    if padding:
        decay = F.pad(decay, (0, 0, 0, 0, 0, padding), value=1.0)
        drive = F.pad(drive, (0, 0, 0, 0, 0, padding))
    decay, drive = (x.unflatten(1, (-1, chunk)) for x in (decay, drive))
    product, local = decay[:, :, 0], drive[:, :, 0]
    products, locals_ = [product], [local]
    for a, b in zip(decay.unbind(2)[1:], drive.unbind(2)[1:]):
        product, local = product * a, a * local + b
        products.append(product)
        locals_.append(local)
    carries = []
    for a, b in zip(product.unbind(1), local.unbind(1)):
        carries.append(state)
        state = a * state + b
    states = torch.stack(locals_, 2) + torch.stack(products, 2) * torch.stack(carries, 1).unsqueeze(2)
    return states.flatten(1, 2)[:, :length]


Scan = Callable[[Tensor, Tensor, Tensor], Tensor]


def branch(u: Tensor, weights: Weights, state: State, scan: Scan) -> tuple[Tensor, State]:
    """One direction of a mixer over [B, L, E]."""
    padded = torch.cat([state[0], u], 1)
    kernel, rank = weights["convolution.weight"], weights["step.weight"].shape[1]
    convolved = F.conv1d(padded.mT, kernel[:, None], weights["convolution.bias"], groups=u.shape[2])
    x = F.silu(convolved).mT
    projected = linear(x, weights, "projection")
    delta = F.softplus(linear(projected[..., :rank], weights, "step"))
    b, c = projected[..., rank : rank + STATES], projected[..., rank + STATES :]
    decay = torch.exp(delta[..., None] * -torch.exp(weights["log_a"]))
    states = scan(decay, (delta * x)[..., None] * b[:, :, None], state[1])
    y = (states @ c[..., None]).squeeze(-1) + weights["skip"] * x
    return y, (padded[:, -3:], states[:, -1])


def empty_state(batch: int, width: int) -> State:
    return torch.zeros(batch, 3, width), torch.zeros(batch, width, STATES)


def block(h: Tensor, film: Tensor, weights: Weights, state: State, boundary: int, scan: Scan) -> tuple[Tensor, State]:
    """A residual block over [B, L, d]; rows from `boundary` on are run in both directions; `film` is [B, L, 2 d]."""
    scale, shift = film.chunk(2, -1)
    x = F.rms_norm(h, h.shape[-1:], weights["gain"], 1e-5) * (1 + scale) + shift
    u, gate = F.linear(x, weights["mixer.input.weight"]).chunk(2, -1)
    y, after = branch(u, part(weights, "mixer.forward."), state, scan)
    if boundary < h.shape[1]:
        start = empty_state(h.shape[0], u.shape[2])
        back, _ = branch(u[:, boundary:].flip(1), part(weights, "mixer.backward."), start, scan)
        y = torch.cat([y[:, :boundary], 0.5 * (y[:, boundary:] + back.flip(1))], 1)
    return h + F.linear(y * F.silu(gate), weights["mixer.output.weight"]), after


Block = Callable[[Tensor, Tensor, Weights, State, int], tuple[Tensor, State]]


def make_block(form: str) -> Block:
    if form == "eager":
        return lambda *given: block(*given, scan=scan_eager)
    if form == "chunked":
        return lambda *given: block(*given, scan=scan_chunked)
    torch._dynamo.config.cache_size_limit = 64

    def compilable(h: Tensor, film: Tensor, weights: Weights, state: State, boundary: int) -> tuple[Tensor, State]:
        # Unrolled over all rows the scan of a training step compiles for minutes; over chunks it is as fast.
        return block(h, film, weights, state, boundary, scan_chunked if torch.is_grad_enabled() else scan_eager)

    compiled = torch.compile(compilable, dynamic=False)

    def run(h: Tensor, film: Tensor, weights: Weights, state: State, boundary: int) -> tuple[Tensor, State]:
        # Nearly all passes draw a horizon; the few that only catch up come in many lengths.
        catches_up = not torch.is_grad_enabled() and boundary > 0
        return block(h, film, weights, state, boundary, scan_eager) if catches_up else compiled(h, film, weights, state, boundary)

    return run


# MARK: the generators


class Network:
    """What both generators share: text adapter, rows, blocks, heads."""

    def __init__(self, weights: Weights, run_block: Block) -> None:
        self.weights, self.run_block = weights, run_block
        self.depth = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("stack.") and name[6].isdigit())
        self.blocks = [part(weights, f"stack.{index}.") for index in range(self.depth)]
        self.inner = weights["stack.0.mixer.output.weight"].shape[1]

    def condition(self, pooled: Tensor | None) -> Tensor:
        """One row, [1, d], for a sentence embedding [1, 384], or for no text."""
        if pooled is None:
            return self.weights["adapter.null"]
        return linear(F.gelu(linear(pooled, self.weights, "adapter.pooled")), self.weights, "adapter.pooled_output")

    def words(self, words: Tensor) -> Tensor:
        return linear(words, self.weights, "adapter.words")

    def suffix(self, condition: Tensor) -> Tensor:
        return linear(condition, self.weights, "adapter.suffix")

    def states(self, batch: int) -> list[State]:
        return [empty_state(batch, self.inner) for _ in range(self.depth)]

    def films(self, conditions: Tensor) -> list[Tensor]:
        """How each block is modulated, [B, L or 1, 2 d]; `conditions` is [B, L or 1, d], the prompt of each row."""
        return [linear(conditions, weights, "film") for weights in self.blocks]

    def run(self, rows: Tensor, films: list[Tensor], states: list[State], boundary: int) -> tuple[Tensor, list[State]]:
        """All blocks over [B, L, d]."""
        after = []
        for weights, film, state in zip(self.blocks, films, states):
            rows, next_state = self.run_block(rows, film.expand(-1, rows.shape[1], -1), weights, state, boundary)
            after.append(next_state)
        return F.rms_norm(rows, rows.shape[-1:], self.weights["stack.gain"], 1e-5), after

    def head(self, rows: Tensor, name: str) -> Tensor:
        hidden = F.gelu(linear(rows, self.weights, name + ".hidden"))
        hidden = F.layer_norm(hidden, hidden.shape[-1:], self.weights[name + ".gain"], self.weights[name + ".bias"], 1e-5)
        return linear(hidden, self.weights, name + ".output")

    def position(self, first: int, count: int, left: int | None) -> Tensor:
        index = torch.arange(first, first + count).float().div(64).clamp(max=2)
        rest = torch.zeros(count) if left is None else torch.arange(left, left - count, -1).float().div(64).clamp(max=2)
        known = torch.full((count,), 0.0 if left is None else 1.0)
        return linear(torch.stack([index, rest, known], -1), self.weights, "position")


class Layer:
    """A generator as it draws one codebook: embeddings of the codes before, condition, head."""

    def __init__(self, network: Network, layer: int) -> None:
        self.network, self.layer = network, layer

    def embed(self, codes: Sequence[Tensor]) -> Tensor:
        """Codes of the codebooks before (for the first one: its own, some masked), each [..., L]."""
        if self.layer == 0:
            return self.network.weights["tokens"][codes[0]]
        tables = [self.network.weights[f"tables.{index}"] for index in range(self.layer)]
        return sum(table[ids] for table, ids in zip(tables, codes))  # type: ignore[return-value]

    def condition(self, pooled: Tensor | None) -> Tensor:
        condition = self.network.condition(pooled)
        return condition if self.layer == 0 else condition + self.network.weights["layers"][self.layer - 1]

    def logits(self, rows: Tensor) -> Tensor:
        return self.network.head(rows, "head" if self.layer == 0 else f"heads.{self.layer - 1}")


Text = tuple[Tensor, Tensor]
"""Sentence embedding, [1, 384], and word features, [words, 384]."""


class Stream:
    """One motion as it grows: the likeliest codes, horizon by horizon, with guidance."""

    def __init__(self, model: Model, options: dict[str, Any]) -> None:
        self.model, self.options = model, options
        # The forward states with the prompt and without, apart: their headers differ in length.
        self.states = [[layer.network.states(1) for _ in range(2)] for layer in model.layers]
        self.decoder = model.decoder()
        self.prompt: Text | None = None
        self.waiting: list[list[int]] = []
        self.index = 0
        self.codes: list[list[int]] = []
        self.features: list[Tensor] = []
        self.catch_up(suffix=False, header=True, text=None)
        self.commit(model.standing)
        self.codes, self.features = [], []

    def commit(self, tokens: list[list[int]]) -> None:
        self.waiting += tokens
        self.codes += tokens
        self.index += len(tokens)
        self.features.append(self.decoder(torch.tensor(tokens).T))

    def catch_up(self, suffix: bool = False, header: bool = False, text: Text | None = None) -> None:
        """Moves the forward states over what is committed, the end of its prompt and the start of the next."""
        if not (self.waiting or suffix or header):
            return
        codes = list(torch.tensor(self.waiting).T) if self.waiting else []
        for number, layer in enumerate(self.model.layers):
            network = layer.network
            both: list[tuple[Tensor, Tensor]] = []
            for old, new in ((self.prompt, text), (None, None)):
                condition = layer.condition(old and old[0])
                rows = []
                if self.waiting:
                    first = self.index - len(self.waiting)
                    rows.append(layer.embed(codes) + network.position(first, len(self.waiting), None))
                if suffix:
                    rows.append(network.suffix(condition))
                conditions = [condition.expand(sum(len(r) for r in rows), -1)]
                if header:
                    start = layer.condition(new and new[0])
                    head = [start] + ([network.words(new[1])] if new else [])
                    rows += head
                    conditions.append(start.expand(sum(len(r) for r in head), -1))
                both.append((torch.cat(rows)[None], torch.cat(conditions)[None]))
            length = [rows.shape[1] for rows, _ in both]
            states = self.states[number]
            if length[0] == length[1]:
                joint = [tuple(torch.cat(pair) for pair in zip(a, b)) for a, b in zip(*states)]
                rows, conditions_ = (torch.cat(pair) for pair in zip(*both))
                _, after = network.run(rows, network.films(conditions_), joint, length[0])  # type: ignore[arg-type]
                self.states[number] = [[(s[0][i : i + 1], s[1][i : i + 1]) for s in after] for i in range(2)]
            else:
                for side, (rows, conditions_) in enumerate(both):
                    _, states[side] = network.run(rows, network.films(conditions_), states[side], rows.shape[1])
        self.waiting = []

    def begin(self, text: Text, tokens: int) -> None:
        self.catch_up(suffix=True, header=True, text=text)
        self.prompt, self.left, self.index = text, tokens, 0

    def advance(self) -> bool:
        if self.left == 0:
            return False
        self.catch_up()
        count = min(self.options["horizon"], self.left)
        codes = [self.decode(count)]
        for number, layer in enumerate(self.model.layers[1:], 1):
            codes.append(self.prepare(number, count)(codes, self.options["residualGuidance"]).argmax(-1))
        kept = count if self.left <= count else min(self.options["commitment"], count)
        self.commit(torch.stack(codes, 1)[:kept].tolist())
        self.left -= kept
        return True

    def prepare(self, number: int, count: int) -> Callable[[Sequence[Tensor], float], Tensor]:
        """Guided logits, [count, codes], of drafts of a horizon: what does not depend on the codes is made once."""
        layer = self.model.layers[number]
        network = layer.network
        condition = torch.cat([layer.condition(self.prompt and self.prompt[0]), layer.condition(None)])[:, None]
        films, position, suffix = network.films(condition), network.position(self.index, count, self.left), network.suffix(condition)
        joint: list[State] = [tuple(torch.cat(pair) for pair in zip(a, b)) for a, b in zip(*self.states[number])]  # type: ignore[misc]

        def logits(codes: Sequence[Tensor], guidance: float) -> Tensor:
            tokens = layer.embed(codes) + position
            hidden, _ = network.run(torch.cat([tokens.expand(2, -1, -1), suffix], 1), films, joint, 0)
            conditional, unconditional = layer.logits(hidden[:, :count])
            return unconditional + guidance * (conditional - unconditional)

        return logits

    def decode(self, count: int) -> Tensor:
        mask = self.model.mask
        ids = torch.full((count,), mask)
        scores = [-math.inf] * count
        logits = self.prepare(0, count)
        steps = self.options["steps"]
        for step in range(steps):
            # In single precision, like the original: half a token decides.
            share = torch.cos(torch.tensor(math.pi / 2) * (torch.tensor(float(step)) / (steps - 1)))
            unknown = min(count, max(1, math.floor(float(share * count) + 0.5)))
            order = sorted(range(count), key=lambda p: (scores[p], p))
            masked = [p for p in order[:unknown] if scores[p] < math.inf]
            for position in order[len(masked) :]:
                scores[position] = math.inf
            if not masked:
                break
            ids[masked] = mask
            probability, likeliest = logits([ids], self.options["guidance"]).softmax(-1).max(-1)
            ids[masked] = likeliest[masked]
            for position in masked:
                scores[position] = float(probability[position])
        return ids


class Decoder:
    """The tokenizer's decoder on one endless sequence."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.histories: dict[str, Tensor] = {}
        width = weights["quantizer.0.codebook"].shape[1]
        self.kernels = {
            name[: -len(".weight")]: w.unflatten(1, (-1, width)).mT.contiguous()
            for name, w in weights.items()
            if name.startswith("decoder.") and name.endswith(".weight")
        }

    def convolution(self, x: Tensor, name: str, dilation: int = 1) -> Tensor:
        """Over [1, channels, rows]."""
        kernel = self.kernels[name]
        padding = (kernel.shape[2] - 1) * dilation
        if padding:
            past = self.histories.get(name)
            x = torch.cat([torch.zeros(1, x.shape[1], padding) if past is None else past, x], 2)
            self.histories[name] = x[:, :, -padding:]
        return F.conv1d(x, kernel, self.weights[name + ".bias"], dilation=dilation)

    def __call__(self, codes: Tensor) -> Tensor:
        """Normalised features, [4 T, 276], of codes [layers, T]."""
        latents = sum(self.weights[f"quantizer.{layer}.codebook"][ids] for layer, ids in enumerate(codes))
        x = F.relu(self.convolution(latents.T[None], "decoder.input"))
        for stage in range(2):
            for number, dilation in enumerate((9, 3, 1)):
                name = f"decoder.{stage}.stack.{number}"
                y = F.relu(self.convolution(F.relu(x), name + ".dilated", dilation))
                x = x + self.convolution(y, name + ".pointwise")
            x = self.convolution(x.repeat_interleave(2, 2), f"decoder.{stage}.upsampling")
        x = F.relu(self.convolution(F.relu(x), "decoder.hidden"))
        return self.convolution(x, "decoder.output")[0].T


class Model:
    """Generator, residual generator and tokenizer of a models folder."""

    def __init__(self, folder: str, form: str) -> None:
        run_block = make_block(form)
        generator, metadata = read(f"{folder}/kmm/generator.safetensors")
        residual, _ = read(f"{folder}/kmm/residual.safetensors")
        self.tokenizer, _ = read(f"{folder}/kmm/tokenizer.safetensors")
        self.generator, self.residual = Network(generator, run_block), Network(residual, run_block)
        self.mask = json.loads(metadata["configuration"])["codes"]
        standing = [[int(code) for code in layer.split(",")] for layer in metadata["standing"].split(";")]
        self.standing = [list(codes) for codes in zip(*standing)]
        heads = residual["layers"].shape[0]
        self.layers = [Layer(self.generator, 0)] + [Layer(self.residual, layer + 1) for layer in range(heads)]

    def decoder(self) -> Decoder:
        return Decoder(self.tokenizer)

    def generate(self, text: Text, tokens: int, options: dict[str, Any]) -> Stream:
        """The likeliest motion; of the sampling options it takes those that matter then, under their names in `Generation.swift`."""
        stream = Stream(self, options)
        stream.begin(text, tokens)
        while stream.advance():
            pass
        return stream

    def first_logits(self, text: Text, count: int) -> Tensor:
        """Logits of fresh sequences of masked tokens, with the text and without, [2 count, codes]."""
        layer = self.layers[0]
        network = layer.network
        found = []
        for prompt in (text, None):
            condition = layer.condition(prompt and prompt[0])
            header = [condition] + ([network.words(prompt[1])] if prompt else [])
            tokens = layer.embed([torch.full((count,), self.mask)]) + network.position(0, count, count)
            rows = torch.cat([*header, tokens, network.suffix(condition)])[None]
            boundary = sum(len(part) for part in header)
            hidden, _ = network.run(rows, network.films(condition[None]), network.states(1), boundary)
            found.append(layer.logits(hidden[0, boundary : boundary + count]))
        return torch.cat(found)
