/** A tool that runs beside the tests, and is quiet unless it fails. */
import { startChild } from "../command-line/children.ts";
import { ROOT } from "../project/root.ts";

export interface ToolCommand {
  /** What people call it. */
  title: string;
  /** The program and its arguments. */
  command: readonly [string, ...string[]];
}

/** Resolves with what it printed where it failed, otherwise with `null`. */
export function runTool({ title, command: [program, ...args] }: ToolCommand): Promise<string | null> {
  const child = startChild(program, args, ROOT);
  child.stdin.on("error", () => {}).end();
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(`FAILED ${title}: ${error.message}\n`));
    child.once("close", (code) => resolve(code === 0 ? null : `FAILED ${title}\n${output.trimEnd()}\n`));
  });
}
