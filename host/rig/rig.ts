/**
 * A whole device on this PC: built firmware on a board, an emulated module, an emulated cloud, an operator at its other end.
 * What differs is an option: in virtual time the clock stands still while real sockets work, so a run of hours takes seconds and
 * goes the same way each time.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Identity, LinkKind } from "../../src/api/config.ts";
import { AccessPoint } from "../board/access-point.ts";
import type { NodeBoard } from "../board/board.ts";
import type { Broker, Refusal } from "../broker/broker.ts";
import type { CertificateKind } from "../broker/issued.ts";
import { OPERATOR, startOperator } from "../broker/operator.ts";
import type { Operator, OperatorOptions } from "../broker/operator.ts";
import { cloudNamed, DEFAULT_CLOUD } from "../clouds/find.ts";
import type { CloudEvent } from "../clouds/shared/events.ts";
import type { MutualTls, RunningCloud } from "../clouds/types.ts";
import { assemble } from "../image/assemble.ts";
import { DEFAULT_MODEL } from "../modules/find.ts";
import { createModem } from "../modules/modem.ts";
import type { Modem } from "../modules/modem.ts";
import type { ModemOptions } from "../modules/options.ts";
import { VirtualClock } from "../time/clock.ts";
import type { Clock, RealClock } from "../time/clock.ts";
import { timeOf } from "../time/wall.ts";
import { interpreterSocket, nodeSocket } from "./boards.ts";
import type { InterpreterBoard, InterpreterChoice, Socket, Wire } from "./boards.ts";
import { Effects } from "./effects.ts";
import { isOverWifi, productFor, wantedSection, wifiIdentity } from "./product.ts";
import type { UserFiles } from "./product.ts";
import { Transcript } from "./transcript.ts";
import type { WiredPin } from "./wiring.ts";

export type { InterpreterBoard, InterpreterChoice, Wire } from "./boards.ts";

interface CommonOptions {
  /** Of the rig's own product and device. */
  name?: string;
  /** Default: the private broker. */
  cloud?: string;
  /** Files of a user, instead of the rig's own. */
  user?: UserFiles;
  /** Merged into the product; `cloud: { tls: null }` makes it plain TCP, at the broker too. */
  product?: Record<string, unknown>;
  /** Merged into the identity that fits the broker. */
  identity?: Identity;
  brokerCertificate?: CertificateKind;
  broker?: { refuse?: Refusal };
  /** How the device proves itself: one of the cloud's modes; default: the product's, else the first. */
  auth?: string;
  /** Mutual TLS: what the device has to show to a broker that asks for a certificate. */
  client?: MutualTls["kind"];
  /** Default: the product's, else the 4G module; Wi-Fi over an access point of the rig. */
  link?: LinkKind | LinkKind[];
  /** A platform's clock is the rig's too: what it ends after minutes or days, it ends in virtual time. Default: the PC's. */
  virtualCloud?: boolean;
  modem?: Partial<Omit<ModemOptions, "clock" | "resolve">>;
  /** Digests that the board's interpreter has itself; default: those of the board `linux`. */
  hashes?: readonly string[];
  /** The board's interpreter verifies TLS servers: none does yet. `"pretends"`: it does not, but the builder believes it. */
  tlsVerifies?: boolean | "pretends";
  /** Pins of the module that are wired to a board in Node. Default: power key and reset, as on the boards of `boards/`. */
  pins?: readonly WiredPin[];
  /** Of the random numbers of a board in Node. */
  seed?: number;
  /** The modules run as tokens, made for this version of the interpreter. */
  pretokenise?: string;
  /** Source of an application (the module `app`) in place of the default one. */
  app?: string;
  /** May replace Storage files. */
  change?(files: Map<string, Buffer>): void;
  /** What the operator watches, by the base of the device's topics; default: nothing. It is there before the board boots. */
  operator?: { watch(topicBase: string): string; onMessage: OperatorOptions["onMessage"] };
  /** Told as it happens, from the first moment on. */
  on?: RigListeners;
}

/** In virtual time, on a board in Node. */
export interface RigOptions extends CommonOptions {
  /** For long runs: a clock that gives the event loop fewer turns. */
  clock?: VirtualClock;
}

/** In real time, on a board in Node or on the genuine interpreter. */
export interface RealRigOptions extends CommonOptions {
  clock: RealClock;
  /** Default: a board in Node. */
  board?: InterpreterChoice;
}

/** On the genuine interpreter. */
export type InterpreterRig = Rig<RealClock, InterpreterBoard>;

type AnyRig = Rig<VirtualClock | RealClock, NodeBoard | InterpreterBoard>;

export interface RigListeners {
  /** The cloud is there. */
  cloud?(cloud: RunningCloud): void;
  cloudEvent?(event: CloudEvent): void;
  /** The module is there, and still off. */
  modem?(modem: Modem): void;
  /** A line that the firmware printed, one character per byte. */
  line?(line: string): void;
  /** The interpreter starts again. */
  restart?(): void;
  /** The board cannot go on. */
  failure?(error: Error): void;
}

export interface ReceivedMessage {
  topic: string;
  payload: Buffer;
  qos: number;
  retain: boolean;
}

export interface RigBroker extends Pick<Broker, "port" | "refuse" | "clients"> {
  /** Cuts the device's connection. */
  kick(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops and starts again at once, on the same port. */
  restart(): Promise<void>;
}

export interface Rig<C extends Clock = VirtualClock, B = NodeBoard> {
  clock: C;
  board: B;
  modem: Modem;
  /** The Wi-Fi network, where the product's link is one. */
  accessPoint: AccessPoint;
  cloud: RunningCloud;
  broker: RigBroker;
  operator: Pick<Operator, "publish">;
  /** As it was built from. */
  product: Record<string, unknown>;
  identity: Identity;
  /** Holds the product's certificates; an interpreter lives there. */
  folder: string;
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
  /** Lets time pass until a line fits that came after the one found last; returns it. @throws {Error} with the last lines. */
  waitFor: Transcript["waitFor"];
  /** Likewise for messages at the broker, looking from number `from` on. */
  waitForMessage(fits: (message: ReceivedMessage) => boolean, ms: number, from?: number): Promise<ReceivedMessage>;
  /** Likewise for anything that follows from an event. `what`: for the error. */
  until(look: () => boolean, ms: number, what: string): Promise<void>;
  /** Lets `ms` of the clock's time pass. */
  advance(ms: number): Promise<void>;
  /** Ends everything. May be called twice. */
  close(): Promise<void>;
}

const IMEI = "868488076506128";
/** The board that this PC is. */
const BOARD = "linux";

/** @throws {ConfigError} about product and identity, {CheckError} about the sources; nothing runs on then. */
export function createRig(options?: RigOptions): Promise<Rig>;
export function createRig(options: RealRigOptions & { board: InterpreterChoice }): Promise<InterpreterRig>;
export function createRig(options: RealRigOptions): Promise<Rig<RealClock, NodeBoard | InterpreterBoard>>;
export async function createRig(options: RigOptions | RealRigOptions = {}): Promise<AnyRig> {
  const closing: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    return await makeRig(options, closing, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function makeRig(
  options: CommonOptions & { clock?: VirtualClock | RealClock; board?: InterpreterChoice },
  closing: (() => Promise<void> | void)[],
  close: () => Promise<void>,
): Promise<AnyRig> {
  const { name = "rig", user = {}, product: changes = {}, on = {}, clock = new VirtualClock() } = options;
  const effects = new Effects(clock);
  const transcript = new Transcript(effects);
  const events: Rig["events"] = [];
  const brokerEvents: CloudEvent[] = [];
  const received: ReceivedMessage[] = [];
  let failure: Error | null = null;

  const folder = mkdtempSync(join(tmpdir(), "espruino-cellular-"));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));

  const { section, tls } = wantedSection(user, changes);
  const { host, port } = (user.product?.["cloud"] ?? {}) as { host?: string; port?: number };
  const kind = options.client ?? (user.client && "trusted");
  const cloud = await cloudNamed(options.cloud ?? DEFAULT_CLOUD).start({
    ...{ tls, section },
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    certificate: options.brokerCertificate ?? "good",
    refuse: options.broker?.refuse ?? null,
    ...(user.identity && { identity: user.identity }),
    ...(options.auth !== undefined && { auth: options.auth }),
    ...(kind && { client: { kind, ...(user.client && { own: user.client }) } }),
    ...(options.virtualCloud && { time: timeOf(clock, startOf(options, clock)) }),
    onEvent: (event) => {
      brokerEvents.push(event);
      if (event.ev == "publish" && event.client !== OPERATOR) received.push(event);
      on.cloudEvent?.(event);
      effects.happened();
    },
  });
  closing.push(() => cloud.broker.close());
  on.cloud?.(cloud);

  const model = options.modem?.model ?? DEFAULT_MODEL;
  const names = { known: true };
  const resolve = (wanted: string, toPort: number): ReturnType<RunningCloud["resolve"]> =>
    names.known ? cloud.resolve(wanted, toPort) : "dns-failed";
  const modem = await createModem({ imei: IMEI, ...options.modem, ...{ model, clock, resolve } });
  closing.push(() => modem.close());
  modem.on("event", (event: Rig["events"][number]) => {
    events.push(event);
    effects.happened();
  });
  on.modem?.(modem);
  const { imei } = modem;

  const link = options.link ?? (user.product?.["link"] as LinkKind | LinkKind[] | undefined) ?? "cellular";
  const overWifi = isOverWifi(link);
  const wifi = wifiIdentity(name);
  const identity: Identity = { ...(overWifi && wifi), ...cloud.identity, ...options.identity };
  const accessPoint = new AccessPoint(user.identity?.wifi ?? wifi.wifi);
  const network = { accessPoint, verifies: options.tlsVerifies === true };
  const socket: Socket<NodeBoard | InterpreterBoard> = options.board
    ? interpreterSocket(options.board, folder)
    : nodeSocket({ pins: options.pins ?? ["powerKey", "reset"], seed: options.seed ?? 1, ...(overWifi && { network }) });
  closing.push(() => socket.discard());

  const tlsVerifies = !!options.tlsVerifies;
  const product = productFor({ ...{ name, user, changes, model, link, cloud, tlsVerifies }, onPcNetwork: socket.onPcNetwork });
  for (const file of [...(cloud.ca ? [cloud.ca] : []), ...(cloud.files ?? [])])
    writeFileSync(join(folder, file.name), file.pem, { mode: 0o600 });
  const { board: boardFile, files } = await assemble({
    ...{ product, identity, directory: folder, board: BOARD, uart: socket.uart, pins: socket.pins, tlsVerifies },
    ...(options.hashes && { hashes: options.hashes }),
    ...(options.pretokenise !== undefined && { pretokenise: options.pretokenise }),
  });
  if (options.app !== undefined) files.set("app", Buffer.from(options.app, "latin1"));
  options.change?.(files);
  const wire: Wire = { toBoard: (bytes) => bytes, toModule: (bytes) => bytes };
  const { board, say, stop } = socket.plugIn({
    ...{ clock, modem, wire, board: boardFile, files, resolve },
    hashes: options.hashes ?? boardFile.hashes,
    print: (line) => {
      transcript.lines.push(line);
      on.line?.(line);
      effects.happened();
    },
    onRestart: () => {
      on.restart?.();
      effects.happened();
    },
    onFailure: (error) => {
      failure = error;
      on.failure?.(error);
      effects.happened();
    },
  });
  closing.push(stop);

  let operator: Promise<Operator> | null = null;
  const connectedOperator = (): Promise<Operator> => {
    if (operator) return operator;
    const started = startOperator({
      port: cloud.broker.port,
      ca: cloud.ca?.pem ?? null,
      ...cloud.operator,
      watch: options.operator?.watch(cloud.product.topicBase) ?? "none",
      onMessage: (topic, payload) => options.operator?.onMessage(topic, payload),
    });
    closing.push(async () => (await started).close());
    return (operator = started);
  };
  if (options.operator) await connectedOperator();

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

  const broker: RigBroker = {
    get port() {
      return cloud.broker.port;
    },
    refuse: (how) => cloud.broker.refuse(how),
    clients: device,
    kick: () => losing(() => cloud.broker.kick()),
    stop: () => losing(() => cloud.broker.stop()),
    start: () => cloud.broker.start(),
    restart: async () => {
      await broker.stop();
      await broker.start();
    },
  };
  return {
    ...{ clock, board, modem, accessPoint, cloud, broker, product, identity, folder, wire, names, imei },
    ...{ lines: transcript.lines, events, brokerEvents, received, close },
    operator: {
      publish: async (topic, payload, qos) => {
        const ready = await connectedOperator();
        const before = acknowledged();
        const connected = device().length > 0;
        // Devices subscribe with QoS 1: their acknowledgement says that the module has the message.
        await effects.of(
          () => ready.publish(topic, payload, qos),
          () => !connected || acknowledged() > before,
        );
      },
    },
    say: (bytes) => say(Buffer.from(bytes, "latin1")),
    topic: (last) => {
      const base = (product["cloud"] as { topicBase?: string }).topicBase ?? cloud.product.topicBase;
      return `${base.replace("{deviceName}", identity.deviceName ?? imei).replace("{imei}", imei)}/${last}`;
    },
    waitFor: (pattern, ms) => transcript.waitFor(pattern, ms),
    advance: async (ms) => void (await effects.until(() => false, ms)),
    waitForMessage: async (fits, ms, from = 0) => {
      const find = (): ReceivedMessage | undefined => received.slice(from).find(fits);
      if (await effects.until(() => find() !== undefined, ms)) return find() as ReceivedMessage;
      throw new Error(
        `no such message within ${ms} ms; the topics received: ${received.map((m) => m.topic).join(" ")}; the last lines:\n${transcript.tail()}`,
      );
    },
    until: async (look, ms, what) => {
      const isTrue = await effects.until(() => failure !== null || look(), ms);
      if (failure && !look()) throw failure;
      if (!isTrue) throw new Error(`${what}: not within ${ms} ms; the last lines:\n${transcript.tail()}`);
    },
  };
}

/** Unix milliseconds when the rig's clock says 0: as the mobile network has it. */
function startOf({ modem }: CommonOptions, clock: Clock): number {
  const seconds = modem?.network?.time;
  return seconds === undefined ? Date.now() - clock.now() : seconds * 1000;
}
