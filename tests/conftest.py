"""What all tests share: no timed Hypothesis examples, and no judge or key from the environment."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# How long an example takes says nothing on a shared machine; speed is shown in benchmarks/.
quick = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("judgekit", quick, max_examples=40)
settings.register_profile("thorough", quick, max_examples=200)  # with the slow tests: --hypothesis-profile=thorough
settings.load_profile("judgekit")

for _name in list(os.environ):
    if _name.startswith("JUDGEKIT_") or _name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        del os.environ[_name]
