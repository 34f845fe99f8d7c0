"""Inspect logs, made by hand: the parts of an `.eval` packed as Inspect packs them (zstd), or as others do."""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HEADER = {"version": 2, "status": "success", "eval": {"task": "demo", "model": "openai/x", "eval_id": "e1"}}


def sample(identity: str | int = "q1", epoch: int = 1, **fields: Any) -> dict[str, Any]:
    """A sample of one prompt and one answer."""
    said = [{"role": "user", "content": "Is water wet?"}, {"role": "assistant", "content": "Yes."}]
    return {"id": identity, "epoch": epoch, "input": "Is water wet?", "target": "Yes.", "messages": said} | fields


def parts(samples: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """What an archive of these samples holds, by name."""
    found = {f"samples/{one['id']}_epoch_{one['epoch']}.json": json.dumps(one).encode() for one in samples}
    return {"_journal/start.json": b"{}", **found, "header.json": json.dumps(HEADER).encode()}


def write_zip(path: Path, held: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """An archive packed by the standard library."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in held.items():
            archive.writestr(name, data)
    return path


def write_zstd(path: Path, held: Mapping[str, bytes], *, crc_off: int = 0, frames: int = 1) -> Path:
    """An archive packed with zstd, its parts in several frames; the checksums are off by `crc_off`."""
    import pyarrow as pa

    out, directory = b"", b""
    for name, data in held.items():
        step = max(1, -(-len(data) // frames))
        cut = [data[i : i + step] for i in range(0, len(data), step)] or [b""]
        packed = b"".join(pa.compress(one, codec="zstd", asbytes=True) for one in cut)
        crc = (zlib.crc32(data) + crc_off) % (1 << 32)
        about = struct.pack("<HHHHHIIIHH", 63, 0, 93, 0, 0x21, crc, len(packed), len(data), len(name), 0)
        directory += b"PK\x01\x02" + struct.pack("<H", 63) + about + struct.pack("<HHHII", 0, 0, 0, 0, len(out))
        directory += name.encode()
        out += b"PK\x03\x04" + about + name.encode() + packed
    end = struct.pack("<HHHHIIH", 0, 0, len(held), len(held), len(directory), len(out), 0)
    path.write_bytes(out + directory + b"PK\x05\x06" + end)
    return path
