"""`.safetensors` read and written: eight bytes of header length, a JSON header, then the tensors. No code is ever run from one."""
from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import torch

DTYPES = {"F32": np.float32, "F16": np.float16, "I64": np.int64}
NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}


def load(path: Path) -> dict[str, torch.Tensor]:
    """Every floating tensor as float32."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    state = {}
    for name, entry in header.items():
        if entry["dtype"] not in DTYPES:
            raise ValueError(f"{path}: {name} must be one of {', '.join(DTYPES)}, got {entry['dtype']}")
        first, last = entry["data_offsets"]
        array = np.frombuffer(data[8 + length + first : 8 + length + last], DTYPES[entry["dtype"]])
        array = array.reshape(entry["shape"])
        state[name] = torch.from_numpy(array.astype(np.float32) if array.dtype == np.float16 else array.copy())
    return state


def save(state: dict[str, torch.Tensor], path: Path, metadata: dict[str, str] | None = None) -> None:
    """Tensors in the precision they have; header padded to eight bytes."""
    header: dict[str, object] = {"__metadata__": metadata} if metadata else {}
    pieces: list[bytes] = []
    at = 0
    for name, tensor in state.items():
        array = np.ascontiguousarray(tensor.detach().cpu().numpy()).reshape(tuple(tensor.shape))
        raw = array.tobytes()
        header[name] = {"dtype": NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [at, at + len(raw)]}
        pieces.append(raw)
        at += len(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(pieces))
