/** `npm start`: the whole thing, emulated around the firmware. */
import { createInterface } from "node:readline";
import { Command } from "commander";
import { FAILED, runCommandLine, UsageError } from "../command-line/run.ts";
import { InterruptedError, nextSignal } from "../command-line/signals.ts";
import { throwProblems } from "../compile/problem.ts";
import { readJson } from "../config/validate.ts";
import { ConfigError } from "../project/mistakes.ts";
import type { LinkKind } from "../../src/api/config.ts";
import { CLOUD_NAMES, cloudNamed, DEFAULT_CLOUD, findCloud } from "../clouds/find.ts";
import { LINKS } from "../config/product.ts";
import { DEFAULT_MODEL, findModule, MODELS } from "../modules/find.ts";
import type { Run, RunOptions } from "./run.ts";
import type { UpdateDone } from "./update.ts";

/** Until `--once` gives up. */
const LIMIT_MS = 120_000;
/** Until an update must run: download, restart and trial. */
const UPDATE_LIMIT_MS = 300_000;
/** Between two commands of the operator. */
const COMMAND_MS = 60_000;

interface Options {
  modem?: string;
  cloud?: string;
  link?: string;
  auth?: string;
  product?: string;
  identity?: string;
  once?: boolean;
  ota?: boolean;
  trace?: boolean;
}

const program = new Command("npm start --")
  .description("Runs the firmware against an emulated module and an emulated cloud, and shows what happens.")
  .option("--modem <model>", `4G module: ${MODELS.join(", ")} (default: the product's, else ${DEFAULT_MODEL})`)
  .option("--cloud <type>", `cloud: ${CLOUD_NAMES.join(", ")} (default: the product's, else ${DEFAULT_CLOUD})`)
  .option(
    "--auth <mode>",
    `how the device proves itself; ${CLOUD_NAMES.map((type) => `${type}: ${cloudNamed(type).authModes.join(", ")}`).join("; ")}`,
  )
  .option("--link <kind>", `link: ${LINKS.join(", ")} (default: the product's, else ${LINKS[0] as string})`)
  .option("--product <file>", "your product.json; host and port are led to the emulated cloud, its CA is replaced")
  .option(
    "--identity <file>",
    "your identity.json; its client certificate is replaced by one of the emulated broker's authority, its key is used",
  )
  .option("--once", "end after one acknowledged publish and one received message")
  .option("--ota", "push the next version of the application over the air once the device is online; with --once end when it runs")
  .option("--trace", "show the AT commands and answers, without secrets")
  .addHelpText(
    "after",
    `
While it runs, type: publish TEXT (a command to the device), fault NAME (to the module, e.g. fault reboot), quit.
ESPRUINO=<Espruino's Linux binary> runs the firmware on that interpreter instead of Node.`,
  )
  .action(start);

async function start(options: Options): Promise<void> {
  try {
    process.exitCode = await runChosen(options, choose(options));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    process.exitCode = error instanceof InterruptedError ? error.exitCode : FAILED;
    tellEnd(error as Error);
  }
}

/** @returns the exit code. */
async function runChosen(options: Options, chosen: Chosen): Promise<number> {
  let run: Run | null = null;
  const interrupted = nextSignal();
  // Loaded late: help and wrong usage need none of it.
  const { startTypeCheck } = await import("../compile/types.ts");
  const types = startTypeCheck();
  try {
    const { startRun } = await import("./run.ts");
    const { loadIdentity } = await import("../config/product.ts");
    const { clientFiles, placeOf } = await import("../config/client.ts");
    const identity = options.identity === undefined ? undefined : loadIdentity(options.identity);
    // A copy: the run gives the files names of its own.
    const [cert, key] = identity ? clientFiles({ ...identity }, placeOf(options.identity as string), new Date()) : [];
    const { product, ...rest } = chosen;
    run = await startRun({
      ...rest,
      user: {
        ...(product && { product }),
        ...(identity && { identity }),
        ...(cert && key && { client: { cert: cert.pem.toString(), key: key.pem.toString() } }),
      },
      trace: options.trace ?? false,
      ota: options.ota ?? false,
      ...(process.env["ESPRUINO"] && { board: { interpreter: process.env["ESPRUINO"] } }),
      write: (line) => console.log(line),
    });
    throwProblems(await types.problems);
    const ota = options.ota ?? false;
    return options.once ? await once(run, interrupted, ota) : await untilTold(run, interrupted, ota);
  } finally {
    types.stop();
    await run?.close();
  }
}

/** What this program shows is one story: its end is told where the rest is. */
function tellEnd(error: Error): void {
  if (error instanceof InterruptedError) return console.log(`interrupted: by ${error.signal}`);
  const lines = error.message.split("\n");
  if (lines.length > 1) console.log(error.message);
  console.log(`${error instanceof ConfigError ? "configuration-wrong" : "failed"}: ${lines[0] ?? ""}`);
}

type Chosen = Pick<RunOptions, "model" | "link" | "cloud" | "auth"> & { product: Record<string, unknown> | undefined };

/**
 * The command line before the product before the defaults.
 * @throws {UsageError} about a value that is not there (yet), {ConfigError} about the product.
 */
function choose(options: Options): Chosen {
  const wrong = (option: string, value: string, available: readonly string[]): UsageError =>
    new UsageError(`${option} ${value} is not available; available: ${available.join(", ")}`);
  if (options.modem !== undefined && !findModule(options.modem)) throw wrong("--modem", options.modem, MODELS);
  if (options.link !== undefined && !isLink(options.link)) throw wrong("--link", options.link, LINKS);
  if (options.cloud !== undefined && !findCloud(options.cloud)) throw wrong("--cloud", options.cloud, CLOUD_NAMES);

  const file = options.product;
  const product = file === undefined ? undefined : (readJson(file) as { modem?: { model?: string }; cloud?: { type?: string } });
  const model = options.modem ?? product?.modem?.model ?? DEFAULT_MODEL;
  if (!findModule(model)) throw new ConfigError(`${file ?? ""}: modem.model: "${model}" is not emulated; there are ${MODELS.join(", ")}`);
  const own = product && (product.cloud?.type ?? DEFAULT_CLOUD);
  const type = options.cloud ?? own ?? DEFAULT_CLOUD;
  if (own !== undefined && own != type) throw new ConfigError(`${file ?? ""}: cloud.type: "${own}", but --cloud says ${type}`);
  const cloud = findCloud(type);
  if (!cloud) throw new ConfigError(`${file ?? ""}: cloud.type: "${type}" is not emulated; there are ${CLOUD_NAMES.join(", ")}`);
  if (options.auth !== undefined && !cloud.authModes.includes(options.auth)) throw wrong("--auth", options.auth, cloud.authModes);
  if (options.ota && !cloud.updates) throw new UsageError(`--ota: cloud ${type} has no updates over the air; those of ${updating()} have`);
  return {
    model,
    cloud: type,
    ...(options.link !== undefined && { link: options.link }),
    ...(options.auth !== undefined && { auth: options.auth }),
    product: product as Record<string, unknown> | undefined,
  };
}

function updating(): string {
  return CLOUD_NAMES.filter((name) => cloudNamed(name).updates).join(" and ");
}

function isLink(link: string): link is LinkKind {
  return (LINKS as readonly string[]).includes(link);
}

async function once(run: Run, interrupted: Promise<NodeJS.Signals>, ota: boolean): Promise<number> {
  const stopped = interrupted.then((signal) => {
    throw new InterruptedError(signal);
  });
  let reason = await Promise.race([run.progress.done(LIMIT_MS), stopped]);
  let updated = "";
  if (!reason && ota) {
    const outcome = await Promise.race([run.update(UPDATE_LIMIT_MS), run.progress.failed(), stopped]);
    if (typeof outcome == "string") reason = outcome;
    else if ("reason" in outcome) reason = outcome.reason;
    else updated = updateText(outcome);
  }
  const { onlineMs, published, received } = run.progress;
  await run.close();
  if (updated) console.log(updated);
  console.log(reason || `online in ${onlineMs ?? 0} ms, published ${published}, received ${received}`);
  return reason ? 1 : 0;
}

function updateText({ version, ms, bytes }: UpdateDone): string {
  return `updated to ${version} in ${ms} ms, ${bytes} bytes over the air`;
}

/** Until Ctrl-C, `quit`, or a failure that nothing follows. */
async function untilTold(run: Run, interrupted: Promise<NodeJS.Signals>, ota: boolean): Promise<number> {
  const input = createInterface({ input: process.stdin });
  let count = 0;
  const timer = setInterval(() => void run.command(`{"count":${++count}}`), COMMAND_MS);
  const told = new Promise<string>((resolve) => {
    void interrupted.then(() => resolve(""));
    input.on("line", (line) => obey(run, line.trim(), () => resolve("")));
    void run.progress.failed().then(resolve);
  });
  if (ota) void updateWhenOnline(run);
  const reason = await told;
  clearInterval(timer);
  input.close();
  await run.close();
  console.log(reason || "stopped");
  return reason ? 1 : 0;
}

/** What comes of it is said; the run goes on. */
async function updateWhenOnline(run: Run): Promise<void> {
  if (await run.progress.done(LIMIT_MS)) return;
  const outcome = await run.update(UPDATE_LIMIT_MS);
  console.log("reason" in outcome ? outcome.reason : updateText(outcome));
}

function obey(run: Run, line: string, quit: () => void): void {
  const [word = "", rest = ""] = /^(\S*)\s*(.*)$/.exec(line)?.slice(1) ?? [];
  if (word == "quit") quit();
  else if (word == "publish") void run.command(rest);
  else if (word == "fault") run.control({ fault: rest });
  else if (word) console.log("type publish TEXT, fault NAME or quit");
}

await runCommandLine("start", program);
