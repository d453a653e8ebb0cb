/** What a dialect (one file of `modem/`) and the link agree on. */
import type { Command, OnResult, Result } from "./at";
import type { Identity, Product, TlsConfig } from "./config";
import type { DeviceErrorName, DeviceInfo, Qos } from "./device";
import type { World } from "./world";

/** What a URC means to the link. */
export type Signal = "rebooted" | "powered-down" | "connection-lost" | "bearer-lost" | "registration" | "sim" | "stored";

/** States of the link that are brought up by a script of the cold module. */
export type BringUpState = "powering" | "setting-up" | "sim" | "registering" | "attaching" | "authorizing" | "securing" | "connecting";
export type LinkState = "off" | BringUpState | "subscribing" | "online" | "waiting";

/** How hard the next attempt starts over. */
export type Rung = "mqtt" | "bearer" | "radio" | "reset" | "power" | "board";

/** What a module taught us since it was switched on. A new one is made when it restarts. */
export interface Session {
  /** How a publish is written; the dialect numbers its forms. */
  form: number;
  /** Longest payload in bytes. */
  maxPayload: number;
  /** Names of the certificate and key files in the module that were read and are ours, one a line. */
  secured: string;
  /** The module may hold a connection of an earlier life, or of an attempt that failed. */
  found: boolean;
  /** There was a data connection: what is left of it is in the way of the next. */
  attached: boolean;
  /** The connection to the broker stands: its loss is news. */
  opened: boolean;
}

/** Where to connect and as whom: what a cloud makes of product, identity and module. */
export interface ConnectPlan {
  host: string;
  port: number;
  clientId: string;
  username: string;
  password: string;
  /** Placeholders filled; `~` in an application's topics. */
  base: string;
  /** What `~` stands for between the levels of other topics (`/sys/~/…`): Aliyun's `{productKey}/{deviceName}`; absent: nothing. */
  own?: string;
  /** Absent: there is no will. */
  willTopic?: string;
  /** What the other end is asked to acknowledge when there is nothing else to say; without a text it is told the signal in dBm. */
  heartbeatTopic: string;
  heartbeatText: string;
  /** Milliseconds for which it may be used again without asking the cloud, unless it is refused; absent: once. */
  validMs?: number;
  /** `World.now` until then. */
  until?: number;
  /** A connection that is made for what the cloud sends by itself: a message, after which it ends and authorizing begins again. */
  awaited?(payload: string): Authorization;
}

/** What a cloud knows of the device. */
export interface Who {
  product: Product;
  identity: Identity;
  info: DeviceInfo;
  /** Unix seconds, `null` while unknown. */
  unixTime(): number | null;
}

/** What the scripts may use. Lives while the link is brought up. */
export interface BringUp extends Who {
  world: World;
  session: Session;
  rung: Rung;
  /** `null` until a cloud made one. */
  plan: ConnectPlan;
  /** The payload of a message that came while connecting; `""`: none did. */
  pushed: string;
  /** Milliseconds in the current state. */
  elapsedMs(): number;
  /** Opens the UART at this rate. */
  setBaud(baud: number): void;
  /** The module said since `powering` began that it is ready. */
  isReady(): boolean;
  setUnixTime(seconds: number): void;
  log(text: string): void;
}

/** One step: a command, or a wait. */
export interface Step extends Partial<Command> {
  /** Instead of a command: milliseconds to wait (a signal of the module may end it). */
  waitMs?: number;
  /** What the result means: what is done before the script goes on. Absent: the result does not matter. */
  then?(result: Result): Script;
}

/**
 * What is to be done on the way up: a step; a command's mere text (`AT…`), whose refusal does not matter; a number, which is a wait of so many
 * milliseconds; several of these, one after the other; or a function that says it when its turn comes. Any other text is a failure, `name` or
 * `name: detail`. Nothing, `false`, `0` or `""`: go on.
 */
export type Script = Step | string | number | Script[] | (() => Script) | false | undefined;

/** A request of HTTP/1.1 that the module makes. */
export interface HttpRequest {
  /** `https://host[:port]/path?query`, or `http://`. At most 500 bytes on Luat modules, 700 on an EC20. */
  url: string;
  /** With a body it is a POST. */
  body?: string;
  /** `Content-Type` of the body; absent: `application/x-www-form-urlencoded`. */
  type?: string;
  /** Further header lines, `Name: value`. */
  headers?: string[];
  /** First and last byte wanted, both included (RFC 9110, 14.1.2). */
  range?: [number, number];
  /** How an `https` server is verified; without it there is no such request. */
  tls: TlsConfig | undefined;
}

/** Status 200 or 206; any other is a failure. */
export interface HttpReply {
  status: number;
  /** One character per byte; at most 4,096, so what is longer is asked for in ranges. */
  body: string;
}

/** The cold module `http-client`. */
export interface HttpModule {
  /** The request, and then what `then` makes of its reply. Fails by name (`http-status`, `tls-failed` …), with the host and no secret in the detail. */
  request(up: BringUp, wanted: HttpRequest, then: (reply: HttpReply) => Script): Script;
}

/** A failure name, or `""`. */
export type Verdict = DeviceErrorName | "";

/** The text before the payload, the topic, and the length of the payload in bytes: what a regular expression with two groups gives. */
export type MessageHead = string[];

/** How the link speaks to whatever carries its messages: the part that stays in memory. */
export interface Dialect {
  publish(session: Session, id: number, topic: string, payload: string, qos: Qos, retain: boolean): Command;
  published(result: Result): Verdict;
  /** Why this payload cannot be sent, or `""`. */
  refuses(session: Session, topic: string, payload: string): string;
  subscribe(id: number, topic: string, qos: Qos): Command;
  /** `payload-refused`: the broker does not allow this topic. */
  subscribed(result: Result): Verdict;
  unsubscribe(id: number, topic: string): Command;
  /** Says good-bye to the broker. */
  signOff: Command;
  /** Gets the messages that the module keeps (signal `stored`). */
  fetch?: Command;
  signal: Command;
}

/** The dialect of a module that speaks AT. */
export interface AtDialect extends Dialect {
  /** URCs by the text before their colon, or the whole line. */
  urcs: Record<string, Signal>;
  /** First characters of a received message. */
  messagePrefix: string;
  /** The text before a message's payload; it captures the topic and the length of the payload in bytes. */
  messageHead: RegExp;
  /** What follows the payload. */
  messageEnd: string;
  /**
   * Reads the head of a message that firmware writes otherwise; `null` while it is not complete or is none. The length is -1 while the message goes on, if
   * its end alone tells it.
   */
  oddHead(text: string): MessageHead | null;
}

/** A conversation with whatever carries the messages: one command in flight, a bounded queue. */
export interface Channel {
  init(
    world: World,
    dialect: Dialect,
    signal: (signal: Signal, rest: string) => void,
    message: (topic: string, payload: string) => void,
  ): void;
  /** Opens the UART at this rate, if there is one. */
  open?(baud: number): void;
  /** Sends a command when those before it are done. */
  send(command: Command, then: OnResult): void;
  /** Ends the command in flight and all that wait with the error `reset`. `restarted`: nothing is owed to them any more. */
  abort(restarted: boolean): void;
  /** Looks at the deadlines. To be called every `TICK_MS`. */
  tick(): void;
  TICK_MS: number;
}

/** A way to the network. */
export interface Path {
  channel: Channel;
  dialect: Dialect;
  /** Name of the cold module with its scripts. */
  up: string;
  /** Whether its network is there: looked for beside a session over another path. Absent: nothing tells but trying. */
  isThere?(world: World, then: (isThere: boolean) => void): void;
}

/** A cold module with the scripts of a path. Only one step is alive at a time. */
export interface BringUpModule {
  /** Begins the script of a state. Returns its first step, `""` if it has none, or a failure. */
  begin(state: BringUpState, up: BringUp): Step | string;
  /** What follows when the step in hand gave this result: a step, `""` at the script's end, or a failure. */
  next(result: Result): Step | string;
  /** The state that follows. */
  after(): LinkState;
}

/**
 * What a cloud wants next on the way to its plan. One of `toSign`, `request` and `toKeep` with `then`, which gets what was asked for; or a plan; or it cannot go
 * on. None of these: what was to be done is done.
 */
export interface Authorization {
  /** Key and message of an HMAC; `then` gets it as lower-case hex. */
  toSign?: [string, string];
  /** `then` gets the reply's body. */
  request?: HttpRequest;
  /** Text for flash: it is read back before `then` is called. */
  toKeep?: string;
  then?(reply: string): Authorization;
  plan?: ConnectPlan;
  /** `name: detail` of a failure. */
  error?: string;
}

/** The cold module `cloud`. */
export interface CloudModule {
  /** `kept`: what was to be kept last, over restarts; `""`: nothing, or what a power cut left of it. `random`: up to six digits, others each time. */
  authorize(who: Who, kept: string, random: string): Authorization;
}

/** The cold module `hash`: HMAC (RFC 2104) with the product's digest, in slices short enough for the UART's queue. */
export interface HashModule {
  /** Texts of one character per byte. */
  begin(key: string, message: string): void;
  /** Works for at most 8 M instructions: `""`, or at last the result in lower-case hex. */
  step(): string;
}

export interface Retry {
  startAt: LinkState;
  rung: Rung;
  delayMs: number;
}

/** The cold module `why`: what to say and to do after a failure. */
export interface WhyModule {
  /** `failures` in a row, this one included; `random`: 0 <= x < 1. */
  next(failed: LinkState, name: DeviceErrorName, failures: number, random: number): Retry;
  explain(name: DeviceErrorName, detail: string): string;
}
