/** A flash is a list of steps: shown, run one after the other, and written down. */
import { unlessStopped } from "../command-line/signals.ts";

export interface Step {
  title: string;
  /** What is run or typed, for `--dry-run`: each line as a person would type it. */
  shows: readonly string[];
  /** What is worth a word in the report. */
  run(): Promise<string | undefined>;
}

export interface StepRecord {
  step: string;
  result: "done" | "failed";
  detail?: string;
  /** Wall clock. */
  ms: number;
}

export type Tell = (text: string) => void;

export function showSteps(steps: readonly Step[], tell: Tell): void {
  for (const [i, { title, shows }] of steps.entries()) {
    tell(`${i + 1}. ${title}`);
    for (const line of shows) tell(`     ${line}`);
  }
}

/** Ends at the first step that fails or is stopped; `records` holds it too. @throws what it threw, or the reason of `stop`. */
export async function runSteps(
  steps: readonly Step[],
  records: StepRecord[],
  tell: Tell,
  stop: AbortSignal = new AbortController().signal,
): Promise<void> {
  for (const [i, { title, run }] of steps.entries()) {
    tell(`[${i + 1}/${steps.length}] ${title}`);
    const start = performance.now();
    const record = (result: StepRecord["result"], detail?: string): void =>
      void records.push({ step: title, result, ...(detail === undefined ? {} : { detail }), ms: Math.round(performance.now() - start) });
    try {
      const detail = await unlessStopped(run(), stop);
      if (detail !== undefined) tell(`      ${detail}`);
      record("done", detail);
    } catch (error) {
      record("failed", (error as Error).message);
      throw error;
    }
  }
}
