/** The update of one run: the next version of its product, pushed by its cloud once the device is online. */
import { randomBytes } from "node:crypto";
import { generate } from "mqtt-packet";
import type { Identity } from "../../src/api/config.ts";
import { ConfigError } from "../config/validate.ts";
import type { AliyunApi } from "../clouds/aliyun/api.ts";
import type { CloudEvent } from "../clouds/events.ts";
import type { Operator } from "../broker/operator.ts";
import { makePackage } from "../update/package.ts";
import type { Package } from "../update/format.ts";
import { UpdateServer } from "../update/server.ts";
import type { UpdateEvent } from "../update/server.ts";
import type { RunningCloud } from "../clouds/index.ts";

export interface UpdateDone {
  version: string;
  /** From the push to the device's report. */
  ms: number;
  /** MQTT packets of the update, both ways; without TCP and TLS. */
  bytes: number;
}

export type UpdateOutcome = UpdateDone | { reason: string };

export interface UpdateOptions {
  cloud: RunningCloud;
  operator: Operator;
  package: Package;
  now(): number;
  tell(text: string): void;
}

/** The fleet's key, unless the user's identity has one. */
export function withOtaKey(identity: Identity): Identity {
  return { otaKey: randomBytes(24).toString("hex"), ...identity };
}

/** The application alone, as version 2. `directory`: of the product's CA file. @throws {ConfigError} about the version. */
export function nextPackage(product: Record<string, unknown>, identity: Identity, directory: string): Promise<Package> {
  const version = nextVersion(product["version"]);
  return makePackage({ product, identity, directory, version, board: "linux" });
}

/** `1.0.0` is followed by `1.0.1`. @throws {ConfigError} */
export function nextVersion(version: unknown): string {
  const [, front, last] = /^((?:\d+\.)*)(\d+)$/.exec(String(version)) ?? [];
  if (front === undefined)
    throw new ConfigError(`product: version: "${String(version)}" is not numbers with dots between them; --ota makes the next one`);
  return `${front}${Number(last) + 1}`;
}

export class Update {
  private startedMs = 0;
  private bytes = 0;
  private isRunning = false;
  private server: UpdateServer | null = null;
  private job = 0;
  private finish: (outcome: UpdateOutcome) => void = () => {};

  constructor(private readonly options: UpdateOptions) {}

  /** `base`: of the device's topics. Resolves when the device runs the new version, or says that it does not. */
  async push(base: string, limitMs: number): Promise<UpdateOutcome> {
    const { now, package: pushed, tell } = this.options;
    const { version } = pushed.manifest;
    this.startedMs = now();
    this.isRunning = true;
    tell(`pushes version ${version}, ${pushed.data.length} bytes`);
    const over = new Promise<UpdateOutcome>((resolve) => (this.finish = resolve));
    const timer = setTimeout(
      () => this.finish({ reason: `timeout: version ${version} was not reported within ${limitMs / 1000} s` }),
      limitMs,
    );
    if (this.options.cloud.api) this.pushByPlatform(this.options.cloud.api as AliyunApi);
    else this.serve(base);
    const outcome = await over;
    clearTimeout(timer);
    this.isRunning = false;
    return outcome;
  }

  /** A message that the operator saw. */
  message(topic: string, payload: Buffer): void {
    this.server?.message(topic, payload);
  }

  cloudEvent(event: CloudEvent): void {
    if (!this.isRunning) return;
    if ((event.ev == "publish" || event.ev == "answer") && isOfUpdate(event.topic)) this.bytes += packetBytes(event);
    if (event.ev != "job" || event.job != this.job) return;
    if (event.status == "succeeded") this.succeed();
    if (event.status == "failed") this.finish({ reason: this.platformFailure() });
  }

  private serve(base: string): void {
    const { operator, tell } = this.options;
    this.server = new UpdateServer({
      package: this.options.package,
      // What does not arrive is asked for again.
      send: (topic, payload, qos) => void operator.publish(topic, payload, qos).catch(() => {}),
      onEvent: (event) => {
        tell(serverText(event));
        if (event.ev == "succeeded") this.succeed();
        if (event.ev == "failed") this.finish({ reason: event.reason });
      },
    });
    this.server.offer(base);
  }

  /** The platform has one product and one device. */
  private pushByPlatform(api: AliyunApi): void {
    const { manifest, data } = this.options.package;
    const [product] = api.products();
    const { productKey } = product as { productKey: string };
    const [deviceName = ""] = api.devices(productKey);
    const job = api.update({ productKey, deviceName }, { version: manifest.version, content: data, transport: "mqtt" });
    this.job = job.id;
  }

  private platformFailure(): string {
    const { step, description } = (this.options.cloud.api as AliyunApi).job(this.job);
    return `update-failed: step ${step}: ${description || "no reason given"}`;
  }

  private succeed(): void {
    const { now, package: pushed } = this.options;
    this.finish({ version: pushed.manifest.version, ms: Math.round(now() - this.startedMs), bytes: this.bytes });
  }
}

export function isOfUpdate(topic: string): boolean {
  return /\/ota\/|\/thing\/file\//.test(topic);
}

/** Of a PUBLISH, and of the PUBACK that answers it (MQTT 3.1.1, 3.3 and 3.4). */
export function packetBytes({ topic, payload, qos }: { topic: string; payload: Buffer; qos: number }): number {
  const isAcknowledged = qos > 0;
  const packet = generate({
    ...{ cmd: "publish", topic, payload, qos: isAcknowledged ? 1 : 0, dup: false, retain: false },
    ...(isAcknowledged && { messageId: 1 }),
  } as Parameters<typeof generate>[0]);
  return packet.length + (isAcknowledged ? 4 : 0);
}

/** What the timeline does not tell already. */
function serverText(event: UpdateEvent): string {
  if (event.ev == "block") return `sends the block up to byte ${event.bytes} of ${event.of}`;
  return event.ev == "rejected" ? `rejects ${event.topic}: ${event.reason}` : "";
}
