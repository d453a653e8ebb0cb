/** What is wrong with the sources. */

export interface Problem {
  /** Rule's name, `syntax` for what cannot be read at all. */
  rule: string;
  /** What, and what to write instead. */
  message: string;
  /** Source file as the source map names it; the module's name where the map says nothing. */
  file: string;
  /** From 1. */
  line: number;
  column: number;
}

/** `src/cellular/at/reader.ts:12:7 no-spread: …` */
export function formatProblem(problem: Problem): string {
  return `${problem.file}:${problem.line}:${problem.column} ${problem.rule}: ${problem.message}`;
}

/** The modules' texts would not run: one line per problem, each with its place in the sources. */
export class CheckError extends Error {
  readonly problems: Problem[];

  constructor(problems: Problem[]) {
    super(problems.map(formatProblem).join("\n"));
    this.problems = problems;
  }
}

/** @throws {CheckError} if there are any. */
export function throwProblems(problems: readonly Problem[]): void {
  if (problems.length) throw new CheckError([...problems]);
}
