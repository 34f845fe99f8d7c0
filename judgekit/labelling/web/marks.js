// Passages of the response that an annotator marks. Places are counted in characters, as the server counts them.

import { el, firstPart } from "./parts.js";

const LONGEST_FOR_SENTENCES = 200_000;

export class Marks {
  constructor(changed) {
    this.changed = changed;
    this.spans = [];
    this.cursor = null;
  }

  show(box, text, spans) {
    this.box = box;
    this.text = text;
    this.cursor = null;
    this.sentences = null;
    this.units = /[\ud800-\udfff]/.test(text) ? unitsOf(text) : null;
    this.spans = merged(spans.map(([start, end]) => [this.toUnits(start), this.toUnits(end)]));
    const more = firstPart(text, (end) => { this.end = end; this.draw(); }, this.spans.at(-1)?.[1]);
    box.parentElement.append(...more ? [more] : []);
  }

  // [start, end] of each mark, in characters.
  get places() {
    return this.spans.map(([start, end]) => [this.toCharacters(start), this.toCharacters(end)]);
  }

  get quotes() {
    return this.spans.map(([start, end]) => this.text.slice(start, end));
  }

  draw() {
    const cuts = new Set([0, this.end]);
    const at = this.cursor === null ? null : this.sentences[this.cursor];
    for (const [start, end] of at ? [...this.spans, at] : this.spans) {
      cuts.add(start).add(end);
    }
    const order = [...cuts].filter((cut) => cut <= this.end).sort((a, b) => a - b);
    const parts = order.slice(0, -1).map((start, place) => {
      const piece = this.text.slice(start, order[place + 1]);
      const isMarked = this.spans.some(([from, to]) => from <= start && start < to);
      const isHere = at && at[0] <= start && start < at[1];
      if (!isMarked && !isHere) {
        return piece;
      }
      return el(isMarked ? "mark" : "span", { className: isHere ? "here" : "" }, piece);
    });
    this.box.replaceChildren(...parts);
    this.box.querySelector(".here")?.scrollIntoView({ block: "nearest" });
  }

  // Whether something was selected in the response, and is marked now.
  markSelection() {
    const chosen = getSelection();
    if (!chosen || chosen.isCollapsed || !chosen.rangeCount) {
      return false;
    }
    const range = chosen.getRangeAt(0);
    if (!this.box.contains(range.startContainer) || !this.box.contains(range.endContainer)) {
      return false;
    }
    const before = range.cloneRange();
    before.selectNodeContents(this.box);
    before.setEnd(range.startContainer, range.startOffset);
    const start = before.toString().length;
    const span = trimmed(this.text, start, start + range.toString().length);
    chosen.removeAllRanges();
    if (span === null) {
      return false;
    }
    this.set(merged([...this.spans, span]));
    return true;
  }

  begin() {
    this.sentences ??= sentencesOf(this.text.slice(0, Math.min(this.end, LONGEST_FOR_SENTENCES)));
    if (this.sentences.length) {
      this.cursor = 0;
      this.draw();
    }
    return this.sentences.length > 0;
  }

  stop() {
    this.cursor = null;
    this.draw();
  }

  move(step) {
    this.cursor = Math.min(Math.max(this.cursor + step, 0), this.sentences.length - 1);
    this.draw();
    return this.text.slice(...this.sentences[this.cursor]);
  }

  toggle() {
    const [start, end] = this.sentences[this.cursor];
    const isMarked = this.spans.some(([from, to]) => from <= start && end <= to);
    this.set(isMarked ? without(this.spans, start, end) : merged([...this.spans, [start, end]]));
    return !isMarked;
  }

  remove(place) {
    this.set(this.spans.filter((_, other) => other !== place));
  }

  set(spans) {
    this.spans = spans;
    this.draw();
    this.changed();
  }

  toUnits(place) {
    return this.units ? this.units[place] : place;
  }

  toCharacters(place) {
    if (!this.units) {
      return place;
    }
    let low = 0;
    let high = this.units.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.units[middle] < place) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}

// Where each character begins, in units of UTF-16; one more for the end.
function unitsOf(text) {
  const found = [0];
  for (const character of text) {
    found.push(found.at(-1) + character.length);
  }
  return found;
}

function merged(spans) {
  const found = [];
  for (const [start, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = found.at(-1);
    if (last && start <= last[1]) {
      last[1] = Math.max(last[1], end);
    } else {
      found.push([start, end]);
    }
  }
  return found;
}

function without(spans, start, end) {
  return spans.flatMap(([from, to]) => [[from, Math.min(to, start)], [Math.max(from, end), to]].filter(([a, b]) => a < b));
}

function trimmed(text, start, end) {
  while (start < end && /\s/.test(text[start])) {
    start += 1;
  }
  while (end > start && /\s/.test(text[end - 1])) {
    end -= 1;
  }
  return start < end ? [start, end] : null;
}

function sentencesOf(text) {
  const parts = Intl.Segmenter // where a browser has none, lines have to do
    ? [...new Intl.Segmenter(undefined, { granularity: "sentence" }).segment(text)].map((one) => [one.index, one.segment])
    : [...text.matchAll(/[^\n]+/g)].map((one) => [one.index, one[0]]);
  return parts.map(([start, part]) => trimmed(text, start, start + part.length)).filter((one) => one !== null);
}
