/** What a cloud knows of the device, and what it wants on the way to a connection. */
import type { Identity, Product } from "./config";
import type { DeviceInfo } from "./device";
import type { HttpRequest } from "./http";

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

/**
 * What a cloud wants next on the way to its plan. One of `toSign`, `request` and `toKeep` with `then`, which gets what was asked for; or a
 * plan; or it cannot go on. None of these: what was to be done is done.
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
  /**
   * `kept`: what was to be kept last, over restarts; `""`: nothing, or what a power cut left of it. `random`: up to
   * six digits, others each time.
   */
  authorize(who: Who, kept: string, random: string): Authorization;
}
