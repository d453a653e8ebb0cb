/** A host at the UART of an emulated module, in virtual time. */
import assert from "node:assert/strict";
import { DEFAULT_MODEL, MODELS, moduleNamed } from "../../../host/modules/find.ts";
import { Modem, type ModemEvent, type ModemOptions } from "../../../host/modules/modem.ts";
import { VirtualClock } from "../../../host/time/clock.ts";

/** Longer than any command here takes, milliseconds of virtual time. */
const LIMIT_MS = 200_000;
/** From power to the last boot line, with room. */
export const BOOT_MS = 15_000;
const FINAL = /(^|\r\n)(OK|ERROR(:\d+)?|\+CME ERROR: [^\r]*)\r\n$/;

const EMULATORS = new Map(await Promise.all(MODELS.map(async (model) => [model as string, await moduleNamed(model).emulator()] as const)));

export interface Host {
  clock: VirtualClock;
  modem: Modem;
  events: ModemEvent[];
  /** What came since the last `send` or `clear`; one character per byte. */
  output(): string;
  clear(): void;
  /** Bytes as they are. */
  send(bytes: string | Buffer): void;
  /** Runs until the output matches. */
  wait(pattern: RegExp, ms?: number): Promise<string>;
  /** A command line up to its final result: everything that came. */
  at(command: string): Promise<string>;
  /** The same, without empty lines and final OK; fails on any other result. */
  ask(command: string): Promise<string[]>;
  /** Data mode: the command, its prompt, the data, and what comes until `until`. */
  data(command: string, prompt: RegExp, bytes: string | Buffer, until?: RegExp): Promise<string>;
  named(ev: string): ModemEvent[];
  /** The first event of that name; fails if there was none. */
  first(ev: string): ModemEvent;
}

export type HostOptions = Partial<Omit<ModemOptions, "clock">>;

/** A module that was switched on and is registered, echo off, unless `options` say otherwise. */
export async function booted(options: HostOptions = {}): Promise<Host> {
  const host = attached({ poweredOn: true, ...options });
  await host.clock.advance(BOOT_MS);
  host.clear();
  await host.at("ATE0");
  host.clear();
  return host;
}

export function attached({ model = DEFAULT_MODEL, ...options }: HostOptions = {}): Host {
  const clock = new VirtualClock();
  const modem = new Modem({ clock, ...options }, EMULATORS.get(model) ?? assert.fail(model));
  const events: ModemEvent[] = [];
  let out = "";
  modem.on("data", (bytes) => (out += bytes.toString("latin1")));
  modem.on("event", (event) => events.push(event));

  const host: Host = {
    clock,
    modem,
    events,
    output: () => out,
    clear: () => (out = ""),
    send(bytes) {
      out = "";
      modem.receive(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
    },
    async wait(pattern, ms = LIMIT_MS) {
      const found = await clock.run(() => pattern.test(out), ms);
      assert.ok(found, `no ${pattern} within ${ms} ms; there was ${JSON.stringify(out)}`);
      return out;
    },
    at(command) {
      host.send(`${command}\r`);
      return host.wait(FINAL);
    },
    async ask(command) {
      const lines = (await host.at(command)).split("\r\n").filter((line) => line !== "");
      assert.equal(lines.pop(), "OK", `${command}: ${JSON.stringify(out)}`);
      return lines;
    },
    async data(command, prompt, bytes, until = FINAL) {
      host.send(`${command}\r`);
      await host.wait(prompt);
      host.send(bytes);
      return host.wait(until);
    },
    first(ev) {
      const event = events.find((one) => one.ev === ev);
      assert.ok(event, `no event ${ev}; there were ${events.map((one) => one.ev).join(" ")}`);
      return event;
    },
    named: (ev) => events.filter((event) => event.ev === ev),
  };
  return host;
}

/** Real time passes until `done()`: for what another program or a socket does. */
export async function eventually(done: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 10_000;
  while (!done()) {
    assert.ok(performance.now() < end, `still no ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
