/** The update of one run: the next version of its product, pushed by its cloud once the device is online. */
import { randomBytes } from "node:crypto";
import type { Identity } from "../../src/api/config.ts";
import { ConfigError } from "../project/mistakes.ts";
import type { CloudEvent } from "../clouds/shared/events.ts";
import type { Operator } from "../broker/operator.ts";
import { makePackage } from "../update/package.ts";
import type { Package } from "../update/format.ts";
import { isOfUpdate, packetBytes } from "../update/traffic.ts";
import type { RunningCloud, RunningUpdate } from "../clouds/types.ts";

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
  operator: Pick<Operator, "publish">;
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
  private bytes = 0;
  private isRunning = false;
  private running: RunningUpdate | null = null;

  constructor(private readonly options: UpdateOptions) {}

  /** `base`: of the device's topics. Resolves when the device runs the new version, or says that it does not. @throws {Error} of a cloud without updates. */
  async push(base: string, limitMs: number): Promise<UpdateOutcome> {
    const { now, package: pushed, cloud, operator, tell } = this.options;
    const { version } = pushed.manifest;
    if (!cloud.update) throw new Error("this cloud has no updates");
    const startedMs = now();
    tell(`pushes version ${version}, ${pushed.data.length} bytes`);
    this.isRunning = true;
    this.running = cloud.update({
      ...{ software: { version, data: pushed.data }, base, tell },
      send: (topic, payload, qos) => void operator.publish(topic, payload, qos).catch(() => {}),
    });
    const { promise: late, cancel } = after(limitMs, `timeout: version ${version} was not reported within ${limitMs / 1000} s`);
    const reason = await Promise.race([this.running.over, late]);
    cancel();
    this.isRunning = false;
    this.running = null;
    return reason ? { reason } : { version, ms: Math.round(now() - startedMs), bytes: this.bytes };
  }

  /** A message that the operator saw. */
  message(topic: string, payload: Buffer): void {
    this.running?.message(topic, payload);
  }

  cloudEvent(event: CloudEvent): void {
    if (this.isRunning && (event.ev == "publish" || event.ev == "answer") && isOfUpdate(event.topic)) this.bytes += packetBytes(event);
  }
}

function after(ms: number, text: string): { promise: Promise<string>; cancel(): void } {
  let timer: NodeJS.Timeout;
  const promise = new Promise<string>((resolve) => (timer = setTimeout(() => resolve(text), ms)));
  return { promise, cancel: () => clearTimeout(timer) };
}
