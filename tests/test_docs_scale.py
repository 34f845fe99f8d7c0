"""The numbers and names in docs/scale.md are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow.parquet as pq

from judgekit.running.ray import _sizes
from judgekit.running.ray_cluster import CPUS
from judgekit.running.ray_control import LOOK_S
from judgekit.running.ray_recipe import BLOCK
from judgekit.running.shards import write_shard
from tests.running.test_shards import rows

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "scale.md").read_text(encoding="utf-8")


def test_how_many_jobs_a_block_has() -> None:
    assert f"blocks of {BLOCK} jobs" in PAGE
    assert f"`2 + calls/{BLOCK}` blocks at a time" in PAGE
    assert f"{2 * BLOCK} verdicts for each" in PAGE


def test_how_many_actors_there_are() -> None:
    (calls,) = set(re.findall(r"one for each (\d+) calls in flight", PAGE))
    assert _sizes(None, int(calls)) == (1, int(calls))
    assert _sizes(None, int(calls) + 1)[0] == 2


def test_what_an_actor_asks_of_ray() -> None:
    assert CPUS == 0.5
    assert "asks Ray for half a CPU" in PAGE


def test_how_soon_an_actor_sees_the_end() -> None:
    assert LOOK_S == 0.2
    assert "within a fifth of a second" in PAGE


def test_the_columns_of_a_shard(tmp_path: Path) -> None:
    write_shard(tmp_path / "x.parquet", rows([0]))
    columns = set(pq.read_schema(tmp_path / "x.parquet").names)
    (line,) = re.findall(r"as Parquet: (.*?), and the whole verdict", PAGE)
    assert set(re.findall(r"`(\w+)`", line)) == columns - {"position", "provenance", "verdict"}
