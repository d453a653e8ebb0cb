/** Programs of others: found in `PATH`, run with a time limit, told how to get when they are missing. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { killChild, startChild } from "../command-line/children.ts";

export interface Command {
  program: string;
  args: readonly string[];
}

export type ToolName = "esptool" | "st-flash" | "dfu-util";

interface Tool {
  /** Names of the program, newest first. */
  programs: readonly string[];
  get: string;
}

const TOOLS: Readonly<Record<ToolName, Tool>> = {
  // Version 5 calls itself so, 4 has the ending; the names of commands with "_" work in both (Espressif, esptool v5 Migration Guide).
  esptool: { programs: ["esptool", "esptool.py"], get: "pip install esptool (or: apt install esptool, brew install esptool)" },
  "st-flash": { programs: ["st-flash"], get: "apt install stlink-tools (or: brew install stlink)" },
  "dfu-util": { programs: ["dfu-util"], get: "apt install dfu-util (or: brew install dfu-util)" },
};

/** Path of a tool; `undefined` if it is not in `PATH`. */
export function findTool(name: ToolName, path = process.env["PATH"] ?? ""): string | undefined {
  for (const program of TOOLS[name].programs)
    for (const folder of path.split(delimiter)) {
      const candidate = join(folder, program);
      if (folder && isExecutable(candidate)) return candidate;
    }
  return undefined;
}

export function howToGet(name: ToolName): string {
  return `${name} is not in PATH; get it with: ${TOOLS[name].get}`;
}

/** As a person would type it. */
export function commandText({ program, args }: Command): string {
  return [program, ...args].map((word) => (/^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}

export interface RunOptions {
  timeoutMs: number;
  /** Its output, as it comes. */
  tell(text: string): void;
  /** Ends the program at once. */
  stop?: AbortSignal;
}

/** What it printed. @throws {Error} naming the program and what it said last, if it fails, cannot be started or does not end. */
export function runCommand(command: Command, options: RunOptions): Promise<string> {
  const { program, args } = command;
  const name = program.split("/").at(-1) as string;
  return new Promise((resolve, reject) => {
    const child = startChild(program, args);
    child.stdin.on("error", () => {}).end();
    const kill = (): void => killChild(child);
    options.stop?.addEventListener("abort", kill, { once: true });
    let output = "";
    let late = false;
    const guard = setTimeout(() => {
      late = true;
      kill();
    }, options.timeoutMs);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        options.tell(text);
      });
    child.on("error", (error) => {
      clearTimeout(guard);
      reject(new Error(`${name} cannot be started: ${error.message}`));
    });
    // "close" would wait for what the program started and left behind.
    child.on("exit", (code, signal) => {
      clearTimeout(guard);
      options.stop?.removeEventListener("abort", kill);
      if (code === 0) return resolve(output);
      if (late) return reject(new Error(`${name} did not end within ${options.timeoutMs / 1000} s; it was stopped`));
      const last = output
        .trimEnd()
        .split(/[\r\n]+/)
        .at(-1);
      reject(new Error(`${name} failed (${signal ?? `exit code ${code ?? "?"}`})${last ? `: ${last}` : ""}`));
    });
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
