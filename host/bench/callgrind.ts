/** Instructions that the interpreter executes for a program, counted by valgrind's callgrind: exact, whatever else the machine does. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A run under valgrind takes seconds; one that takes minutes hangs. */
const LIMIT_MS = 180_000;

export interface Run {
  instructions: number;
  /** What the program printed. */
  output: string;
}

/**
 * Boots `image` and counts until the program calls `E.reboot()`, which ends the Linux port.
 * @throws {Error} if it does not end, or prints an error of the interpreter.
 */
export async function countInstructions(binary: string, image: Buffer): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "espruino-bench-"));
  try {
    writeFileSync(join(folder, "espruino.flash"), image);
    return await run(binary, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(binary: string, folder: string): Promise<Run> {
  return new Promise((resolve, reject) => {
    // Standard input stays open: at end-of-file the interpreter's console floods.
    const child = spawn("valgrind", ["--tool=callgrind", "--callgrind-out-file=/dev/null", binary], { cwd: folder, stdio: "pipe" });
    let output = "";
    let log = "";
    const guard = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
    child.stdout.setEncoding("latin1").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("latin1").on("data", (text: string) => (log += text));
    child.on("error", (error) => reject(new Error(`valgrind: ${error.message}`)));
    child.on("close", () => {
      clearTimeout(guard);
      const collected = /Collected : (\d+)/.exec(log)?.[1];
      const uncaught = /Uncaught .*/.exec(output)?.[0];
      if (uncaught) reject(new Error(`on the interpreter: ${uncaught}`));
      else if (!collected) reject(new Error(`no count from valgrind: ${log.trim().split("\n").pop() ?? ""}`));
      else resolve({ instructions: Number(collected), output });
    });
  });
}
