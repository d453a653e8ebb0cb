/** What a process that runs test files tells the one that handed them out. */

export type Outcome = "pass" | "fail" | "cancelled" | "skip" | "todo";

/** Something that failed. Its place is a file of the project, and the names from the outermost suite to the test. */
export interface Failure {
  file: string;
  names: readonly string[];
  message: string;
}

export interface TestEnded {
  ev: "test" | "suite";
  /** From the outermost suite to this one. */
  names: string[];
  outcome: Outcome;
  ms: number;
  /** Of what failed by itself: a suite does not when one of its tests did. */
  error?: string;
  /** Why it was skipped. */
  reason?: string;
}

export type Told =
  /** A test runs from now on. */
  | { ev: "running"; names: string[] }
  | TestEnded
  /**
   * The file's last test has ended, and what it did to the process is undone. `problems`: what is wrong with the file as a whole. `goesOn`:
   * the process takes another file.
   */
  | { ev: "file"; problems: string[]; goesOn: boolean };

/** What that process is told. */
export interface Order {
  /** Path of a test file. */
  file: string;
  /** Real time for what the file has closed to be gone. */
  closingMs: number;
}
