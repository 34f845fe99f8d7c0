"""What all tests share: no timed Hypothesis examples, and no judge or key from the environment."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# How long an example takes says nothing on a shared machine; speed is shown in benchmarks/.
settings.register_profile("judgekit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("judgekit")

for _name in list(os.environ):
    if _name.startswith("JUDGEKIT_") or _name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        del os.environ[_name]
