/** `./flash.sh`. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Command, Option } from "commander";
import { boardNames, loadBoard } from "../build/board.ts";
import { ROOT } from "../build/root.ts";
import { runCommandLine, UsageError } from "../cli/run.ts";
import { numberFrom } from "../cli/values.ts";
import { identityFiles } from "../identity/files.ts";
import { secretMask } from "../console/secrets.ts";
import { planFlash } from "./flash.ts";
import { chooseMethod } from "./job.ts";
import type { FlashJob } from "./job.ts";
import { makeReport, reportText, writeReport } from "./report.ts";
import { readPassword, SEAL_KINDS } from "./seal.ts";
import type { SealKind } from "./seal.ts";
import { runSteps, showSteps } from "./steps.ts";
import type { StepRecord } from "./steps.ts";

interface Options {
  board: string;
  port: string;
  product?: string;
  identity?: string;
  firmware?: string;
  pretokenise?: string;
  uart?: string;
  method?: string;
  appOnly?: true;
  fresh?: true;
  restore?: string;
  dryRun?: true;
  seal?: SealKind;
  passwordFile?: string;
  onlineTimeout: number;
  out?: string;
  report?: string;
}

const program = new Command("./flash.sh")
  .description("Builds the firmware and brings it onto a board: writes, reads back, restarts, waits until the device is online, reports.")
  .requiredOption("--board <name>", `board: ${boardNames().join(", ")}`)
  .requiredOption("--port <port>", "the board's console: /dev/ttyUSB0, a pseudo-terminal, or tcp:HOST:PORT")
  .option("--product <file>", "what the device is and where it connects (default: product.json of the project)")
  .option("--identity <file>", "secrets of this unit; without it the board keeps the identity that it has")
  .option("--firmware <path>", "the interpreter, written first: a binary, or for ESP32 the folder of a release")
  .option("--app-only", "replaces the application and its configuration; the rest must be what is on the board")
  .option("--fresh", "keeps nothing of what the device wrote itself, such as the secret that a cloud gave it")
  .option("--restore <file>", "what the device must keep is taken from here: the file that a failed flash named")
  .option("--method <name>", "esptool, st-flash, dfu-util, bootloader or console (default: the board's first that is there)")
  .option(
    "--pretokenise <version>",
    "writes tokens of this version of the interpreter, as 2v29: shorter; on another it would not start, so it is refused",
  )
  .option("--uart <path>", "path of the module's UART, on board linux")
  .option("--dry-run", "prints every command and runs none")
  .addOption(new Option("--seal <how>", "closes the console as the last step").choices([...SEAL_KINDS]))
  .option("--password-file <file>", "password of the console: to seal with, and to open a sealed one; its first line")
  .option(
    "--online-timeout <seconds>",
    "how long it may take until the device is online; 0: it is not waited for",
    numberFrom(0, 86_400, "a number of seconds"),
    300,
  )
  .option("--out <folder>", "where the build is written (default: dist/<board>)")
  .option("--report <file>", "where the report is written as JSON (default: flash.json in that folder)")
  .addHelpText("after", "\nA seal does not stop who reads the flash by wire. An interrupted flash is run again.")
  .addHelpText("after", "\nExit codes: 0 done, 1 failed (the last line says why; the board can be flashed again), 2 wrong usage.")
  .allowExcessArguments(false)
  .exitOverride()
  .action(flash);

function check(options: Options): void {
  const wrong = (message: string): never => {
    throw new UsageError(message);
  };
  if (options.seal == "password" && options.passwordFile === undefined) wrong("--seal password needs --password-file");
  if (options.appOnly && options.identity !== undefined) wrong("--app-only leaves the identity as it is; leave --identity out");
  if (options.appOnly && options.firmware !== undefined) wrong("--app-only leaves the interpreter as it is; leave --firmware out");
  if (options.appOnly && options.fresh) wrong("--app-only keeps what is there; leave --fresh out");
}

async function jobOf(options: Options, out: string): Promise<FlashJob> {
  const board = loadBoard(options.board);
  const password = options.passwordFile === undefined ? undefined : readPassword(options.passwordFile);
  // Compiler, bundler and linter are slow to load: not for --help, and not before a password file that is missing is named.
  const { build } = await import("../build/build.ts");
  const { board: name, product: path, uart } = options;
  const { product, files, report, overruns } = await build({
    board: name,
    out,
    ...(path === undefined ? {} : { product: path }),
    ...(uart === undefined ? {} : { uart }),
    ...(options.pretokenise === undefined ? {} : { pretokenise: options.pretokenise }),
  });
  const pretokenised = options.pretokenise ?? board.pretokenise;
  for (const line of report.split("\n").filter((one) => one.startsWith("warning:"))) console.log(line);
  if (overruns.length) throw new Error(overruns.join("; "));
  return {
    boardName: name,
    board,
    port: options.port,
    product,
    files,
    own: options.identity === undefined ? new Map<string, Buffer>() : identityFiles(options.identity, files),
    ...(options.firmware === undefined ? {} : { firmware: resolve(options.firmware) }),
    ...(pretokenised === undefined ? {} : { pretokenised }),
    appOnly: options.appOnly ?? false,
    fresh: options.fresh ?? false,
    ...(options.seal === undefined ? {} : { seal: options.seal }),
    ...(password === undefined ? {} : { password }),
    onlineMs: options.onlineTimeout * 1000,
    rescue: join(out, "kept.bin"),
    ...(options.restore === undefined ? {} : { restore: options.restore }),
  };
}

async function flash(options: Options): Promise<void> {
  check(options);
  const out = resolve(options.out ?? join(ROOT, "dist", options.board));
  const job = await jobOf(options, out);
  const mask = secretMask(job.own, job.password);
  const tell = (text: string): void => console.log(text);
  if (existsSync(job.rescue) && job.restore === undefined && !options.dryRun)
    throw new Error(
      `${job.rescue} holds what a device must keep whose flash failed: give it back to that device with --restore ${job.rescue}, or delete it`,
    );
  const plan = planFlash(job, chooseMethod(job, options.method, options.dryRun ?? false, tell), {
    tell,
    onLine: (line) => tell(`      | ${mask(Buffer.from(line, "latin1").toString("utf8"))}`),
  });
  const startedAt = new Date();
  const records: StepRecord[] = [];
  let failure: Error | undefined;
  try {
    if (options.dryRun) return showSteps(plan.steps, tell);
    await runSteps(plan.steps, records, tell);
  } catch (error) {
    const saved = existsSync(job.rescue)
      ? `; what the device must keep is safe in ${job.rescue}: run it again with --restore ${job.rescue}`
      : "";
    failure = new Error(mask((error as Error).message) + saved);
  } finally {
    await plan.close();
  }
  const report = makeReport(job, plan.method, startedAt, records, failure);
  const path = options.report ?? join(out, "flash.json");
  mkdirSync(dirname(resolve(path)), { recursive: true });
  writeReport(path, report);
  tell(reportText(report));
  tell(`report     ${path}`);
  if (failure) throw failure;
  tell("flash done");
}

await runCommandLine("flash", program);
