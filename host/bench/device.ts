/** A whole device on the genuine interpreter, in real time: the image as it is built, an emulated EC20 on a pseudo-terminal, an emulated cloud with TLS. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OPERATOR, startOperator } from "../broker/operator.ts";
import { MODULES } from "../compile/modules.ts";
import { pretokenise } from "../compile/pretokenise.ts";
import { Modem } from "../modules/modem.ts";
import { RealClock } from "../time/clock.ts";
import { CLOUDS } from "../clouds/index.ts";
import type { Cloud, CloudApi } from "../clouds/index.ts";
import { interpreterHost } from "../rig/hosts.ts";

export interface DeviceOptions {
  /** The interpreter's Linux binary. */
  binary: string;
  /** What it is run by (see `InterpreterOptions`). */
  runner?: readonly string[];
  cloud?: "aliyun" | "broker";
  /** Over the interpreter's own network instead of the module, to a broker without TLS. */
  overWifi?: boolean;
  /** Digests that the interpreter is taken to have; none: the firmware brings its own. */
  hashes?: readonly string[];
  /** 1: the module takes as long as a real one; 0: it answers at once. */
  latencyScale?: number;
  /** Source of an application in place of the default one. */
  app?: string;
  /** The modules run as tokens, made for this version of the interpreter. */
  pretokenised?: boolean;
  /** May add Storage files and replace them. */
  change?(files: Map<string, Buffer>): void;
}

export interface BenchDevice {
  /** What the firmware printed. */
  lines: string[];
  modem: Modem;
  /** Cuts the device's connection to the broker. */
  kick(): Promise<void>;
  /** To the device's topic `down`. */
  send(payload: string | Buffer): Promise<void>;
  /** Payloads that the broker got from the device. */
  received: Buffer[];
  /** The next line from number `from` on that fits. @throws {Error} with the last lines after `ms`. */
  line(pattern: RegExp, ms: number, from?: number): Promise<string>;
  /** Waits until `look()` is true. @throws {Error} with the last lines after `ms`. */
  until(look: () => boolean, ms: number, what: string): Promise<void>;
  /** Runs a line on the interpreter's console. */
  type(line: string): void;
  /** The value of an expression there. */
  ask(expression: string): Promise<string>;
  /** The platform from its owner's side, where the cloud has one. */
  api: CloudApi | undefined;
  /** Ends everything. May be called twice. */
  close(): Promise<void>;
}

/** Before what `ask` prints; no line of the firmware begins so. */
const MARK = "#>";
/** Without echo (Espruino: a line that begins with DLE). */
const SILENT = "\x10";
const ANSWER_MS = 30_000;
const AGAIN_MS = 5000;

/** Booted, on its way to `online`. */
export async function startDevice(options: DeviceOptions): Promise<BenchDevice> {
  const closing: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    return await boot(options, closing, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function boot(options: DeviceOptions, closing: (() => Promise<void> | void)[], close: () => Promise<void>): Promise<BenchDevice> {
  const folder = mkdtempSync(join(tmpdir(), "espruino-bench-"));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  const lines: string[] = [];
  const received: Buffer[] = [];
  const watchers = new Set<() => void>();
  const happened = (): void => [...watchers].forEach((look) => look());
  let failure: Error | null = null;

  const cloud = await (CLOUDS[options.cloud ?? "aliyun"] as Cloud).start({
    tls: !options.overWifi,
    onEvent: (event) => {
      if (event.ev == "publish" && event.client !== OPERATOR) received.push(event.payload);
      happened();
    },
  });
  closing.push(() => cloud.broker.close());
  const clock = new RealClock();
  const modem = new Modem({
    model: "ec20",
    clock,
    network: { nitz: true, registerMs: 0 },
    latencyScale: options.latencyScale ?? 0,
    resolve: (name, port) => cloud.resolve(name, port),
  });
  closing.push(() => modem.close());
  if (cloud.ca) writeFileSync(join(folder, cloud.ca.name), cloud.ca.pem);
  const host = await interpreterHost(
    {
      clock,
      modem,
      folder,
      product: {
        ...{ name: "bench", version: "1.0.0", board: "linux", app: { telemetryS: 3600 } },
        ...(options.overWifi
          ? { link: "wifi", cloud: { ...cloud.product, host: "127.0.0.1", port: cloud.broker.port } }
          : { cloud: cloud.product }),
      },
      identity: { ...cloud.identity, ...(options.overWifi && { deviceName: "bench-device" }) },
      resolve: undefined,
      ...(options.hashes && { hashes: options.hashes }),
      print: (line) => {
        lines.push(line);
        happened();
      },
      onRestart: () => {
        lines.push("restarted");
        happened();
      },
      onFailure: (error) => {
        failure = error;
        happened();
      },
    },
    options.binary,
    options.runner,
    (files) => {
      if (options.app !== undefined) files.set("app", Buffer.from(options.app, "latin1"));
      if (options.pretokenised) tokenise(files);
      options.change?.(files);
    },
  );
  closing.push(() => host.stop());
  host.boot();
  const operator = await startOperator({
    port: cloud.broker.port,
    ca: cloud.ca?.pem ?? null,
    ...cloud.operator,
    watch: "none",
    onMessage: () => {},
  });
  closing.push(() => operator.close());

  const device: BenchDevice = {
    lines,
    modem,
    received,
    kick: () => Promise.resolve(cloud.broker.kick()),
    send: (payload) => operator.publish(topicOf(cloud.product.topicBase, cloud.identity.deviceName ?? modem.imei), payload),
    line: async (pattern, ms, from = 0) => {
      const find = (): string | undefined => lines.slice(from).find((line) => pattern.test(line));
      await device.until(() => find() !== undefined, ms, `a line like ${String(pattern)}`);
      return find() as string;
    },
    until: (look, ms, what) =>
      new Promise((resolve, reject) => {
        const end = (error: Error | null): void => {
          clearTimeout(guard);
          watchers.delete(attempt);
          if (error) reject(error);
          else resolve();
        };
        const attempt = (): void => {
          if (look()) end(null);
          else if (failure) end(failure);
        };
        const guard = setTimeout(() => end(new Error(`${what}: not within ${ms} ms; the last lines:\n${lines.slice(-8).join("\n")}`)), ms);
        watchers.add(attempt);
        attempt();
      }),
    type: (line) => host.type(SILENT + line),
    ask: async (expression) => {
      const from = lines.length;
      const type = (): void => device.type(`print("${MARK}"+(${expression}))`);
      // While the interpreter computes, its Linux port may lose what is typed.
      const again = setInterval(type, AGAIN_MS);
      type();
      try {
        const answer = await device.line(new RegExp(MARK), ANSWER_MS, from);
        return answer.slice(answer.indexOf(MARK) + MARK.length);
      } finally {
        clearInterval(again);
      }
    },
    api: cloud.api,
    close,
  };
  return device;
}

function tokenise(files: Map<string, Buffer>): void {
  for (const { name } of MODULES) {
    const code = files.get(name)?.toString("latin1");
    if (code !== undefined) files.set(name, Buffer.from(pretokenise(code), "latin1"));
  }
}

function topicOf(base: string, name: string): string {
  return `${base.replace("{deviceName}", name).replace("{imei}", name)}/down`;
}
