"""The demands of a prompt, found by code: phrases in the manner of IFEval, and the checks that decide them."""

from judgekit.io.demands.draft import draft_constraints

__all__ = ["draft_constraints"]
