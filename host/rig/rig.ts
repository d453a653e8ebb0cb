/**
 * A whole device on the test bench: built firmware on a board in Node, an emulated module, a real broker, in virtual time. The clock stands still while
 * real sockets work, so a run of hours takes seconds and goes the same way each time.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Identity, LinkKind } from "../../src/api/config.ts";
import type { Broker, Refusal } from "../broker/broker.ts";
import { OPERATOR, startOperator } from "../broker/operator.ts";
import type { Operator } from "../broker/operator.ts";
import { timeOf } from "../time/wall.ts";
import type { CloudEvent } from "../clouds/events.ts";
import { Modem } from "../modules/modem.ts";
import type { ModemOptions } from "../modules/options.ts";
import { CLOUDS } from "../clouds/index.ts";
import type { CertificateKind, Cloud, CloudApi, RunningCloud } from "../clouds/index.ts";
import { VirtualClock } from "../time/clock.ts";
import { Effects } from "./effects.ts";
import { AccessPoint } from "../board/access-point.ts";
import { NodeBoard } from "../board/board.ts";
import { firmwareFiles, linuxBoard } from "./firmware.ts";
import { Transcript } from "./transcript.ts";
import { modemPins, modemUart, nodePinPath } from "./wiring.ts";
import type { WiredPin } from "./wiring.ts";

export interface BenchOptions {
  /** Default: the private broker. */
  cloud?: "broker" | "aliyun" | "tuya" | "onenet";
  /** Digests that the board's interpreter has itself; default: those of the board `linux`. */
  hashes?: readonly string[];
  modem?: Partial<Omit<ModemOptions, "clock" | "resolve">>;
  /** Merged into a product that fits the bench's broker; `cloud: { tls: null }` makes it plain TCP, at the broker too. */
  product?: Record<string, unknown>;
  /** Merged into the identity that fits the broker. */
  identity?: Identity;
  brokerCertificate?: CertificateKind;
  broker?: { refuse?: Refusal };
  /** A platform's clock is the bench's too: what it ends after minutes or days, it ends in virtual time. Default: the PC's. */
  virtualCloud?: boolean;
  /** How the device proves itself: one of the cloud's modes; default: its first. */
  auth?: string;
  /** Mutual TLS: what the device has to show to a broker that asks for a certificate. */
  client?: "trusted" | "stranger" | "none";
  /** Default: the 4G module; Wi-Fi over an access point of the bench. */
  link?: LinkKind | LinkKind[];
  /** The board's interpreter verifies TLS servers: none does yet. `"pretends"`: it does not, but the builder believes it. */
  tlsVerifies?: boolean | "pretends";
  /** Pins of the module that are wired. Default: power key and reset, as on the boards of `boards/`. */
  pins?: readonly WiredPin[];
  /** Of the board's random numbers. */
  seed?: number;
  /** For long runs: a clock that gives the event loop fewer turns. */
  clock?: VirtualClock;
  /** Source of an application (the module `app`) in place of the default one. */
  app?: string;
  /** May replace Storage files. */
  change?(files: Map<string, Buffer>): void;
}

/** What happens to bytes between board and module; both ways they go on as they are until a test says otherwise. */
export interface Wire {
  toBoard(bytes: Buffer): Buffer;
  toModule(bytes: Buffer): Buffer;
}

export interface ReceivedMessage {
  topic: string;
  payload: Buffer;
  qos: number;
  retain: boolean;
}

export interface BenchBroker extends Pick<Broker, "port" | "refuse" | "clients"> {
  /** Cuts the device's connection. */
  kick(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops and starts again at once, on the same port. */
  restart(): Promise<void>;
}

export interface Bench {
  clock: VirtualClock;
  board: NodeBoard;
  modem: Modem;
  /** The Wi-Fi network, where the product's link is one. */
  accessPoint: AccessPoint;
  broker: BenchBroker;
  operator: Pick<Operator, "publish">;
  /** The platform from its owner's side, where the cloud has one. */
  api?: CloudApi;
  wire: Wire;
  /** While `false`, the name service knows no host. */
  names: { known: boolean };
  /** Puts bytes on the board's RX pin, one character each, besides what the module says. */
  say(bytes: string): void;
  imei: string;
  /** What the firmware printed. */
  lines: string[];
  /** What the module says it did. */
  events: { ev: string; [detail: string]: unknown }[];
  brokerEvents: CloudEvent[];
  /** What the broker got from the device, wills included. */
  received: ReceivedMessage[];
  /** `down` under the product's base topic. */
  topic(name: string): string;
  /** Lets virtual time pass until a line fits that came after the one found last; returns it. @throws {Error} with the last lines. */
  waitFor: Transcript["waitFor"];
  /** Likewise for messages at the broker, looking from number `from` on. */
  waitForMessage(fits: (message: ReceivedMessage) => boolean, ms: number, from?: number): Promise<ReceivedMessage>;
  /** Lets `ms` of virtual time pass. */
  advance(ms: number): Promise<void>;
  /** Ends everything. May be called twice. */
  close(): Promise<void>;
}

const IMEI = "868488076506128";
const UART = "Serial1";
const WIFI_IDENTITY = { deviceName: "bench-device", wifi: { ssid: "bench", password: "bench-password" } };

/** @throws {ConfigError} about product and identity; nothing runs on then. */
export async function createBench(options: BenchOptions = {}): Promise<Bench> {
  const started: (() => Promise<void>)[] = [];
  try {
    return await makeBench(options, started);
  } catch (error) {
    for (const end of started) await end();
    throw error;
  }
}

async function makeBench(options: BenchOptions, started: (() => Promise<void>)[]): Promise<Bench> {
  const clock = options.clock ?? new VirtualClock();
  const transcript = new Transcript(clock);
  const effects = new Effects(clock);
  const events: Bench["events"] = [];
  const brokerEvents: CloudEvent[] = [];
  const received: ReceivedMessage[] = [];

  const overrides = options.product ?? {};
  const plain = (overrides["cloud"] as { tls?: unknown } | undefined)?.tls === null;
  const cloud: RunningCloud = await (CLOUDS[options.cloud ?? "broker"] as Cloud).start({
    tls: !plain,
    section: (overrides["cloud"] ?? {}) as Record<string, unknown>,
    certificate: options.brokerCertificate ?? "good",
    refuse: options.broker?.refuse ?? null,
    ...(options.auth !== undefined && { auth: options.auth }),
    ...(options.client && { client: { kind: options.client } }),
    ...(options.virtualCloud && { time: timeOf(clock, startOf(options, clock)) }),
    onEvent: (event) => {
      brokerEvents.push(event);
      if (event.ev == "publish" && event.client !== OPERATOR) received.push(event);
      effects.happened();
    },
  });

  started.push(() => cloud.broker.close());
  const model = options.modem?.model ?? "ec20";
  const names = { known: true };
  const resolve = (host: string, port: number): ReturnType<RunningCloud["resolve"]> =>
    names.known ? cloud.resolve(host, port) : "dns-failed";
  const modem = new Modem({ imei: IMEI, ...options.modem, model, clock, resolve });
  started.push(() => modem.close());
  const imei = options.modem?.imei ?? IMEI;
  const link = options.link ?? "cellular";
  const overWifi = [link].flat().includes("wifi");
  const insecure = overWifi && !plain && !options.tlsVerifies ? { tls: { ...(cloud.product["tls"] as object), insecure: true } } : {};
  const base = { name: "bench", version: "1.0.0", board: "linux", link, modem: { model }, cloud: { ...cloud.product, ...insecure } };
  const product = merge(base, overrides);
  const identity = { ...(overWifi && WIFI_IDENTITY), ...cloud.identity, ...options.identity };
  const accessPoint = new AccessPoint(WIFI_IDENTITY.wifi);
  const pins = options.pins ?? ["powerKey", "reset"];
  const hashes = options.hashes ?? linuxBoard().hashes;
  const files = await filesFor(product, identity, cloud, pins, hashes, !!options.tlsVerifies);
  if (options.app !== undefined) files.set("app", Buffer.from(options.app, "latin1"));
  options.change?.(files);
  const wire: Wire = { toBoard: (bytes) => bytes, toModule: (bytes) => bytes };
  const uart = modemUart(modem);
  const board = new NodeBoard({
    clock,
    files,
    uarts: { [UART]: { ...uart, write: (bytes, baud) => uart.write(wire.toModule(bytes), baud) } },
    pins: modemPins(modem),
    ...(overWifi && { network: { resolve, accessPoint, verifies: options.tlsVerifies === true } }),
    print: (line) => transcript.lines.push(line),
    variables: linuxBoard().variables.count,
    hashes,
    queueSize: linuxBoard().inputQueue,
    seed: options.seed ?? 1,
  });
  modem.on("data", (bytes: Buffer) => board.uartInput(UART, wire.toBoard(bytes)));
  modem.on("event", (event: Bench["events"][number]) => {
    events.push(event);
    effects.happened();
  });

  const device = (): string[] => cloud.broker.clients().filter((client) => client != OPERATOR);
  const acknowledged = (): number => brokerEvents.filter((event) => event.ev == "ack" && event.client != OPERATOR).length;
  const gone = (): number => brokerEvents.filter((event) => event.ev == "disconnect" && event.client != OPERATOR).length;
  // Over Wi-Fi no module tells it.
  const lost = (): number => events.filter((event) => event.ev == "lost").length + (overWifi ? gone() : 0);

  async function losing(action: () => Promise<void> | void): Promise<void> {
    const before = lost();
    const connected = device().length > 0;
    await effects.of(action, () => !connected || lost() > before);
  }

  let operator: Promise<Operator> | null = null;
  let closed = false;

  const bench: Bench = {
    clock,
    board,
    modem,
    accessPoint,
    imei,
    ...(cloud.api && { api: cloud.api }),
    lines: transcript.lines,
    events,
    brokerEvents,
    received,
    broker: {
      get port() {
        return cloud.broker.port;
      },
      refuse: (how) => cloud.broker.refuse(how),
      clients: device,
      kick: () => losing(() => cloud.broker.kick()),
      stop: () => losing(() => cloud.broker.stop()),
      start: () => cloud.broker.start(),
      restart: async () => {
        await bench.broker.stop();
        await bench.broker.start();
      },
    },
    operator: {
      publish: async (topic, payload) => {
        operator ??= startOperator({
          port: cloud.broker.port,
          ca: cloud.ca?.pem ?? null,
          ...cloud.operator,
          watch: "none",
          onMessage: () => {},
        });
        const ready = await operator;
        const before = acknowledged();
        const connected = device().length > 0;
        // Devices subscribe with QoS 1: their acknowledgement says that the module has the message.
        await effects.of(
          () => ready.publish(topic, payload),
          () => !connected || acknowledged() > before,
        );
      },
    },
    wire,
    names,
    say: (bytes) => board.uartInput(UART, Buffer.from(bytes, "latin1")),
    topic: (name) => {
      const base = (product["cloud"] as { topicBase?: string }).topicBase ?? cloud.product.topicBase;
      return `${base.replace("{deviceName}", identity.deviceName ?? imei).replace("{imei}", imei)}/${name}`;
    },
    waitFor: (pattern, ms) => transcript.waitFor(pattern, ms),
    waitForMessage: async (fits, ms, from = 0) => {
      const find = (): ReceivedMessage | undefined => received.slice(from).find(fits);
      if (await clock.run(() => find() !== undefined, ms)) return find() as ReceivedMessage;
      throw new Error(
        `no such message within ${ms} ms; the topics received: ${received.map((m) => m.topic).join(" ")}; the last lines:\n${transcript.tail()}`,
      );
    },
    advance: (ms) => clock.advance(ms),
    close: async () => {
      if (closed) return;
      closed = true;
      board.kill();
      await modem.close();
      if (operator) await operator.then((one) => one.close());
      await cloud.broker.close();
    },
  };
  return bench;
}

/** Unix milliseconds when the bench's clock says 0: as the mobile network has it. */
function startOf({ modem }: BenchOptions, clock: VirtualClock): number {
  const seconds = modem?.network?.time;
  return seconds === undefined ? Date.now() - clock.now() : seconds * 1000;
}

async function filesFor(
  product: Record<string, unknown>,
  identity: Identity,
  cloud: RunningCloud,
  pins: readonly WiredPin[],
  hashes: readonly string[],
  tlsVerifies: boolean,
): Promise<Map<string, Buffer>> {
  const directory = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    for (const { name, pem } of [...(cloud.ca ? [cloud.ca] : []), ...(cloud.files ?? [])]) writeFileSync(join(directory, name), pem);
    const wired = Object.fromEntries(pins.map((pin) => [pin, nodePinPath(pin)]));
    return await firmwareFiles({ product, directory, identity, uart: "/dev/null", pins: wired, hashes, tlsVerifies });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Objects are merged field by field; `null` for `tls` leaves it out. */
function merge(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(over).map(([key, value]) => {
    const old = base[key];
    return [key, isObject(old) && isObject(value) ? merge(old, value) : value] as const;
  });
  const merged = Object.entries({ ...base, ...Object.fromEntries(entries) });
  return Object.fromEntries(merged.filter(([key, value]) => key != "tls" || value !== null));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value == "object" && value !== null && !Array.isArray(value);
}
