/** How far an update is, on a screen: a bar that stays in the last line, or one line for each new fact where nobody watches. */
export interface Screen {
  write(text: string): void;
  isTTY?: boolean | undefined;
  columns?: number | undefined;
}

const BAR = 30;
/** Where nobody watches, a line for each of these. */
const EVERY_PERCENT = 10;

export class Display {
  private bar = "";
  private shown = -1;

  constructor(private readonly screen: Screen) {}

  line(text: string): void {
    this.erase();
    this.screen.write(`${text}\n`);
    this.draw();
  }

  progress(percent: number, text: string): void {
    const filled = Math.round((BAR * percent) / 100);
    if (this.screen.isTTY) {
      this.erase();
      const bar = `[${"#".repeat(filled)}${".".repeat(BAR - filled)}] ${String(percent).padStart(3)} %  ${text}`;
      this.bar = bar.slice(0, Math.max(0, (this.screen.columns ?? 80) - 1));
      return this.draw();
    }
    const step = percent - (percent % EVERY_PERCENT);
    if (step <= this.shown) return;
    this.shown = step;
    this.screen.write(`${String(percent).padStart(3)} %  ${text}\n`);
  }

  /** Leaves the bar where it is: what comes next begins a new line. */
  end(): void {
    if (this.bar) this.screen.write("\n");
    this.bar = "";
  }

  private erase(): void {
    if (this.bar) this.screen.write("\r\x1b[K");
  }

  private draw(): void {
    if (this.bar) this.screen.write(this.bar);
  }
}
