/** `./flash.sh`. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command, Option } from "commander";
import { boardNames, loadBoard, wiredBoard } from "../config/board.ts";
import { METHODS } from "../config/board-file.ts";
import { chosenProduct, PRODUCT_OPTION } from "../command-line/product.ts";
import { ROOT } from "../project/root.ts";
import { runCommandLine, UsageError } from "../command-line/run.ts";
import { InterruptedError, nextSignal, unlessStopped } from "../command-line/signals.ts";
import { numberFrom, portName, tokensVersion } from "../command-line/values.ts";
import { identityFiles } from "../config/identity-files.ts";
import { secretMask } from "../console/secrets.ts";
import { planFlash } from "./flash.ts";
import type { Plan } from "./flash.ts";
import { chooseMethod, methodsFor } from "./job.ts";
import type { FlashJob } from "./job.ts";
import { endOf, isWhole, makeReport, reportText, writeReport } from "./report.ts";
import type { Beginning } from "./report.ts";
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
  .addOption(new Option("--board <name>", "board").choices(boardNames()).makeOptionMandatory())
  .requiredOption("--port <port>", "the board's console: /dev/ttyUSB0, a pseudo-terminal, or tcp:HOST:PORT", portName)
  .option(...PRODUCT_OPTION)
  .option("--identity <file>", "secrets of this unit; without it the board keeps the identity that it has")
  .option("--firmware <path>", "the interpreter, written first: a binary, or for ESP32 the folder of a release")
  .option("--app-only", "replaces the application and its configuration; the rest must be what is on the board")
  .option("--fresh", "keeps nothing of what the device wrote itself, such as the secret that a cloud gave it")
  .option("--restore <file>", "what the device must keep is taken from here: the file that a failed flash named")
  .addOption(new Option("--method <name>", "how it is written (default: the board's first that is there)").choices([...METHODS]))
  .option(
    "--pretokenise <version>",
    "writes tokens of this version of the interpreter, as 2v29: shorter; on another it would not start, so it is refused",
    tokensVersion,
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
  .action(flash);

function check(options: Options): void {
  const wrong = (message: string): never => {
    throw new UsageError(message);
  };
  if (options.seal == "password" && options.passwordFile === undefined) wrong("--seal password needs --password-file");
  if (options.appOnly && options.identity !== undefined) wrong("--app-only leaves the identity as it is; leave --identity out");
  if (options.appOnly && options.firmware !== undefined) wrong("--app-only leaves the interpreter as it is; leave --firmware out");
  if (options.appOnly && options.fresh) wrong("--app-only keeps what is there; leave --fresh out");
  const { board: boardName, uart, ...rest } = options;
  const board = loadBoard(boardName);
  wiredBoard(boardName, board, uart === undefined ? {} : { uart });
  methodsFor({ ...rest, boardName, board }, options.method);
}

function tell(text: string): void {
  console.log(text);
}

async function jobOf(options: Options, out: string): Promise<FlashJob> {
  const board = loadBoard(options.board);
  const password = options.passwordFile === undefined ? undefined : readPassword(options.passwordFile);
  // Compiler, bundler and linter are slow to load: not for --help, and not before a password file that is missing is named.
  const { build } = await import("../image/build.ts");
  const { withTypes } = await import("../compile/types.ts");
  const { board: name, product: named, uart } = options;
  const { path, told } = chosenProduct(named);
  if (named === undefined) tell(told);
  const { product, files, report, overruns } = await withTypes(() =>
    build({
      board: name,
      out,
      product: path,
      ...(uart === undefined ? {} : { uart }),
      ...(options.pretokenise === undefined ? {} : { pretokenise: options.pretokenise }),
    }),
  );
  const pretokenised = options.pretokenise ?? board.pretokenise;
  for (const line of report.split("\n").filter((one) => one.startsWith("warning:"))) tell(line);
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

async function showDryRun(options: Options, out: string): Promise<void> {
  const job = await jobOf(options, out);
  const plan = planFlash(job, chooseMethod(job, options.method, true, tell), { tell, onLine: () => {} });
  showSteps(plan.steps, tell);
  await plan.close();
}

async function flash(options: Options): Promise<void> {
  check(options);
  const out = resolve(options.out ?? join(ROOT, "dist", options.board));
  if (options.dryRun) return showDryRun(options, out);
  const path = resolve(options.report ?? join(out, "flash.json"));
  const beginning: Beginning = { result: "running", startedAt: new Date().toISOString(), board: options.board, port: options.port };
  // Now, not only at the end: it replaces that of the last flash, and shows that it can be written.
  writeReport(path, beginning);
  const stop = new AbortController();
  void nextSignal().then((signal) => stop.abort(new InterruptedError(signal)));

  const rescue = join(out, "kept.bin");
  const records: StepRecord[] = [];
  let job: FlashJob | undefined;
  let plan: Plan | undefined;
  let failure: Error | undefined;
  try {
    if (existsSync(rescue) && options.restore === undefined)
      throw new Error(
        `${rescue} holds what a device must keep whose flash failed: give it back to that device with --restore ${rescue}, or delete it`,
      );
    job = await unlessStopped(jobOf(options, out), stop.signal);
    const mask = secretMask(job.own, job.password);
    plan = planFlash(job, chooseMethod(job, options.method, false, tell), {
      tell,
      onLine: (line) => tell(`      | ${mask(Buffer.from(line, "latin1").toString("utf8"))}`),
      stop: stop.signal,
    });
    await runSteps(plan.steps, records, tell, stop.signal);
  } catch (error) {
    failure = explained(error as Error, job, records.length > 0 && existsSync(rescue) ? rescue : undefined);
  } finally {
    await plan?.close();
  }
  const report = job && plan ? makeReport(job, plan.method, beginning, records, failure) : endOf(beginning, failure);
  writeReport(path, report);
  if (isWhole(report)) tell(reportText(report));
  tell(`report     ${path}`);
  if (failure) throw failure;
  tell("flash done");
}

/** Without secrets, and with what there is to do. `rescue`: the file that holds what the device must keep. */
function explained(error: Error, job: FlashJob | undefined, rescue: string | undefined): Error {
  const saved = rescue === undefined ? "" : `; what the device must keep is safe in ${rescue}: run it again with --restore ${rescue}`;
  if (error instanceof InterruptedError) return new InterruptedError(error.signal, saved || "; run it again");
  return new Error((job ? secretMask(job.own, job.password)(error.message) : error.message) + saved);
}

await runCommandLine("flash", program);
