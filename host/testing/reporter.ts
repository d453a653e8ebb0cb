/**
 * What Node's test runner reports in a process that runs one file after the other, each as a suite that is named
 * after it: handed on as messages.
 */
import type { TestEvent } from "node:test/reporters";
import type { Outcome, TestEnded, Told } from "./messages.ts";

interface Details {
  duration_ms: number;
  type?: string;
  error?: Error & { cause?: unknown; failureType?: string };
}

/** Fields that the types do not have together, or not at all. */
interface Data {
  name: string;
  nesting: number;
  skip?: string | boolean;
  todo?: string | boolean;
  details?: Details;
}

/** A test that its suite took with it, or that could not end because nothing was left that would end it. */
const CANCELLED = ["cancelledByParent", "testAborted"];

/** What there was in a file. */
export interface FileReport {
  /** Tests, and suites that were skipped as a whole. */
  tests: number;
  /** Texts of the errors that were told. */
  errors: Set<string>;
  /** It could not be imported, or a hook of its own failed. */
  error?: string;
}

let current: FileReport = { tests: 0, errors: new Set() };
let ended: (report: FileReport) => void = () => {};

/** Resolves when all is told of the file that begins now. */
export function fileReport(): Promise<FileReport> {
  current = { tests: 0, errors: new Set() };
  return new Promise((resolve) => (ended = resolve));
}

export function tell(told: Told): void {
  process.send?.(told);
}

export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const path: string[] = [];
  for await (const event of source) {
    const data = event.data as unknown as Data;
    if (event.type == "test:start") {
      path[data.nesting] = data.name;
    } else if (event.type == "test:pass" || event.type == "test:fail") {
      const end = endOf(event.type == "test:pass", [...path.slice(1, data.nesting), data.name], data);
      if (data.nesting == 0) {
        ended(end.error ? { ...current, error: end.error } : current);
      } else {
        if (end.error) current.errors.add(end.error);
        if (end.ev == "test" || end.outcome == "skip") current.tests++;
        tell(end);
      }
    }
  }
  // Nothing of what it says is text.
  yield "";
}

function endOf(passed: boolean, names: string[], { skip, todo, details }: Data): TestEnded {
  const failure = details?.error?.failureType ?? "";
  const outcome = outcomeOf(passed, skip, todo, failure);
  const failed = outcome == "fail" || outcome == "cancelled";
  return {
    ev: details?.type == "suite" ? "suite" : "test",
    names,
    outcome,
    ms: details?.duration_ms ?? 0,
    ...(failed && failure != "subtestsFailed" && { error: textOf(details?.error) }),
    ...(typeof skip == "string" && { reason: skip }),
  };
}

/** In the order in which Node counts. */
function outcomeOf(passed: boolean, skip: Data["skip"], todo: Data["todo"], failure: string): Outcome {
  if (skip !== undefined) return "skip";
  if (todo !== undefined) return "todo";
  if (CANCELLED.includes(failure)) return "cancelled";
  return passed ? "pass" : "fail";
}

/** The error of the test, which the runner has wrapped into its own. */
export function textOf(error: unknown): string {
  const cause = (error as Details["error"])?.cause ?? error;
  if (!(cause instanceof Error)) return String(cause);
  return cause.stack ?? cause.message;
}
