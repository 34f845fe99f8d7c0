"""What the page can ask for: one transcript after another, an answer kept, an undo; checked against the task."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from judgekit.io.chat import kind
from judgekit.labelling.asks import Ask
from judgekit.labelling.items import Item
from judgekit.labelling.said import Done
from judgekit.labelling.screen import ask_screen, item_screen
from judgekit.labelling.shown import Shown
from judgekit.labelling.state import Annotator, LabelState
from judgekit.rubric import Rubric

LONGEST_COMMENT = 10_000
MOST_MARKS = 200
_A_DAY = 86_400.0


class Refusal(Exception):  # noqa: N818 - an answer to the page, not an accident
    """The page asked for what it may not have; with the HTTP status and one line for the annotator."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Desk:
    """One labelling task, its transcripts in memory.

    Args:
        rubric: what is labelled.
        asks: what is asked.
        items: the transcripts by id; those of the task are among them.
        state: where answers are kept.
    """

    def __init__(self, rubric: Rubric, asks: tuple[Ask, ...], items: Mapping[str, Item], state: LabelState) -> None:
        self.rubric, self.asks, self.state = rubric, asks, state
        held = state.items
        self.keys = [key for key, _, _ in held]
        self.ids = [transcript for _, transcript, _ in held]
        self.items = [items[transcript] for transcript in self.ids]

    def begin(self, name: str) -> dict[str, Any]:
        """Who labels, how far, what is asked, and the first transcript that is open."""
        who = self.state.join(name)
        done = self.state.done(who.name)
        return {
            "annotator": who.name,
            "asks": ask_screen(self.asks),
            "rubric": {"title": self.rubric.title or self.rubric.name, "summary": self.rubric.summary},
            **self._progress(who, done),
        }

    def item(self, name: str, number: object) -> dict[str, Any]:
        """The transcript of that number in the annotator's order, from 1, with what was said about it.

        Raises:
            Refusal: there is none.
        """
        who, place = self._place(name, number)
        done = self.state.done(who.name)
        said = done.get(place, Done())
        shown = Shown.of(self.items[place].transcript.response) if said.evidence else Shown("", ())
        marks = [shown.there(one["start"], one["end"]) for one in said.evidence]
        return {
            "number": number,
            "item": self.keys[place],
            **item_screen(self.items[place], self.rubric),
            "answers": said.answers,
            "comment": said.comment,
            "marks": marks,
            **self._progress(who, done),
        }

    def answer(self, name: str, told: Mapping[str, Any]) -> dict[str, Any]:
        """How far the annotator is, once the answer is on the disk.

        Raises:
            Refusal: no such transcript or question, or an answer that is none of its choices.
        """
        who, place = self._place(name, told.get("number"), told.get("item"))
        ask = next((one for one in self.asks if one.criterion == told.get("criterion")), None)
        if ask is None:
            raise Refusal(422, "this question is not asked here")
        value = ask.value_of(told.get("value"))
        if value is None:
            choices = ", ".join(str(one.value) for one in ask.choices)
            raise Refusal(422, f"an answer of {choices} was wanted; came {_came(told.get('value'))}")
        warning = self.state.answer(who.name, place, ask.criterion, value, _seconds(told.get("seconds")))
        return self._progress(who, self.state.done(who.name)) | {"warning": warning}

    def note(self, name: str, told: Mapping[str, Any]) -> dict[str, Any]:
        """The same for a comment and marked passages.

        Raises:
            Refusal: no such transcript, too long a comment, or a mark outside the response.
        """
        who, place = self._place(name, told.get("number"), told.get("item"))
        comment, marks = told.get("comment"), told.get("marks")
        if not isinstance(comment, str) or len(comment) > LONGEST_COMMENT:
            raise Refusal(422, f"a comment of at most {LONGEST_COMMENT:,} characters was wanted")
        if not isinstance(marks, list) or len(marks) > MOST_MARKS:
            raise Refusal(422, f"at most {MOST_MARKS} marked passages were wanted")
        evidence = self._evidence(place, marks)
        warning = self.state.note(who.name, place, comment.strip(), evidence)
        return self._progress(who, self.state.done(who.name)) | {"warning": warning}

    def undo(self, name: str) -> dict[str, Any]:
        """The number of the transcript whose last answer or note was taken back; None where there is nothing."""
        who = self.who(name)
        place, warning = self.state.undo(who.name)
        number = None if place is None else who.places.index(place) + 1
        return self._progress(who, self.state.done(who.name)) | {"number": number, "warning": warning}

    def who(self, name: str) -> Annotator:
        """The annotator of that name, who has begun.

        Raises:
            Refusal: nobody of that name has.
        """
        found = self.state.annotator(name)
        if found is None:
            raise Refusal(409, "nobody of this name has begun here: load the page again and say who labels")
        return found

    def open_numbers(self, who: Annotator, done: Mapping[int, Done]) -> list[int]:
        """The numbers of the transcripts that this annotator has not answered in full."""
        wanted = {one.criterion for one in self.asks}
        return [
            number
            for number, place in enumerate(who.places, 1)
            if place not in done or not wanted <= set(done[place].answers)
        ]

    def _progress(self, who: Annotator, done: Mapping[int, Done]) -> dict[str, Any]:
        left = self.open_numbers(who, done)
        return {"total": len(who.places), "labelled": len(who.places) - len(left), "open": left}

    def _place(self, name: str, number: object, key: object = None) -> tuple[Annotator, int]:
        who = self.who(name)
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= len(who.places):
            raise Refusal(404, f"there is no such transcript; yours are 1 to {len(who.places)}")
        place = who.places[number - 1]
        if key is not None and key != self.keys[place]:
            raise Refusal(404, "this is another transcript than the page shows; load the page again")
        return who, place

    def _evidence(self, place: int, marks: list[Any]) -> list[dict[str, Any]]:
        text = self.items[place].transcript.response
        shown = Shown.of(text)
        found = set()
        for one in marks:
            if not isinstance(one, list) or len(one) != 2 or not all(type(end) is int for end in one):
                raise Refusal(422, "a marked passage is two whole numbers, where it begins and ends")
            start, end = one
            if not 0 <= start < end <= len(shown.text):
                raise Refusal(422, "a marked passage lies in the response; this one does not")
            found.add(shown.own(start, end))
        return [{"quote": text[start:end], "start": start, "end": end} for start, end in sorted(found)]


def _came(given: object) -> str:
    """What came instead of an answer; lists and objects may be too deep to be written out."""
    return repr(str(given)[:60]) if isinstance(given, str | int | float) else kind(given)


def _seconds(given: object) -> float:
    """What the page counted: nothing rests on it, so nonsense is 0."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        return 0.0
    return min(max(float(given), 0.0), _A_DAY)
