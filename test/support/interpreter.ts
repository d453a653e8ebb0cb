/** Short scripts on a genuine interpreter, if the environment names one (`ESPRUINO`). */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const INTERPRETER = process.env["ESPRUINO"];

/** A program that prints nothing for so long hangs. Real time: a 32-bit interpreter may have to be emulated, on a busy machine. */
const LIMIT_MS = 90_000;

/** For `it(name, { skip: SKIP }, …)`. */
export const SKIP = INTERPRETER ? false : "ESPRUINO is not set: no genuine interpreter to ask";

/** Marks what a script prints among the banner, the prompt and escape codes. */
const MARK = "#>";

export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "espruino-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/**
 * Runs a script in `folder` (a new one by default) and returns the lines it printed with `out(text)`. Without a script the interpreter
 * boots from its Storage, and all that it prints is returned. One character per byte.
 */
export async function runScript(script: string | null, folder?: string): Promise<string[]> {
  const own = folder === undefined ? temporaryFolder() : undefined;
  const cwd = folder ?? (own?.path as string);
  // Scripts run statement by statement, so the end is arranged before anything can throw.
  if (script !== null)
    writeFileSync(join(cwd, "script.js"), `setTimeout(quit,50);function out(s){print("${MARK}"+s)}\n${script}`, "latin1");
  try {
    const text = await run(script === null ? [] : ["script.js"], cwd);
    const lines = text.split(/\r?\n/).map((line) => line.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, ""));
    return script === null
      ? lines
      : lines.filter((line) => line.includes(MARK)).map((line) => line.slice(line.indexOf(MARK) + MARK.length));
  } finally {
    own?.remove();
  }
}

/** Boots from the Storage in `folder` and returns what is printed up to a line that fits; then the interpreter is stopped. */
export function bootUntil(folder: string, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(INTERPRETER as string, [], { cwd: folder, stdio: ["pipe", "pipe", "ignore"] });
    let text = "";
    const guard = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
    child.stdout.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
      guard.refresh();
      if (pattern.test(text)) child.kill("SIGKILL");
    });
    child.on("error", reject);
    child.on("close", () => {
      clearTimeout(guard);
      if (pattern.test(text)) resolve(text);
      else reject(new Error(`nothing fits ${pattern} in: ${text.slice(-500)}`));
    });
  });
}

function run(args: string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(INTERPRETER as string, args, { cwd, stdio: ["pipe", "pipe", "ignore"] });
    const guard = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
    let text = "";
    child.stdout.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
      guard.refresh();
    });
    child.on("error", reject);
    // Its input stays open until it has ended: at end-of-file it would print without end.
    child.on("close", (_code, signal) => {
      clearTimeout(guard);
      if (signal) reject(new Error(`the interpreter did not end: ${text.slice(-500)}`));
      else resolve(text);
    });
  });
}

/** Values of expressions as JSON, `THROWS` where they throw; each evaluated on its own, as on the interpreter's console. */
export async function evaluate(expressions: readonly string[]): Promise<string[]> {
  const script = expressions.map(
    (expression, i) => `try{out(${i}+"="+JSON.stringify(eval(${JSON.stringify(`(${expression})`)})))}catch(e){out(${i}+"=THROWS")}`,
  );
  const lines = await runScript(script.join("\n"));
  return expressions.map((_, i) => lines.find((line) => line.startsWith(`${i}=`))?.slice(`${i}=`.length) ?? "NOTHING");
}

/** The same in Node. */
export function evaluateInNode(expression: string): string {
  try {
    return String(JSON.stringify((0, eval)(`(${expression})`)));
  } catch {
    return "THROWS";
  }
}
