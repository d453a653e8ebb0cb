/** A tool that runs beside the tests, and is quiet unless it fails. */
import { killChild, startChild } from "../command-line/children.ts";
import { ROOT } from "../project/root.ts";

export interface ToolCommand {
  /** What people call it. */
  title: string;
  /** The program and its arguments. */
  command: readonly [string, ...string[]];
}

export interface RunningTool {
  /** Resolves with what it printed where it failed, otherwise with `null`. */
  done: Promise<string | null>;
  kill(): void;
}

export function startTool({ title, command: [program, ...args] }: ToolCommand): RunningTool {
  const child = startChild(program, args, ROOT);
  child.stdin.on("error", () => {}).end();
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const done = new Promise<string | null>((resolve) => {
    child.once("error", (error) => resolve(`FAILED ${title}: ${error.message}\n`));
    child.once("close", (code) => resolve(code === 0 ? null : `FAILED ${title}\n${output.trimEnd()}\n`));
  });
  return { done, kill: () => killChild(child) };
}
