/** One device run against an emulated cloud, in real time: firmware on a board in Node or on the genuine interpreter, an emulated module, an operator. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Identity, LinkKind } from "../../src/api/config.ts";
import type { ClientCertificate } from "../broker/certificates.ts";
import { startOperator } from "../broker/operator.ts";
import type { Operator } from "../broker/operator.ts";
import { Modem } from "../modules/modem.ts";
import type { ModemOptions } from "../modules/options.ts";
import type { Cloud, RunningCloud } from "../clouds/index.ts";
import { RealClock } from "../time/clock.ts";
import { makeHost } from "../rig/hosts.ts";
import { Progress } from "./progress.ts";
import { brokerText, moduleText, withoutSecrets } from "./telling.ts";
import { nextPackage, Update, withOtaKey } from "./update.ts";
import type { UpdateOutcome } from "./update.ts";
import { shortened, Timeline } from "./timeline.ts";
import type { Who } from "./timeline.ts";

export interface RunOptions {
  model: ModemOptions["model"];
  /** Default: the product's, else the 4G module. */
  link?: LinkKind;
  cloud: Cloud;
  /** The user's product and identity as read from their files; absent: the run's own. */
  product?: Record<string, unknown>;
  identity?: Identity;
  /** One of the cloud's modes; absent: the product's, else the cloud's first. */
  auth?: string;
  /** The identity's client certificate and key, PEM: the emulated broker then asks for one. */
  client?: ClientCertificate;
  /** Shows the AT lines both ways. */
  trace: boolean;
  /** An update of the product is prepared, for `update()`. */
  ota?: boolean;
  /** The interpreter's Linux binary; absent: Node. */
  interpreter?: string;
  write(line: string): void;
}

export interface Run {
  progress: Progress;
  /** To the device's `down` topic. */
  command(text: string): Promise<void>;
  /** Pushes the next version, and waits until the device runs it. `limitMs`: how long. Only with `ota`, and once the device is online. */
  update(limitMs: number): Promise<UpdateOutcome>;
  /** A message for the module's control port. */
  control(message: unknown): void;
  /** Ends everything. May be called twice. */
  close(): Promise<void>;
}

/** Names the device, where its identity does not: over Wi-Fi there is no IMEI. Those of the user come first. */
const WIFI_IDENTITY = { deviceName: "demo-device", wifi: { ssid: "demo", password: "demo-password" } };
const DEFAULT_PRODUCT = { name: "demo", version: "1.0.0", board: "linux", app: { telemetryS: 30 } };

/** @throws {ConfigError} about product and identity. */
export async function startRun(options: RunOptions): Promise<Run> {
  const clock = new RealClock();
  const timeline = new Timeline(() => clock.now(), options.write);
  const progress = new Progress(() => clock.now());
  const closing: (() => Promise<void> | void)[] = [];
  let operator: Operator | null = null;
  let pending: Update | null = null;
  /** Topic base of the device, known from its first message. */
  let base = "";

  function tell(who: Who, text: string): void {
    if (text) timeline.add(who, text);
  }

  async function close(): Promise<void> {
    for (const end of closing.splice(0).reverse()) await end();
  }

  try {
    const folder = mkdtempSync(join(tmpdir(), "espruino-cellular-"));
    closing.push(() => rmSync(folder, { recursive: true, force: true }));

    const wanted: Record<string, unknown> = options.product ?? DEFAULT_PRODUCT;
    const section = (wanted["cloud"] ?? {}) as { host?: string; port?: number; tls?: object };
    const link = options.link ?? (wanted["link"] as LinkKind | LinkKind[] | undefined) ?? "cellular";
    const overWifi = [link].flat().includes("wifi");
    const cloud = await options.cloud.start({
      tls: options.product === undefined || section.tls !== undefined,
      ...(section.host !== undefined && { host: section.host }),
      ...(section.port !== undefined && { port: section.port }),
      section: { ...section },
      ...(options.auth !== undefined && { auth: options.auth }),
      ...(options.identity && { identity: options.identity }),
      ...(options.client && { client: { kind: "trusted" as const, own: options.client } }),
      onEvent: (event) => {
        tell("broker", brokerText(event));
        if (overWifi) progress.brokerEvent(event);
        pending?.cloudEvent(event);
      },
    });
    closing.push(() => cloud.broker.close());
    timeline.add("broker", `${cloud.ca ? "TLS, a fresh authority" : "plain TCP"}, on 127.0.0.1:${cloud.broker.port}`);

    const modem = new Modem({ model: options.model, clock, network: { nitz: true }, resolve: (host, port) => cloud.resolve(host, port) });
    closing.push(() => modem.close());
    modem.on("event", (event) => {
      if (options.trace && event.ev == "command") timeline.add("board", `> ${String(event["command"])}`);
      tell("module", moduleText(event));
    });
    if (options.trace) traceModule(modem, timeline);
    progress.watch(modem);
    const unit = overWifi ? { ...WIFI_IDENTITY, ...cloud.identity } : cloud.identity;
    const identity = options.ota ? withOtaKey(unit) : unit;
    const product = { ...adapted(wanted, cloud, options.model, overWifi, options.interpreter !== undefined), link };

    for (const { name, pem } of [...(cloud.ca ? [cloud.ca] : []), ...(cloud.files ?? [])])
      writeFileSync(join(folder, name), pem, { mode: 0o600 });
    const host = await makeHost({
      clock,
      modem,
      folder,
      product,
      identity,
      resolve: (name, port) => cloud.resolve(name, port),
      ...(options.interpreter !== undefined && { interpreter: options.interpreter }),
      print: (line) => {
        progress.line(line);
        timeline.add("board", line);
      },
      onRestart: () => timeline.add("board", "restarts"),
      onFailure: (error) => progress.fail(`interpreter-failed: ${error.message}`),
    });
    closing.push(() => host.stop());

    operator = await startOperator({
      port: cloud.broker.port,
      ca: cloud.ca?.pem ?? null,
      ...cloud.operator,
      watch: watchFilter(cloud.product.topicBase),
      onMessage: (topic, payload) => {
        if (topic.endsWith("/down")) return;
        pending?.message(topic, payload);
        // Binary frames are the operator's own.
        if (topic.endsWith("_reply")) return;
        timeline.add("operator", `got ${topic}: ${shortened(payload)}`);
        if (base || !topic.endsWith("/up")) return;
        base = topic.slice(0, -"/up".length);
        void command('{"hello":"device"}');
      },
    });
    const connected = operator;
    closing.push(() => connected.close());
    if (options.ota)
      pending = new Update({
        ...{ cloud, operator, package: await nextPackage(product, identity, folder), now: () => clock.now() },
        tell: (text) => tell("operator", text),
      });
    host.boot();
  } catch (error) {
    await close();
    throw error;
  }

  async function command(text: string): Promise<void> {
    if (!base) return timeline.add("operator", "no device has published yet");
    timeline.add("operator", `sends ${base}/down: ${text}`);
    try {
      await operator?.publish(`${base}/down`, text);
    } catch (error) {
      timeline.add("operator", `could not send it: ${(error as Error).message}`);
    }
  }

  async function update(limitMs: number): Promise<UpdateOutcome> {
    if (!pending || !base) throw new Error("there is no update, or no device yet");
    return pending.push(base, limitMs);
  }

  return { progress, command, update, control: (message) => void progress.modem?.control(message), close };
}

/**
 * The user's product on this PC's board, with the emulated module and the emulated cloud's certificate. Over Wi-Fi the run's own product is content with
 * TLS that verifies nothing; and the interpreter, which asks the PC's name service, is told where the cloud really is.
 */
function adapted(
  product: Record<string, unknown>,
  cloud: RunningCloud,
  model: string,
  overWifi: boolean,
  onInterpreter: boolean,
): Record<string, unknown> {
  const section = (product["cloud"] ?? {}) as { tls?: object };
  const modem = { ...(product["modem"] as object | undefined), model };
  const tls = cloud.ca && { tls: { ...(overWifi && product == DEFAULT_PRODUCT && { insecure: true }), ...section.tls, ca: cloud.ca.name } };
  const place = overWifi && onInterpreter && { host: "127.0.0.1", port: cloud.broker.port };
  return { ...product, modem, cloud: { ...section, ...cloud.product, ...tls, ...place } };
}

/** Everything below the levels that are the same for all devices. */
function watchFilter(base: string): string {
  const levels = base.split("/");
  const first = levels.findIndex((level) => level.includes("{"));
  return [...levels.slice(0, first < 0 ? levels.length : first), "#"].join("/");
}

/** What the module sends, line by line, without what a cloud gives. An echo may hold a password: the command itself is shown already, without. */
function traceModule(modem: Modem, timeline: Timeline): void {
  let rest = "";
  modem.on("data", (bytes) => {
    const lines = (rest + bytes.toString("latin1")).split(/\r\n|\r|\n/);
    rest = lines.pop() ?? "";
    for (const line of lines)
      if (line && !/^AT/i.test(line)) timeline.add("module", `< ${shortened(Buffer.from(withoutSecrets(line), "latin1"))}`);
  });
}
