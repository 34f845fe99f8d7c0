"""What statistics are called where people read them: the names of `judgekit.calibration.names`."""

from __future__ import annotations

from judgekit.calibration.names import statistic as statistic
