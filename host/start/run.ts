/** One device run against an emulated cloud, in real time, and told on a timeline. */
import { hideGivenSecrets } from "../clouds/find.ts";
import type { Modem } from "../modules/modem.ts";
import type { LinkKind } from "../../src/api/config.ts";
import { isOverWifi } from "../rig/product.ts";
import { createRig } from "../rig/rig.ts";
import type { InterpreterChoice, RealRigOptions } from "../rig/rig.ts";
import { RealClock } from "../time/clock.ts";
import { Progress } from "./progress.ts";
import { brokerText, moduleText } from "./telling.ts";
import { shortened, Timeline } from "./timeline.ts";
import type { Who } from "./timeline.ts";
import { nextPackage, Update, withOtaKey } from "./update.ts";
import type { UpdateOutcome } from "./update.ts";

export interface RunOptions extends Pick<RealRigOptions, "cloud" | "link" | "auth"> {
  model: string;
  /** The user's product and identity as read from their files; what is absent is the run's own. */
  user: NonNullable<RealRigOptions["user"]>;
  /** Shows the AT lines both ways. */
  trace: boolean;
  /** An update of the product is prepared, for `update()`. */
  ota?: boolean;
  /** Default: a board in Node. */
  board?: InterpreterChoice;
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

const NAME = "demo";
/** Of the run's own product. */
const APP = { telemetryS: 30 };

/** @throws {ConfigError} about product and identity. */
export async function startRun(options: RunOptions): Promise<Run> {
  const { user, model, trace, ota, board, write } = options;
  const clock = new RealClock();
  const timeline = new Timeline(() => clock.now(), write);
  const progress = new Progress(() => clock.now());
  const overWifi = isOverWifi(options.link ?? (user.product?.["link"] as LinkKind | LinkKind[] | undefined) ?? "cellular");
  let pending: Update | null = null;
  /** Topic base of the device, known from its first message. */
  let base = "";

  function tell(who: Who, text: string): void {
    if (text) timeline.add(who, text);
  }

  const rig = await createRig({
    name: NAME,
    clock,
    user,
    modem: { model, network: { nitz: true } },
    ...(options.cloud !== undefined && { cloud: options.cloud }),
    ...(options.link !== undefined && { link: options.link }),
    ...(options.auth !== undefined && { auth: options.auth }),
    ...(board && { board }),
    ...(!user.product && { product: { app: APP } }),
    ...(ota && !user.identity?.otaKey && { identity: withOtaKey({}) }),
    seed: Date.now(),
    operator: {
      watch: watchFilter,
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
    },
    on: {
      cloud: ({ ca, broker }) => timeline.add("broker", `${ca ? "TLS, a fresh authority" : "plain TCP"}, on 127.0.0.1:${broker.port}`),
      cloudEvent(event) {
        tell("broker", brokerText(event));
        if (overWifi) progress.brokerEvent(event);
        pending?.cloudEvent(event);
      },
      modem(modem) {
        modem.on("event", (event) => {
          if (trace && event.ev == "command") timeline.add("board", `> ${String(event["command"])}`);
          tell("module", moduleText(event));
        });
        if (trace) traceModule(modem, timeline);
        progress.watch(modem);
      },
      line(line) {
        progress.line(line);
        // Variables are counted by the interpreter alone.
        timeline.add("board", !board && line.startsWith("online: 0/") ? "online" : line);
      },
      restart: () => timeline.add("board", "restarts"),
      failure: (error) => progress.fail(`interpreter-failed: ${error.message}`),
    },
  });

  try {
    if (ota)
      pending = new Update({
        ...{ cloud: rig.cloud, operator: rig.operator, package: await nextPackage(rig.product, rig.identity, rig.folder) },
        now: () => clock.now(),
        tell: (text) => tell("operator", text),
      });
    rig.board.boot();
  } catch (error) {
    await rig.close();
    throw error;
  }

  async function command(text: string): Promise<void> {
    if (!base) return timeline.add("operator", "no device has published yet");
    timeline.add("operator", `sends ${base}/down: ${text}`);
    try {
      await rig.operator.publish(`${base}/down`, text);
    } catch (error) {
      timeline.add("operator", `could not send it: ${(error as Error).message}`);
    }
  }

  async function update(limitMs: number): Promise<UpdateOutcome> {
    if (!pending || !base) throw new Error("there is no update, or no device yet");
    return pending.push(base, limitMs);
  }

  return { progress, command, update, control: (message) => rig.modem.control(message), close: () => rig.close() };
}

/** Everything below the levels that are the same for all devices. */
function watchFilter(base: string): string {
  const levels = base.split("/");
  const first = levels.findIndex((level) => level.includes("{"));
  return [...levels.slice(0, first < 0 ? levels.length : first), "#"].join("/");
}

/**
 * What the module sends, line by line, without what a cloud gives. An echo may hold a password: the command
 * itself is shown already, without.
 */
function traceModule(modem: Modem, timeline: Timeline): void {
  let rest = "";
  modem.on("data", (bytes) => {
    const lines = (rest + bytes.toString("latin1")).split(/\r\n|\r|\n/);
    rest = lines.pop() ?? "";
    for (const line of lines)
      if (line && !/^AT/i.test(line)) timeline.add("module", `< ${shortened(Buffer.from(hideGivenSecrets(line), "latin1"))}`);
  });
}
