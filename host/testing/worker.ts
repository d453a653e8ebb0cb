/** A process that runs the test files it is told, one after the other: Node, the compiler and what files have in common are loaded once. */
import { beforeEach, describe, mock } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { Order } from "./messages.ts";
import { fileReport, tell, textOf } from "./reporter.ts";

/** With so much in its memory, a process makes room for a new one. */
const HEAP_BYTES = 600e6;

/** Nothing was left to wait for: Node's runner has closed its account. */
let isOver = false;
process.on("beforeExit", () => (isOver = true));

/** Errors that no test waited for. */
const late: string[] = [];
process.on("uncaughtExceptionMonitor", (error) => void late.push(textOf(error)));

async function runFile({ file, closingMs }: Order): Promise<void> {
  tell({ ev: "running", names: [] });
  const restore = surroundings();
  const open = resources();
  const told = fileReport();
  late.length = 0;
  // A test that waits for something that nothing will bring is found by Node, when nothing but the test is left. It
  // must not find its parent here.
  process.channel?.unref();
  await describe(file, async () => {
    // At once, so that it is known even of a test that never lets go of the process.
    beforeEach((test) => tell({ ev: "running", names: (test as TestContext).fullName.split(" > ").slice(1) }));
    await import(pathToFileURL(file).href);
  });
  process.channel?.ref();
  const { tests, errors, error } = await told;
  const left = await remaining(open, closingMs);
  const problems = [
    // A test that never ended has told it by itself.
    ...(error === undefined || errors.has(error) ? [] : [error]),
    ...(tests == 0 && error === undefined && !errors.size ? ["has no test"] : []),
    ...(left.length ? [`still open ${closingMs / 1000} s after its last test: ${left.join(", ")}`] : []),
    // What comes while a test runs fails that test.
    ...late.filter((error) => !errors.has(error)).map((error) => `an error came when its test had ended: ${error}`),
  ];
  mock.reset();
  restore();
  // What a file has left would be taken for the next one's.
  tell({ ev: "file", problems, goesOn: !problems.length && !isOver && process.memoryUsage().heapUsed < HEAP_BYTES });
}

/** What belongs to the process and not to a file, as it is now; returns what puts it back. */
function surroundings(): () => void {
  const env = { ...process.env };
  const argv = [...process.argv];
  const folder = process.cwd();
  const globals = Object.entries(Object.getOwnPropertyDescriptors(globalThis)).filter(([, { value }]) => value !== undefined);
  return () => {
    for (const [name, was] of globals)
      if (Object.getOwnPropertyDescriptor(globalThis, name)?.value !== was.value) Object.defineProperty(globalThis, name, was);
    for (const name of Object.keys(process.env)) if (!(name in env)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, env);
    process.argv = argv;
    process.exitCode = undefined;
    if (process.cwd() != folder) process.chdir(folder);
  };
}

/** What keeps the process from ending. */
function resources(): string[] {
  return process.getActiveResourcesInfo();
}

/** What is there besides `before`, after some time to close. */
async function remaining(before: readonly string[], ms: number): Promise<string[]> {
  const end = performance.now() + ms;
  for (;;) {
    const left = resources();
    for (const one of before) if (left.includes(one)) left.splice(left.indexOf(one), 1);
    if (!left.length || performance.now() > end) return left;
    await wait(5, undefined, { ref: false });
  }
}

// A leader of processes gets the first terminal that a test opens, and is told when that is closed.
process.on("SIGHUP", () => {});
// Nobody is left to tell.
process.on("disconnect", () => process.exit());
process.on("message", (order: Order) => void runFile(order));
