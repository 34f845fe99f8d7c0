"""What all parts of a judge card have."""

from __future__ import annotations

from judgekit.noun import Noun, Text


class Part(Noun):
    """What all parts have."""

    says: Text = ""
    """One plain sentence for the part's decision."""
    missing: Text = ""
    """What could not be computed, and what is needed for it; empty where nothing is missing."""
    notes: tuple[Text, ...] = ()
    """What has to be known beside the numbers."""
