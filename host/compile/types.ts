/** Checks the types of the sources, beside whatever else is done: an image is made without them. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { ROOT } from "../project/root.ts";
import { keep, KEPT_FOLDER, keyOf, readKept } from "./kept.ts";
import { throwProblems } from "./problem.ts";
import type { Problem } from "./problem.ts";

export interface TypeCheck {
  /** Resolves with what is wrong. */
  problems: Promise<Problem[]>;
  /** Ends it where nobody wants to know any more. */
  stop(): void;
}

/** Sources that have passed are not checked again; of others the compiler looks at what has changed. */
export function startTypeCheck(): TypeCheck {
  const key = keyOf(...sourceTexts());
  if (readKept("types", key) !== undefined) return { problems: Promise.resolve([]), stop: () => {} };
  const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const incremental = ["--incremental", "--tsBuildInfoFile", join(KEPT_FOLDER, "types.tsbuildinfo")];
  const child = spawn(process.execPath, [compiler, "-p", "tsconfig.json", "--pretty", "false", ...incremental], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "ignore"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const problems = new Promise<Problem[]>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) keep("types", key, []);
      resolve(code === 0 ? [] : problemsIn(text));
    });
  });
  return { problems, stop: () => void child.kill() };
}

/** What `work` comes to, for those who need that types are right as well. @throws {CheckError} */
export async function withTypes<T>(work: () => Promise<T>): Promise<T> {
  const check = startTypeCheck();
  try {
    const result = await work();
    throwProblems(await check.problems);
    return result;
  } finally {
    check.stop();
  }
}

function sourceTexts(): string[] {
  const names = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return names.sort().flatMap((name) => [name, readFileSync(join(ROOT, "src", name), "utf8")]);
}

/** `src/main.ts(3,7): error TS2322: …`, and indented lines that belong to it. */
function problemsIn(text: string): Problem[] {
  const lines = text.trimEnd().replace(/\n +/g, " ").split("\n");
  return lines.map((line) => {
    const [, file = "tsconfig.json", row = 1, column = 1, message = line] = /^(.+)\((\d+),(\d+)\): error (.*)$/.exec(line) ?? [];
    return { rule: "typescript", message, file, line: Number(row), column: Number(column) };
  });
}
