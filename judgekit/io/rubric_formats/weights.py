"""What a points rubric looks like from outside: its yes-or-no criteria and what they earn."""

from __future__ import annotations

from judgekit.errors import UserError
from judgekit.rubric import Criterion, Rubric


def yes_no_points(rubric: Rubric, wanted: str) -> list[tuple[Criterion, float]]:
    """The criteria of yes and no with the points of a yes.

    Raises:
        UserError: the rubric is not made of points, or has none; says which formats fit.
    """
    if rubric.level_from != "points":
        raise UserError(
            f"{wanted} holds statements with points, and the level of the rubric {rubric.name!r} comes from "
            f"{'constraints' if rubric.level_from == 'constraints' else 'the judge'}: points would be made up; choose "
            "prometheus (five levels), autoevals or openai-graders"
        )
    found = [
        (criterion, criterion.points_for("yes"))
        for criterion in rubric.criteria
        if set(criterion.answers) == {"yes", "no"} and criterion.points_for("no") == 0
    ]
    if not found:
        raise UserError(
            f"{wanted} holds statements that are met or not, and no criterion of {rubric.name!r} is one: choose "
            "autorubric, which has options"
        )
    return found
