/** A world for firmware code under test: virtual time, a UART in both directions, Storage in memory. */
import type { Board } from "../../src/api/config.ts";
import type { PinName, World } from "../../src/api/world.ts";
import { VirtualClock } from "../../host/time/clock.ts";

export interface FakeWorld extends World {
  clock: VirtualClock;
  /** What the firmware wrote since the last call. */
  written(): string;
  /** Bytes from the module. */
  receive(bytes: string): void;
  bauds: number[];
  presses: [PinName, boolean, number][];
  files: Map<string, string>;
  lines: string[];
  on: boolean | null;
  restarts: number;
}

export function fakeWorld(pins: Board["pins"] = {}): FakeWorld {
  const clock = new VirtualClock();
  let onData: (chunk: string) => void = () => {};
  let out = "";
  const files = new Map<string, string>();
  const intervals = new Map<number, number>();
  const world: FakeWorld = {
    clock,
    files,
    bauds: [],
    presses: [],
    lines: [],
    on: null,
    restarts: 0,
    boot: { slot: 0, record: '{"files":{}}', file: (name) => files.get(name), module: () => undefined },
    board: () => ({ uart: "Serial1", uartOptions: {}, pins }),
    written() {
      const text = out;
      out = "";
      return text;
    },
    receive: (bytes) => onData(bytes),
    openUart(baud, fn) {
      world.bauds.push(baud);
      onData = fn;
    },
    write: (bytes) => void (out += bytes),
    press: (pin, down) => void world.presses.push([pin, down, clock.now()]),
    isOn: () => world.on,
    now: () => clock.now(),
    after: (fn, ms) => clock.setTimeout(fn, ms),
    cancel: (timer) => clock.clearTimeout(intervals.get(timer) ?? timer),
    every(fn, ms) {
      const id = clock.setTimeout(turn, ms);
      function turn(): void {
        intervals.set(id, clock.setTimeout(turn, ms));
        fn();
      }
      return id;
    },
    random: () => 0.5,
    join: () => {},
    leave: () => {},
    rssi: () => {},
    connect: () => {
      throw new Error("no network in this test");
    },
    serial: () => "00000000",
    read: (file) => files.get(file),
    save(file, bytes, offset, size) {
      const old = files.get(file) ?? "\xff".repeat(size);
      files.set(file, old.slice(0, offset) + bytes + old.slice(offset + bytes.length));
    },
    load: (name) => {
      throw new Error(`no module ${name} in this test`);
    },
    drop: () => {},
    bytes: (data) => String.fromCharCode(...data),
    memory: () => ({ usage: 0, total: 0 }),
    log: (text) => void world.lines.push(text),
    restart: () => void world.restarts++,
  };
  return world;
}
