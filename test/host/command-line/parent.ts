/**
 * A tool as those of the project: it starts a program that heeds no signal but SIGKILL, which starts another one,
 * and goes on until it is ended.
 */
import { Command } from "commander";
import { startChild } from "../../../host/command-line/children.ts";
import { runCommandLine } from "../../../host/command-line/run.ts";
import { nextSignal } from "../../../host/command-line/signals.ts";

const STUBBORN = `trap "" TERM INT HUP; sleep 600 & echo "$$ $!"; wait; wait`;
const FOREVER_MS = 600_000;

const program = new Command("parent")
  .argument("[how]", "slow: takes the first signal, and does not come to an end; throw; done")
  .action(async (how: string | undefined) => {
    const child = startChild("/bin/sh", ["-c", STUBBORN]);
    await new Promise<void>((resolve) =>
      child.stdout.once("data", (pids: Buffer) => {
        console.log(`started ${pids.toString().trim()}`);
        resolve();
      }),
    );
    if (how == "throw")
      setTimeout(() => {
        throw new Error("by mistake");
      });
    if (how == "done") process.exit();
    if (how == "slow") console.log(`took ${await nextSignal()}`);
    await new Promise((resolve) => setTimeout(resolve, FOREVER_MS));
  });

await runCommandLine("parent", program);
