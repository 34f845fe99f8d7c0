"""Packages that need old versions of others, or hundreds of megabytes: each in an environment that the test makes.

irrCAC is wrong without a word on pandas 3, so it is asked on pandas 2; ppi-python brings numba, pingouin seaborn.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from judgekit.calibration import agreement as ag
from judgekit.calibration.correction_ppi import ppi_mean

pytestmark = pytest.mark.slow

IRR = ("irrCAC==0.4.4", "pandas>=2,<3", "scipy==1.12.0", "numpy<2")
ASK_IRR = """
import json, sys, warnings
warnings.filterwarnings("ignore")
import pandas
from irrCAC.raw import CAC
out = []
for case in json.load(sys.stdin):
    frame = pandas.DataFrame(case["ratings"], dtype=float)
    cac = CAC(frame, weights=case["weights"], categories=case["categories"], digits=15)
    out.append({name: [cac.__getattribute__(name)()["est"][key] for key in ("coefficient_value", "se", "pa")]
                for name in ("gwet", "fleiss", "conger", "bp")})
json.dump(out, sys.stdout)
"""
PPI = ("ppi-python==0.2.3",)
ASK_PPI = """
import json, sys, warnings
warnings.filterwarnings("ignore")
import numpy as np
import ppi_py
out = []
for case in json.load(sys.stdin):
    y, f, rest = (np.array(case[name]) for name in ("y", "f", "rest"))
    low, high = ppi_py.ppi_mean_ci(y, f, rest, alpha=0.05)
    out.append([float(np.ravel(x)[0]) for x in (ppi_py.ppi_mean_pointestimate(y, f, rest), low, high)])
json.dump(out, sys.stdout)
"""
PINGOUIN = ("pingouin==0.5.5", "pandas<3", "numpy<3")
ASK_PINGOUIN = """
import json, sys, warnings
warnings.filterwarnings("ignore")
import numpy as np
import pandas
import pingouin
out = []
for x in json.load(sys.stdin):
    x = np.array(x)
    n, raters = x.shape
    frame = {"item": np.repeat(np.arange(n), raters), "rater": np.tile(np.arange(raters), n), "x": x.ravel()}
    found = pingouin.intraclass_corr(pandas.DataFrame(frame), "item", "rater", "x")
    out.append([[float(v), *map(float, ends)] for v, ends in zip(found["ICC"], found["CI95%"])])
json.dump(out, sys.stdout)
"""


def asked(folder: Path, packages: tuple[str, ...], script: str, cases: list[Any]) -> list[Any]:
    """What a script answers in an environment with these packages."""
    python = folder / "v" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    uv = shutil.which("uv")
    make = [uv, "venv", "-q", "--python", "3.11", folder / "v"] if uv else [sys.executable, "-m", "venv", folder / "v"]
    add = [uv, "pip", "install", "-q", "--python", python] if uv else [python, "-m", "pip", "install", "-q"]
    for command in (make, [*add, *packages]):
        try:
            done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=900)
        except (OSError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"an environment with {packages[0]} could not be made: {error}")
        if done.returncode:
            pytest.skip(f"an environment with {packages[0]} could not be made: {done.stderr[-300:]}")
    answer = subprocess.run(
        [str(python), "-c", script], input=json.dumps(cases), capture_output=True, text=True, timeout=600
    )
    assert answer.returncode == 0, answer.stderr[-2000:]
    found: list[Any] = json.loads(answer.stdout)
    return found


def test_irrcac(tmp_path: Path) -> None:
    rng = np.random.default_rng(21)
    cases: list[dict[str, Any]] = []
    for weights in ("identity", "linear", "quadratic", "ordinal"):
        for missing in (0.0, 0.2):
            truth = rng.integers(1, 5, 40)
            x = np.where(rng.random((40, 4)) < 0.6, truth[:, None], rng.integers(1, 5, (40, 4))).astype(float)
            x[rng.random(x.shape) < missing] = np.nan
            x = x[(~np.isnan(x)).sum(axis=1) > 0]
            rows = [[None if cell != cell else cell for cell in row] for row in x.tolist()]
            cases.append({"ratings": rows, "weights": weights, "categories": [1.0, 2.0, 3.0, 4.0]})
    functions: dict[str, Any] = {
        "gwet": ag.gwet_ac,
        "fleiss": ag.fleiss_kappa,
        "conger": ag.conger_kappa,
        "bp": ag.brennan_prediger,
    }
    for case, answers in zip(cases, asked(tmp_path, IRR, ASK_IRR, cases), strict=True):
        named = None if case["weights"] == "identity" else case["weights"]
        how: dict[str, Any] = {"categories": case["categories"], "weights": named}
        ratings = np.array(case["ratings"], dtype=float)
        for name, (value, _, seen) in answers.items():
            assert functions[name](ratings, ci=None, **how).value == pytest.approx(value, abs=1e-9), (
                name,
                case["weights"],
            )
            assert ag.percent_agreement(ratings, ci=None, **how).value == pytest.approx(seen, abs=1e-9)


def test_ppi_python(tmp_path: Path) -> None:
    rng = np.random.default_rng(22)
    cases = []
    for n, rest, right in ((30, 100, 0.9), (60, 1000, 0.7), (200, 200, 0.55)):
        y = (rng.random(n + rest) < 0.6).astype(float)
        f = np.where(rng.random(n + rest) < right, y, 1.0 - y)
        cases.append({"y": y[:n].tolist(), "f": f[:n].tolist(), "rest": f[n:].tolist()})
    for case, (value, low, high) in zip(cases, asked(tmp_path, PPI, ASK_PPI, cases), strict=True):
        e = ppi_mean(case["y"], case["f"], case["rest"], interval="wald")
        assert (e.value, e.low, e.high) == pytest.approx((value, low, high), abs=1e-9)


def test_pingouin(tmp_path: Path) -> None:
    rng = np.random.default_rng(23)
    cases = []
    for n, raters in ((6, 4), (30, 2), (50, 5)):
        x = rng.normal(size=n)[:, None] + 0.4 * np.arange(raters) + rng.normal(size=(n, raters))
        cases.append(np.round(x, 2).tolist())
    for case, rows in zip(cases, asked(tmp_path, PINGOUIN, ASK_PINGOUIN, cases), strict=True):
        for form, (value, low, high) in zip(("1,1", "2,1", "3,1", "1,k", "2,k", "3,k"), rows, strict=True):
            e = ag.intraclass_correlation(case, form=form)  # type: ignore[arg-type]
            assert e.value == pytest.approx(value, abs=1e-9)
            assert (e.low, e.high) == pytest.approx((low, high), abs=0.00501)  # its ends have two digits
