"""What every make_*.py here shares: seeded float32 numbers, and a writer of safetensors files.

Everything is computed in float64 from inputs that were rounded to float32 first, and rounded to
float32 only when written: a reader that computes in float32 starts from exactly the same numbers.
"""
import json
import os
import struct
import zlib

import numpy as np
import torch

torch.set_num_threads(1)
FOLDER = os.path.dirname(os.path.abspath(__file__))

# B batch, T target length, S source length, H heads, K head width, D width, F feed-forward, V vocabulary.
# No two are equal, so that a swapped axis cannot pass.
B, T, S, H, K, F, V = 3, 5, 7, 2, 11, 13, 17
D = H * K


class Numbers:
    """Random numbers that depend on a name only: adding a case changes no other case."""

    def __init__(self, name):
        self.random = np.random.RandomState(zlib.crc32(name.encode()))

    def normal(self, *shape, scale=1.0, mean=0.0):
        return rounded(self.random.standard_normal(shape) * scale + mean)

    def uniform(self, *shape, low=-1.0, high=1.0):
        return rounded(self.random.uniform(low, high, shape))


def rounded(values):
    """float64 values that float32 holds exactly."""
    return torch.from_numpy(np.asarray(values, dtype=np.float32).astype(np.float64))


def write(name, tensors, metadata):
    """Writes {key: tensor} as name.safetensors: float64 as F32, integers as I64; metadata values become JSON text."""
    header, chunks, offset = {}, [], 0
    header["__metadata__"] = {k: v if isinstance(v, str) else json.dumps(v, sort_keys=True) for k, v in metadata.items()}
    for key in sorted(tensors):
        array = tensors[key].detach().contiguous().numpy()
        kind = "I64" if array.dtype == np.int64 else "F32"
        data = np.ascontiguousarray(array, dtype="<i8" if kind == "I64" else "<f4").tobytes()
        header[key] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [offset, offset + len(data)]}
        chunks.append(data)
        offset += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path = os.path.join(FOLDER, name + ".safetensors")
    with open(path + ".partial", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(chunks))
    os.replace(path + ".partial", path)
    print(f"{name}.safetensors: {len(tensors)} tensors, {os.path.getsize(path):,} bytes")


def write_json(name, value):
    path = os.path.join(FOLDER, name + ".json")
    with open(path + ".partial", "w") as file:
        json.dump(value, file, indent=1, sort_keys=True)
        file.write("\n")
    os.replace(path + ".partial", path)
    print(f"{name}.json: {os.path.getsize(path):,} bytes")
