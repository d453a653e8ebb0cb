/** Counts what test files tell, as Node's runner does. */
import type { Failure, Told } from "./messages.ts";

/** What Node gives as the reason where a name was asked for. */
const OTHER_NAME = "test name does not match pattern";

export class Tally {
  readonly failures: Failure[] = [];
  readonly counts = { tests: 0, suites: 0, pass: 0, fail: 0, cancelled: 0, skipped: 0, todo: 0 };
  /** Why tests and whole suites were skipped, and how many of them for each reason. */
  readonly reasons = new Map<string, number>();

  /** Returns what failed. */
  add(file: string, told: Told): Failure[] {
    if (told.ev == "running" || told.ev == "file") return [];
    // Nobody asked for it.
    if (told.reason == OTHER_NAME) return [];
    // A suite that fails by itself (a hook, its own text) counts like a test of it.
    if (told.ev == "suite") this.counts.suites++;
    if (told.ev == "test" || (told.outcome == "fail" && told.error !== undefined)) this.countTest(told.outcome);
    if (told.outcome == "skip" && told.reason !== undefined) this.reasons.set(told.reason, (this.reasons.get(told.reason) ?? 0) + 1);
    return told.error === undefined ? [] : this.failed([{ file, names: told.names, message: told.error }]);
  }

  /** What is wrong with a file as a whole counts as a test of it that failed. Returns it. */
  addProblems(file: string, problems: readonly string[]): Failure[] {
    return this.failed(
      problems.map((message) => {
        this.countTest("fail");
        return { file, names: [], message };
      }),
    );
  }

  /** Nothing failed, and not because there was nothing. */
  get passed(): boolean {
    return this.failures.length == 0 && (this.counts.tests > 0 || this.reasons.size > 0);
  }

  /** The lines that Node's runner ends with. */
  closingLines(ms: number): string[] {
    return [...Object.entries(this.counts), ["duration_ms", Math.round(ms)] as const].map(([name, count]) => `# ${name} ${count}`);
  }

  private failed(failures: Failure[]): Failure[] {
    this.failures.push(...failures);
    return failures;
  }

  private countTest(outcome: "pass" | "fail" | "cancelled" | "skip" | "todo"): void {
    this.counts.tests++;
    this.counts[outcome == "skip" ? "skipped" : outcome]++;
  }
}
