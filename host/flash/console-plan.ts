/** Flashing through the interpreter's console: nothing but the port is needed. */
import { LOADER, loaderLast } from "../image/order.ts";
import { SLOTS } from "../image/slots.ts";
import type { Repl } from "../console/repl.ts";
import { IDENTITY } from "../config/identity-files.ts";
import { erase, isSame, listFiles, putFiles, readFile } from "./console-files.ts";
import { APPLICATION_FILES, staleNames } from "./job.ts";
import type { FlashJob } from "./job.ts";
import { keptNames, OWN_FILES } from "./kept.ts";
import { SEAL_FILE } from "./seal.ts";
import { areFresh, makeSlots } from "./slots.ts";
import { checkInterpreter, explainSilence } from "./session.ts";
import type { Session } from "./session.ts";
import type { Step } from "./steps.ts";

/** Time for the answer that comes before a reset. */
const SOON_MS = 200;

export function consoleSteps(job: FlashJob, session: Session, tell: (text: string) => void): Step[] {
  const all = new Map([...job.files, ...job.own].filter(([name]) => name != SLOTS));
  const hasSlots = job.files.has(SLOTS);
  const files = job.appOnly ? new Map([...all].filter(([name]) => APPLICATION_FILES.includes(name) || name == LOADER)) : all;
  const bytes = [...files.values()].reduce((sum, data) => sum + data.length, 0);
  return [
    {
      title: "ask the interpreter who it is",
      shows: [`console ${job.port}> [process.env.VERSION,process.env.BOARD]`],
      run: async () => {
        const repl = await session.open();
        await repl.attention(job.password).catch(explainSilence);
        const { version, board } = await checkInterpreter(repl, job);
        return `${board} ${version}`;
      },
    },
    {
      title: "stop the firmware, and open a sealed console",
      shows: [`console ${job.port}> require("Storage").erase("${SEAL_FILE}")`, `console ${job.port}> reset()`],
      run: async () => {
        const repl = await session.open();
        if ((await listFiles(repl)).includes(SEAL_FILE)) await erase(repl, SEAL_FILE);
        await reset(repl);
        return undefined;
      },
    },
    ...(job.appOnly ? [sameFirmware(job, session)] : []),
    {
      title: `write ${files.size} files (${bytes} bytes), read them back, the loader last`,
      shows: [
        `console ${job.port}> require("Storage").erase("${LOADER}")`,
        ...[...loaderLast(new Map([...files, ...(hasSlots ? [[SLOTS, Buffer.alloc(0)] as const] : [])])).keys()].map(
          (name) => `console ${job.port}> require("Storage").write("${name}", ...)`,
        ),
      ],
      run: async () => {
        const repl = await session.open();
        // An update that runs would hide what is written now.
        const used = hasSlots && !(await areFresh(repl, job.board)) ? [SLOTS] : [];
        const result = await putFiles(repl, files, {
          stale: [...(await goingNames(job, repl)), ...used],
          tell: (text) => tell(`      ${text}`),
          ...(hasSlots && { beforeLoader: (behind) => makeSlots(repl, job.board, behind) }),
        });
        const same = result.same.length ? `, ${result.same.length} were there already` : "";
        return `${result.written.length} files written${same}${result.compacted ? ", Storage compacted" : ""}`;
      },
    },
  ];
}

/** A bare interpreter: its boot files have run, the loader has not. */
async function reset(repl: Repl): Promise<void> {
  await repl.evaluate(`setTimeout("reset()",${SOON_MS})`);
  await new Promise((resolve) => setTimeout(resolve, 2 * SOON_MS));
  repl.restarted();
  await repl.attention();
}

/** An application works with the core that it was built with: names across modules are shortened together. */
function sameFirmware(job: FlashJob, session: Session): Step {
  return {
    title: "compare the rest of the firmware with the board's",
    shows: [`console ${job.port}> E.CRC32(require("Storage").read(...))`],
    run: async () => {
      const repl = await session.open();
      for (const [name, data] of job.files)
        if (!APPLICATION_FILES.includes(name) && name != LOADER && name != SLOTS && !(await isSame(repl, name, data)))
          throw new Error(`--app-only: "${name}" on the board is another one; flash the whole firmware`);
      return undefined;
    },
  };
}

/** Of an identity that goes: what it names goes too, if that can still be read. */
function namesIn(identity: string): string[] {
  try {
    return keptNames(identity, false);
  } catch {
    return [];
  }
}

/** What must not be there afterwards; all else, such as what an application wrote, stays. */
async function goingNames(job: FlashJob, repl: Repl): Promise<string[]> {
  if (job.appOnly) return [];
  const stale = [...staleNames(job), ...(job.fresh ? OWN_FILES : [])];
  if (!job.own.size && !job.fresh) return stale;
  // Certificate and key of the identity that is replaced.
  if (!(await listFiles(repl)).includes(IDENTITY)) return stale;
  const size = Number(await repl.evaluate(`require("Storage").read("${IDENTITY}").length`));
  const before = namesIn((await readFile(repl, IDENTITY, size)).toString("latin1"));
  const replaced = before.filter((name) => !OWN_FILES.includes(name) && !job.own.has(name) && !job.files.has(name));
  return [...stale, ...replaced];
}
