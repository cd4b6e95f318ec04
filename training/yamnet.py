"""The teacher: YAMNet (Google, Apache-2.0), its weights read out of `../shared/teacher/yamnet.tflite` and rebuilt in torch.

Only as much of FlatBuffers and TensorFlow Lite is read as this one file needs. The teacher never ships; see its README for the
facts that this file relies on. A patch is 96 frames of 10 ms x 64 mel bands.
"""
from __future__ import annotations

import csv
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

TEACHER = Path(__file__).resolve().parent.parent.parent / "shared" / "teacher"
PATCH_FRAMES = 96
HOP = 160
WINDOW = 400
N_FFT = 512
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)


@dataclass(frozen=True)
class TfTensor:
    name: str
    array: np.ndarray


class Table:
    """A FlatBuffers table at `at`; fields by their number in the schema."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at
        self.vtable = at - struct.unpack_from("<i", data, at)[0]

    def _field(self, number: int) -> int | None:
        size = struct.unpack_from("<H", self.data, self.vtable)[0]
        slot = 4 + 2 * number
        offset = struct.unpack_from("<H", self.data, self.vtable + slot)[0] if slot < size else 0
        return self.at + offset if offset else None

    def _target(self, number: int) -> int | None:
        at = self._field(number)
        return None if at is None else at + struct.unpack_from("<I", self.data, at)[0]

    def number(self, number: int, code: str, default: int = 0) -> int:
        at = self._field(number)
        return default if at is None else struct.unpack_from("<" + code, self.data, at)[0]

    def table(self, number: int) -> "Table | None":
        at = self._target(number)
        return None if at is None else Table(self.data, at)

    def tables(self, number: int) -> list["Table"]:
        at = self._target(number)
        if at is None:
            return []
        (count,) = struct.unpack_from("<I", self.data, at)
        slots = [at + 4 + 4 * i for i in range(count)]
        return [Table(self.data, slot + struct.unpack_from("<I", self.data, slot)[0]) for slot in slots]

    def vector(self, number: int, dtype: str) -> np.ndarray:
        at = self._target(number)
        if at is None:
            return np.zeros(0, dtype)
        (count,) = struct.unpack_from("<I", self.data, at)
        return np.frombuffer(self.data, dtype, count, at + 4)

    def text(self, number: int) -> str:
        return self.vector(number, "u1").tobytes().decode()


def read_constants(path: Path) -> list[TfTensor]:
    """Every tensor with stored values, as float32: `scale (q - zero)` along the quantised axis where it is quantised."""
    data = path.read_bytes()
    if data[4:8] != b"TFL3":
        raise ValueError(f"{path} is not a TensorFlow Lite file")
    model = Table(data, struct.unpack_from("<I", data)[0])
    buffers = model.tables(4)
    constants = []
    for tensor in model.tables(2)[0].tables(0):
        raw = buffers[tensor.number(2, "I")].vector(0, "u1")
        shape = tensor.vector(0, "<i4")
        kind = tensor.number(1, "b")
        dtype = {0: "<f4", 2: "<i4", 9: "i1"}.get(kind)
        if len(raw) == 0 or dtype is None:
            continue
        array = raw.view(dtype).reshape(shape).astype(np.float32)
        quantised = tensor.table(4)
        scale = quantised.vector(2, "<f4") if quantised else np.zeros(0)
        if quantised is not None and len(scale):
            zero = quantised.vector(3, "<i8").astype(np.float32)
            along = [1] * array.ndim
            if len(scale) > 1:
                along[quantised.number(6, "i")] = -1
            array = (array - zero.reshape(along)) * scale.reshape(along)
        constants.append(TfTensor(tensor.text(3), array))
    return constants


def class_mids(folder: Path = TEACHER) -> tuple[list[str], list[str]]:
    """Mids and display names, in the order of the scores."""
    with open(folder / "yamnet_class_map.csv", newline="", encoding="utf8") as file:
        rows = list(csv.DictReader(file))
    return [row["mid"] for row in rows], [row["display_name"] for row in rows]


class YamNet:
    """Frozen. `embed` gives what its last layer sees, `scores` its 521 probabilities."""

    def __init__(self, folder: Path = TEACHER, dtype: torch.dtype = torch.float32) -> None:
        constants = read_constants(folder / "yamnet.tflite")
        self.dtype = dtype

        def find(start: str, rank: int) -> torch.Tensor:
            wanted = "yamnet_frames/" + start
            found = [c.array for c in constants if c.name.startswith(wanted) and c.array.ndim == rank]
            if len(found) != 1:
                raise ValueError(f"{folder}: expected one tensor {start} of rank {rank}, found {len(found)}")
            return torch.from_numpy(np.ascontiguousarray(found[0]))

        def conv(weight: torch.Tensor) -> torch.Tensor:
            return weight.to(dtype).contiguous(memory_format=torch.channels_last)

        self.bank = find("tf_op_layer_MatMul/MatMul", 2).T.contiguous()  # (257, 64)
        self.window = find("tf_op_layer_Mul_3", 1)  # (400,)
        self.first = (conv(find("layer1/conv/Conv2D", 4).permute(0, 3, 1, 2)), find("layer1/conv/bn", 1).to(dtype))
        self.layers = []
        for n, stride in enumerate(STRIDES, start=2):
            depthwise = conv(find(f"layer{n}/depthwise_conv/bn", 4).permute(3, 0, 1, 2))  # (C, 1, 3, 3)
            pointwise = conv(find(f"layer{n}/pointwise_conv/Conv2D", 4).permute(0, 3, 1, 2))  # (C', C, 1, 1)
            biases = [find(f"layer{n}/{kind}_conv/bn", 1).to(dtype) for kind in ("depthwise", "pointwise")]
            self.layers.append((stride, depthwise, biases[0], pointwise, biases[1]))
        self.dense = find("dense/MatMul", 2)  # (521, 1024)
        (self.bias,) = [torch.from_numpy(c.array) for c in constants if c.array.shape == (len(self.dense),)]

    def patches(self, sound: torch.Tensor) -> torch.Tensor:
        """(B, n) in -1..1 gives (B, n // 15360, 96, 64): whole patches of 0.96 s, back to back. Zeros follow the end."""
        count = sound.shape[1] // (PATCH_FRAMES * HOP)
        padded = F.pad(sound[:, : count * PATCH_FRAMES * HOP + WINDOW - HOP], (0, WINDOW - HOP))
        frames = padded.unfold(1, WINDOW, HOP)[:, : count * PATCH_FRAMES] * self.window  # (B, 96 P, 400)
        magnitude = torch.fft.rfft(frames, n=N_FFT).abs()  # (B, 96 P, 257)
        mel = torch.log(magnitude @ self.bank + 0.001)  # (B, 96 P, 64)
        return mel.reshape(len(sound), count, PATCH_FRAMES, mel.shape[-1])

    @torch.no_grad()
    def embed(self, patches: torch.Tensor) -> torch.Tensor:
        """(B, P, 96, 64) to (B, P, 1024)."""
        x = patches.flatten(0, 1)[:, None].to(self.dtype).contiguous(memory_format=torch.channels_last)
        x = F.relu(F.conv2d(same(x, 2), *self.first, stride=2))
        for stride, depthwise, bias, pointwise, last_bias in self.layers:
            x = F.relu(F.conv2d(same(x, stride), depthwise, bias, stride=stride, groups=len(depthwise)))
            x = F.relu(F.conv2d(x, pointwise, last_bias))
        return x.float().mean(dim=(2, 3)).reshape(*patches.shape[:2], -1)

    def logits(self, embedding: torch.Tensor) -> torch.Tensor:
        """(..., 1024) to (..., 521)."""
        return embedding @ self.dense.T + self.bias

    def scores(self, sound: torch.Tensor) -> torch.Tensor:
        """(B, n) to (B, P, 521) probabilities."""
        return torch.sigmoid(self.logits(self.embed(self.patches(sound))))


def same(x: torch.Tensor, stride: int) -> torch.Tensor:
    """TensorFlow's SAME padding for a 3 x 3 kernel; every size here is even, so a stride of 2 pads the end only."""
    return F.pad(x, (1, 1, 1, 1) if stride == 1 else (0, 1, 0, 1))
