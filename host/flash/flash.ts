/** The whole of a flash: the method's steps, the start, the wait for the device's sign of life, the seal. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { consoleSteps } from "./console-plan.ts";
import { checkFirmware } from "./job.ts";
import type { Chosen, FlashJob } from "./job.ts";
import { seal, SEAL_FILE, sealCode } from "./seal.ts";
import { checkInterpreter, Session } from "./session.ts";
import { commandText, runCommand } from "./tools.ts";
import type { Command, RunOptions } from "./tools.ts";
import type { Step, Tell } from "./steps.ts";
import { wirePlan } from "./wire-plan.ts";

export interface Plan {
  method: string;
  steps: Step[];
  close(): Promise<void>;
}

export interface PlanOptions {
  tell: Tell;
  /** What the device prints. */
  onLine(line: string): void;
  /** Limit of each run of a tool; default five minutes. */
  toolMs?: number;
  /** Ends a tool that runs, at once. */
  stop?: AbortSignal;
}

/** A board's restart, and the 200 ms before it. */
const RESTART_MS = 3000;
const BOOTLOADER_MS = 300_000;

function limits({ toolMs, stop }: PlanOptions): Pick<RunOptions, "timeoutMs" | "stop"> {
  return { timeoutMs: toolMs ?? BOOTLOADER_MS, ...(stop === undefined ? {} : { stop }) };
}

/** @throws {Error} if the interpreter's files are not there or known not to work. */
export function planFlash(job: FlashJob, chosen: Chosen, options: PlanOptions): Plan {
  const session = new Session(job.port, job.board.console, options.onLine);
  if (chosen.by == "wire") {
    const plan = wirePlan(job, chosen.wire, options);
    const start = startSteps(job, session, {
      shows: commandText(plan.restart),
      // Opened before the restart where the port outlives it, so that no line is missed.
      run: async () => void (await runCommand(plan.restart, { ...limits(options), tell: () => {} })),
      isOurs: false,
    });
    return {
      method: chosen.wire.tool,
      steps: [...plan.steps, ...start],
      close: async () => {
        plan.close();
        await session.close();
      },
    };
  }
  const { restart } = job.board.flashing;
  const start = startSteps(job, session, {
    shows: `console ${job.port}> ${restart}`,
    // The answer comes before the restart.
    run: async () => {
      const repl = await session.open();
      await repl.evaluate(`setTimeout(${JSON.stringify(restart)},200)`);
      repl.restarted();
    },
    isOurs: true,
  });
  const steps = [...(chosen.by == "bootloader" ? [bootloaderStep(job, chosen.enter, session, options)] : [])];
  return { method: chosen.by, steps: [...steps, ...consoleSteps(job, session, options.tell), ...start], close: () => session.close() };
}

interface Start {
  shows: string;
  run(): Promise<void>;
  /** The interpreter was asked for its version already. */
  isOurs: boolean;
}

function startSteps(job: FlashJob, session: Session, start: Start): Step[] {
  const steps: Step[] = [];
  const ask = async (): Promise<string> => {
    const { version, board } = await checkInterpreter(await session.open(), job);
    return `${board} ${version}`;
  };
  if (job.onlineMs > 0)
    steps.push({
      title: `restart, and wait for the device to be online (at most ${job.onlineMs / 1000} s)`,
      shows: [start.shows, `console ${job.port}: online: .../... variables`],
      run: async () => {
        let running = "";
        const line = await session.untilOnline(async () => {
          await start.run();
          if (!start.isOurs) running = `${await ask()}, `;
        }, job.onlineMs);
        return running + line;
      },
    });
  else
    steps.push({
      title: "restart",
      shows: [start.shows],
      run: async () => {
        await start.run();
        // A seal is for the firmware that starts, and its file must not be cut by the start.
        if (job.seal !== undefined) await new Promise((resolve) => setTimeout(resolve, RESTART_MS));
        return undefined;
      },
    });
  const kind = job.seal;
  if (kind !== undefined)
    steps.push({
      title: kind == "none" ? "seal: no console" : "seal: a password on the console",
      shows: [`console ${job.port}> require("Storage").write("${SEAL_FILE}", '${sealCode(kind, "...")}')`],
      run: async () => void (await seal(await session.open(), kind, job.password)),
    });
  return steps;
}

/** The boards of Espruino have a bootloader of their own, which EspruinoTools speaks. */
function bootloaderStep(job: FlashJob, enter: string, session: Session, options: PlanOptions): Step {
  const firmware = job.firmware as string;
  const version = checkFirmware(undefined, job);
  const tools = createRequire(import.meta.url).resolve("espruino/package.json");
  const command: Command = {
    program: process.execPath,
    args: [join(dirname(tools), "bin/espruino-cli.js"), "--no-ble", "--port", job.port, "-f", firmware],
  };
  return {
    title: `write the interpreter${version === undefined ? "" : ` ${version}`} by its own bootloader (${enter})`,
    shows: [commandText(command)],
    run: async () => {
      await session.close();
      await runCommand(command, {
        ...limits(options),
        tell: (text) => options.tell(text.replace(/^/gm, " ").trimEnd()),
      });
      return undefined;
    },
  };
}
