/** Lines that a device printed, and how somebody waits for one. */
import type { Effects } from "./effects.ts";

/** Lines told when one does not come. */
const TOLD = 30;

export class Transcript {
  readonly lines: string[] = [];
  /** The first line that no wait has passed yet. */
  private cursor = 0;

  constructor(private readonly effects: Effects) {}

  /** Lets time pass until a line fits that came after the one found last. @throws {Error} with the last lines. */
  async waitFor(pattern: RegExp | ((line: string) => boolean), ms: number): Promise<string> {
    const fits = typeof pattern == "function" ? pattern : (line: string): boolean => pattern.test(line);
    const find = (): number => this.lines.findIndex((line, i) => i >= this.cursor && fits(line));
    if (!(await this.effects.until(() => find() >= 0, ms)))
      throw new Error(`no line ${String(pattern)} within ${ms} ms; the last lines:\n${this.tail()}`);
    this.cursor = find() + 1;
    return this.lines[this.cursor - 1] as string;
  }

  tail(): string {
    return this.lines.slice(-TOLD).join("\n");
  }
}
