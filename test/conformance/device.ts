/** A module's device on the rig, and what the tests of the suite do with it again and again. */
import assert from "node:assert/strict";
import { after, afterEach, describe } from "node:test";
import { createRig, type Rig, type RigOptions } from "../../host/rig/rig.ts";
import { APP, type AppConfig } from "./app.ts";
import { modules, type Module } from "./facts.ts";

/** Virtual milliseconds from power to `online` at most, the module's start and its search for a network included. */
export const ONLINE_MS = 120_000;
/** From a failure to `online`: the ladder waits up to 375 s between two attempts, and may need a few of them. */
export const RECOVERY_MS = 3_000_000;
/** Secrets that tests give to devices: nothing printed or traced may hold one. */
export const SECRETS = ["device-password", "not-the-password", "73915284", "99376150"];

const rigs: Rig[] = [];

/** One suite for each module; what it started ends with each test. */
export function forEachModule(name: string, suite: (module: Module) => void | Promise<void>): void {
  for (const module of modules) {
    describe(`${module.model}: ${name}`, async () => {
      afterEach(endAll);
      // Where a `before` failed no test follows.
      after(endAll);
      await suite(module);
    });
  }
}

export async function endAll(): Promise<void> {
  for (const rig of rigs.splice(0)) await rig.close();
}

export async function startRig(module: Module, options: RigOptions = {}): Promise<Rig> {
  const rig = await createRig({ ...options, modem: { ...options.modem, model: module.model } });
  rigs.push(rig);
  return rig;
}

export async function online(module: Module, options: RigOptions = {}): Promise<Rig> {
  const rig = await startRig(module, options);
  rig.board.boot();
  await rig.waitFor(/-> online/, ONLINE_MS);
  return rig;
}

/** Options of a device whose application is `APP`. */
export function withApp(config: AppConfig, options: RigOptions = {}): RigOptions {
  return { ...options, app: APP, product: { ...options.product, app: config } };
}

/** Two sets of options; the second one's fields win, quirks are put together. */
export function both(first: RigOptions, second: RigOptions): RigOptions {
  return {
    ...first,
    ...second,
    modem: { ...first.modem, ...second.modem, quirks: { ...first.modem?.quirks, ...second.modem?.quirks } },
    product: { ...first.product, ...second.product },
  };
}

/** Plain TCP, and no word about updates: for what they have nothing to do with. */
export const PLAIN: RigOptions = { product: { ota: false, cloud: { tls: null } } };

/** A message of the operator reaches the application, and one of the application the broker. */
export async function assertWorks(rig: Rig): Promise<void> {
  const text = `still there at ${rig.clock.now()}?`;
  const hex = Buffer.from(text).toString("hex");
  await rig.operator.publish(rig.topic("down"), text);
  if (rig.lines.some((line) => line.startsWith("app: device "))) await rig.waitFor(new RegExp(`^app: received \\S+ ${hex}$`), 60_000);
  else await rig.waitForMessage((m) => m.payload.includes(`"reply":"${text}"`), 60_000);
}

/** Nothing that the firmware printed or the module told holds a secret, and nothing was thrown. */
export function assertClean(rig: Rig): void {
  const told = [...rig.lines, ...rig.events.map((event) => JSON.stringify(event))];
  for (const secret of SECRETS) {
    const line = told.find((one) => one.includes(secret));
    assert.equal(line, undefined, "a secret was told");
  }
  assert.equal(
    rig.lines.find((line) => line.includes("Uncaught")),
    undefined,
  );
}

/** The device tells this error with its likely causes, and the next attempt. Returns the error's line. */
export async function assertError(rig: Rig, name: string, causes: RegExp, ms = 400_000): Promise<string> {
  const line = await rig.waitFor(/^error: /, ms);
  assert.match(line, new RegExp(`^error: ${name}: .`));
  assert.match(line, causes);
  await rig.waitFor(/^link: next attempt in [\d.]+ s \(\w+\)$/, 1000);
  await rig.waitFor(/^link: waiting -> \S+ \(retry \d+\)|-> powering \(start\)/, RECOVERY_MS);
  assertClean(rig);
  return line;
}

/** Calls `act` with the number of each command (from 1) when the module has received it, before it answers. */
export function onCommand(rig: Rig, act: (number: number, command: string) => void): void {
  let number = 0;
  rig.modem.on("event", (event) => {
    if (event.ev == "command") act(++number, masked(rig, event["command"]));
  });
}

/** The commands so far, secrets and the broker's port masked: the same device sends the same ones. */
export function commandsOf(rig: Rig): string[] {
  return rig.events.filter((event) => event.ev == "command").map((event) => masked(rig, event["command"]));
}

function masked(rig: Rig, command: unknown): string {
  return String(command).replace(`,${rig.broker.port}`, ",<port>");
}

/** A command of an undisturbed run: its number there, counted from 1. */
export interface Moment {
  at: number;
  command: string;
}

/** Different commands from power to a message that came back, on the shortest way. */
export const LEAST_MOMENTS = 15;

/** When each command comes first: of a question that is asked until the network is found, once is enough. */
export function momentsOf(rig: Rig): Moment[] {
  const commands = commandsOf(rig);
  const moments = commands.map((command, i) => ({ at: i + 1, command }));
  return moments.filter(({ at, command }) => commands.indexOf(command) == at - 1);
}
