/** `npm test` and `npm run unit`. */
import { Command } from "commander";
import { runCommandLine } from "../command-line/run.ts";
import { ROOT } from "../project/root.ts";
import { testFiles, wanted } from "./files.ts";
import { readSeen } from "./record.ts";
import { JOBS, runSession, SILENCE } from "./session.ts";
import type { SessionOptions } from "./session.ts";

const LINT = { title: "lint", command: ["npm", "run", "--silent", "lint"] } as const;

const program = new Command("npm test --")
  .description("Runs the tests: all of them, with lint beside them, or those that the arguments ask for.")
  .argument("[what...]", "part of a test file's path, or of a test's name (a regular expression)")
  .option("--no-lint", "tests only")
  .addOption(JOBS)
  .addOption(SILENCE)
  .action(async (what: string[], { lint, ...options }: SessionOptions & { lint: boolean }) => {
    const chosen = wanted(what, testFiles(ROOT), readSeen(), process.cwd());
    await runSession(chosen, lint && !what.length ? [LINT] : [], options);
  });

await runCommandLine(process.env["npm_lifecycle_event"] == "unit" ? "unit" : "test", program);
