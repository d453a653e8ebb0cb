/**
 * Runs command lines one after the other in this process, and prints what each came to: `[name, ...arguments][]` as JSON on the command
 * line, `Outcome[]` as JSON on standard output. What they import is loaded once, so that a hundred of them take seconds.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../host/project/root.ts";

export interface Outcome {
  code: number | string;
  out: string;
  errors: string;
}

/** The file of each command of the project, by what is typed. */
export function commandFiles(): Map<string, string> {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };
  const files = Object.entries(scripts).flatMap(([name, script]) => {
    const file = /^exec node --import \S+ (host\/\S+)$/.exec(script)?.[1];
    return file ? [[name, file] as const] : [];
  });
  const flash = /"\$root\/(host\/\S+\.ts)"/.exec(readFileSync(join(ROOT, "flash.sh"), "utf8"))?.[1];
  return new Map(flash === undefined ? files : [...files, ["flash", flash]]);
}

async function runInTurn(lines: readonly (readonly string[])[]): Promise<Outcome[]> {
  const files = commandFiles();
  const outcomes: Outcome[] = [];
  for (const [n, [name = "", ...args]] of lines.entries()) {
    const said = { out: "", errors: "" };
    const hear =
      (what: keyof typeof said) =>
      (text: string | Uint8Array): boolean => {
        said[what] += Buffer.from(text).toString("utf8");
        return true;
      };
    process.stdout.write = hear("out");
    process.stderr.write = hear("errors");
    process.argv = [process.execPath, name, ...args];
    process.exitCode = undefined;
    // A command line is a module that runs when it is loaded: another address, another run.
    await import(`${join(ROOT, files.get(name) ?? name)}?${n}`);
    outcomes.push({ code: process.exitCode ?? 0, ...said });
  }
  return outcomes;
}

if (import.meta.filename == process.argv[1]) {
  const write = process.stdout.write.bind(process.stdout);
  const outcomes = await runInTurn(JSON.parse(process.argv[2] as string) as string[][]);
  // Nothing that a command has left behind keeps this process.
  write(JSON.stringify(outcomes), () => process.exit(0));
}
