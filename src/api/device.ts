/** What an application sees. The same on every board, module, link and cloud. */

/** Every way a device can fail, as fine as the module reports it. */
export type DeviceErrorName =
  | "sim-missing"
  | "sim-pin"
  | "sim-puk"
  | "no-signal"
  | "registration-denied"
  | "apn-refused"
  | "dns-failed"
  | "connect-failed"
  | "tls-failed"
  | "client-id-refused"
  | "credentials-refused"
  | "broker-unavailable"
  | "connection-lost"
  | "module-rebooted"
  | "module-silent"
  | "payload-refused"
  | "queue-full"
  | "http-status"
  | "signature-refused"
  | "registration-off"
  | "already-registered"
  | "storage-failed"
  | "reply-malformed"
  | "timeout";

export interface DeviceError {
  name: DeviceErrorName;
  /** What happened, the likely causes and what to check; never a secret. */
  message: string;
}

export type Done = (error: DeviceError | null) => void;
/** `payload`: one character per byte (0 to 255), whatever the bytes are. */
export type OnMessage = (payload: string, topic: string) => void;
export type Cancel = () => void;
export type Qos = 0 | 1;

export interface PublishOptions {
  qos?: Qos;
  retain?: boolean;
}

export interface DeviceInfo {
  imei: string;
  iccid: string;
  imsi: string;
  model: string;
  firmware: string;
  /** dBm, `null` while unknown. */
  rssiDbm: number | null;
  state: string;
}

export interface Device {
  /**
   * Queues a message (at most 8 wait; then `queue-full`). It survives a lost connection.
   * A string is sent one byte per character; use UTF-8 bytes for text above 0x7F.
   * QoS 1 calls `done` when the broker acknowledged, QoS 0 when the module took it.
   */
  publish(topic: string, payload: string | Uint8Array, options?: PublishOptions, done?: Done): void;
  /** Remembered, and subscribed again after every reconnect. `topic` may hold the wildcards `+` and `#`. */
  subscribe(topic: string, qos: Qos, onMessage: OnMessage): void;
  /** Ends all subscriptions with exactly this `topic`. */
  unsubscribe(topic: string): void;
  on(event: "online" | "offline", listener: () => void): void;
  every(seconds: number, fn: () => void): Cancel;
  after(seconds: number, fn: () => void): Cancel;
  /** Unix seconds, `null` while the clock is unknown. */
  now(): number | null;
  /** Sets that clock, in Unix seconds: for whoever knows the time where the network does not tell it. */
  setTime(seconds: number): void;
  info(): DeviceInfo;
  /** The product's `app` section. */
  config: unknown;
  log(text: string): void;
  /** Says good-bye to the broker and restarts the board. */
  restart(): void;
}

/** What an application's module exports. */
export interface Application {
  /** Read before an update is confirmed. */
  health?(): boolean;
}
