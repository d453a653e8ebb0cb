/** What a person sees of a run: where it is, what failed, and how it ended. */
import type { Failure } from "./messages.ts";
import type { Tally } from "./tally.ts";

/** Where nobody watches, a line now and then. */
const LOG_EVERY_MS = 15_000;
/** Of an error's text, which may quote a whole file. Characters. */
const LONGEST = 4000;

export interface ProgressOutput {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

export class Progress {
  private readonly start = performance.now();
  private ended = 0;
  private logged = performance.now();
  private lineShown = false;

  constructor(
    private readonly out: ProgressOutput,
    private readonly files: number,
    private readonly tally: Tally,
  ) {}

  /** A test has ended in `file`. */
  moved(file: string): void {
    if (this.out.isTTY) this.showLine(file);
    else if (performance.now() - this.logged > LOG_EVERY_MS) this.log();
  }

  fileEnded(file: string): void {
    this.ended++;
    this.moved(file);
  }

  failed(failures: readonly Failure[]): void {
    for (const failure of failures) this.print(failureText(failure));
  }

  /** By a file that failed. */
  printed(output: string): void {
    if (output.trim()) this.print(indented(`it printed:\n${output.trimEnd()}\n`));
  }

  /** A line that stays. */
  print(text: string): void {
    this.clear();
    this.out.write(`${text}\n`);
  }

  /** What failed, again, and `others` besides tests; what was skipped and why; and Node's closing lines. */
  summary(others: readonly string[] = []): void {
    const { failures, reasons } = this.tally;
    if (failures.length) this.print(`\n${failures.length} failed:\n\n${failures.map(failureText).join("\n")}`);
    for (const other of others) this.print(other);
    if (!failures.length && !this.tally.passed) this.print("no such test");
    for (const [reason, count] of reasons) this.print(`skipped: ${reason} (${count})`);
    for (const line of this.tally.closingLines(performance.now() - this.start)) this.print(line);
  }

  private get status(): string {
    const seconds = Math.round((performance.now() - this.start) / 1000);
    const { tests } = this.tally.counts;
    return `${this.ended} of ${this.files} files, ${tests} tests, ${this.tally.failures.length} failed, ${seconds} s`;
  }

  private log(): void {
    this.logged = performance.now();
    this.out.write(`${this.status}\n`);
  }

  private showLine(file: string): void {
    const text = `${this.status}: ${file}`;
    this.out.write(`\r${text.slice(0, (this.out.columns ?? 80) - 1)}\x1b[K`);
    this.lineShown = true;
  }

  private clear(): void {
    if (this.lineShown) this.out.write("\r\x1b[K");
    this.lineShown = false;
  }
}

function failureText({ file, names, message }: Failure): string {
  const text = message.length > LONGEST ? `${message.slice(0, LONGEST)}\n… ${message.length - LONGEST} characters more` : message;
  return `FAILED ${[file, ...names].join(" > ")}\n${indented(text)}\n`;
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, "    ");
}
