// Seconds for which somebody looked at a transcript: a pause without a key, a move or a scroll counts one minute at most.

const LONGEST_PAUSE = 60_000;
const SIGNS = ["keydown", "pointerdown", "pointermove", "scroll", "wheel"];

export class Clock {
  constructor(now = () => performance.now()) {
    this.now = now;
    this.start();
    for (const sign of SIGNS) {
      addEventListener(sign, () => this.tick(), { capture: true, passive: true });
    }
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) {
        this.tick();
      } else {
        this.last = this.now();
      }
    });
  }

  start() {
    this.spent = 0;
    this.last = this.now();
  }

  tick() {
    const now = this.now();
    this.spent += Math.min(now - this.last, LONGEST_PAUSE);
    this.last = now;
  }

  giveBack(seconds) {
    this.spent += seconds * 1000;
  }

  take() {
    this.tick();
    const seconds = this.spent / 1000;
    this.spent = 0;
    return seconds;
  }
}
