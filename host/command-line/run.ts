/** What all command lines of this project have in common: exit code 0 done, 1 failed with the reason as the last line, 2 wrong usage. */
import { CommanderError } from "commander";
import type { Command } from "commander";
import { InterruptedError } from "./signals.ts";

export const FAILED = 1;
const WRONG_USAGE = 2;

/** What the command line asks for cannot be meant; commander itself did not see it. */
export class UsageError extends Error {}

/**
 * Reads the command line and does what it says. An action throws when it fails, and may set `process.exitCode` itself; `program` was told `exitOverride`.
 * `name`: what the last line starts with.
 */
export async function runCommandLine(name: string, program: Command): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = tellFailure(name, error as Error);
    // What was stopped may still wait for something.
    if (error instanceof InterruptedError) process.exit();
  }
}

/** The exit code. */
function tellFailure(name: string, error: Error): number {
  // Commander has printed its own complaints already, and the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode == 0 ? 0 : WRONG_USAGE;
  if (error instanceof UsageError) {
    console.error(`error: ${error.message}`);
    return WRONG_USAGE;
  }
  const lines = error.message.split("\n");
  for (const line of lines.slice(0, -1)) console.error(line);
  console.error(`${name} failed: ${lines.at(-1) ?? ""}`);
  return error instanceof InterruptedError ? error.exitCode : FAILED;
}
