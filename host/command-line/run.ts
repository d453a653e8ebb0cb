/** What all command lines of this project have in common: whose paths they take, what they say last, and how they end. */
import { CommanderError } from "commander";
import type { Command } from "commander";
import { OptionError } from "../project/mistakes.ts";
import { enterCallersFolder, isNpmScript } from "./caller.ts";
import { exitCodeOf, InterruptedError, watchSignals } from "./signals.ts";

export const FAILED = 1;
const WRONG_USAGE = 2;
const EXIT_CODES = `
Paths are seen from the folder that you are in.
Exit codes: 0 done, 1 failed (the last line says why), 2 wrong usage, 128 and more: ended by a signal.`;

/** What the command line asks for cannot be meant; commander itself did not see it. */
export class UsageError extends Error {}

/**
 * Reads the command line and does what it says. An action throws when it fails, and may set `process.exitCode` itself.
 * `name`: of the npm script, and what the last line of a failure starts with.
 */
export async function runCommandLine(name: string, program: Command): Promise<void> {
  for (const command of [program, ...program.commands]) command.exitOverride().addHelpText("after", EXIT_CODES);
  const fail = (error: Error): void => {
    process.exitCode = tellFailure(name, error);
    process.exit();
  };
  const stopWatching = watchSignals((signal) => fail(new InterruptedError(signal)), isNpmScript(name));
  // Whoever read our output has gone: `npm run image -- ls FILE | head`. It may be told when all is done.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code != "EPIPE") throw error;
    process.exit(exitCodeOf("SIGPIPE"));
  });
  const uncaught = (error: Error): void => {
    console.error(error.stack);
    fail(error);
  };
  process.on("uncaughtException", uncaught);
  try {
    enterCallersFolder(name);
    await program.parseAsync();
  } catch (error) {
    process.exitCode = tellFailure(name, error as Error);
    // What was stopped may still wait for something.
    if (error instanceof InterruptedError) process.exit();
  } finally {
    process.off("uncaughtException", uncaught);
    stopWatching();
  }
}

/** The exit code. */
function tellFailure(name: string, error: Error): number {
  // Commander has printed its own complaints already, and the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode == 0 ? 0 : WRONG_USAGE;
  if (error instanceof UsageError || error instanceof OptionError) {
    console.error(`error: ${error.message}`);
    return WRONG_USAGE;
  }
  const lines = reasonOf(error).split("\n");
  for (const line of lines.slice(0, -1)) console.error(line);
  console.error(`${name} failed: ${lines.at(-1) ?? ""}`);
  return error instanceof InterruptedError ? error.exitCode : FAILED;
}

const FILE_TROUBLE: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  ENOTDIR: "no such file or folder",
  EISDIR: "is a folder",
  EACCES: "not allowed for this user",
  EPERM: "not allowed for this user",
  ENOSPC: "no room left",
  EROFS: "cannot be written to",
};

/** A file's trouble in the words of this project: the file, then what is the matter. */
function reasonOf(error: NodeJS.ErrnoException): string {
  const trouble = FILE_TROUBLE[error.code ?? ""];
  return error.path !== undefined && trouble !== undefined ? `${error.path}: ${trouble}` : error.message;
}
