/**
 * A device on a TCP port that a test plays: a console over a Storage, which starts, gets online and can be sealed. No
 * interpreter; Node evaluates.
 */
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { crc32 } from "node:zlib";
import { LINUX_REGION } from "../../../host/flash-model/flash.ts";
import { makeStorage } from "../../../host/flash-model/storage.ts";
import type { FlashStorage } from "../../../host/flash-model/storage.ts";

export const SMALL_REGION = { ...LINUX_REGION, pages: 64 };

export class PlayedDevice {
  version = "2v29.277";
  board = "LINUX32";
  /** Says that it is online when it starts with a loader. */
  getsOnline = true;
  /** Printed at each start. */
  says: string[] = [];
  starts = 0;
  /** All lines that were typed. */
  readonly typed: string[] = [];
  /** May change an answer, or throw. */
  hook: (expression: string) => void = () => {};
  console: "open" | "locked" | "none" = "open";
  private password = "";
  /** The function that the console's user defines (`host/console/repl.ts`), until the next restart or `reset()`. */
  private knowsHelper = false;
  private client: Socket | null = null;
  private readonly server = createServer((socket) => this.connected(socket));

  constructor(readonly storage: FlashStorage = makeStorage(LINUX_REGION)) {}

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `tcp:127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.client?.destroy();
    this.server.close();
  }

  /** Power on, or a restart. */
  start(): void {
    this.starts++;
    this.console = "open";
    this.knowsHelper = false;
    for (const line of this.says) this.say(line);
    const seal = this.storage.read(".boot3")?.toString("latin1");
    if (seal !== undefined) this.run(seal);
    if (this.getsOnline && this.storage.read(".bootcde")) this.say("online: 1400/5450 variables");
  }

  private connected(socket: Socket): void {
    this.client = socket;
    let rest = "";
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      const lines = (rest + bytes.toString("latin1")).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.line(line);
    });
  }

  private line(line: string): void {
    if (this.console == "none") return;
    this.typed.push(line);
    if (this.console == "locked") {
      if (line == this.password) this.console = "open";
      else this.say("  Invalid password");
      return;
    }
    if (line.includes("function $q(")) this.knowsHelper = true;
    if (line.includes("$q(") && !this.knowsHelper) return this.say('Uncaught ReferenceError: "$q" is not defined');
    const [, id = "", sum = "", text = '""'] = /\("(\d+)",(\d+),(".*")\)(?:\}catch|$)/.exec(line) ?? [];
    const expression = JSON.parse(text) as string;
    if (crc32(expression) != Number(sum)) return this.say(`<#${id}?`);
    try {
      this.hook(expression);
      this.say(`<#${id}=${JSON.stringify(this.run(expression) ?? null)}`);
    } catch (error) {
      this.say(`<#${id}!${String(error)}`);
    }
  }

  private say(line: string): void {
    this.client?.write(`${line}\r\n`, "latin1");
  }

  private run(expression: string): unknown {
    const { storage } = this;
    const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
    const Storage = {
      list: () => storage.list(),
      read: (name: string, offset?: number, length?: number) => storage.read(name, offset, length)?.toString("latin1"),
      write: (name: string, data: string, offset: number, size: number) => storage.write(name, bytes(data), offset, size),
      erase: (name: string) => storage.erase(name),
      compact: () => storage.compact(),
      getStats: () => storage.stats(),
    };
    const Flash = { read: (length: number, address: number) => new Uint8Array(storage.flash.read(address, length)) };
    const E = {
      toString: (data: Uint8Array) => Buffer.from(data).toString("latin1"),
      CRC32: (text: string) => crc32(bytes(text)),
      setPassword: (password: string) => void (this.password = password),
      lockConsole: () => void (this.console = "locked"),
      setConsole: () => void (this.console = "none"),
    };
    const later = (code: string): void =>
      void setImmediate(() => {
        if (code == "load()" || code == "E.reboot()") this.start();
        else if (code == "reset()") this.knowsHelper = false;
        else this.run(code);
      });
    const env = { VERSION: this.version, BOARD: this.board };
    const names = { require: (name: string) => (name == "Flash" ? Flash : Storage), E, process: { env }, setTimeout: later };
    return new Function(...Object.keys(names), `return eval(${JSON.stringify(expression)})`)(...Object.values(names)) as unknown;
  }
}
