/**
 * A rig on the genuine interpreter, in real time: the image as it is built, an emulated module on a
 * pseudo-terminal, an emulated cloud with TLS.
 */
import { createRig } from "../rig/rig.ts";
import type { InterpreterRig, RigOptions } from "../rig/rig.ts";
import { RealClock } from "../time/clock.ts";
import { BENCH } from "./subject.ts";

export interface DeviceOptions extends Pick<RigOptions, "cloud" | "hashes" | "app" | "pretokenise" | "change"> {
  /** The interpreter's Linux binary. */
  binary: string;
  /** What it is run by (see `InterpreterOptions`). */
  runner?: readonly string[];
  /** Over the interpreter's own network instead of the module, to a broker without TLS. */
  overWifi?: boolean;
  /** 1: the module takes as long as a real one; 0: it answers at once. */
  latencyScale?: number;
}

export interface BenchDevice {
  /** What the firmware printed. */
  lines: string[];
  modem: InterpreterRig["modem"];
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
  api: unknown;
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
  const { binary, runner, overWifi, latencyScale = 0, cloud = BENCH.cloud, hashes, app, pretokenise, change } = options;
  const rig: InterpreterRig = await createRig({
    ...{ name: "bench", clock: new RealClock(), cloud },
    board: { interpreter: binary, ...(runner && { runner }) },
    modem: { model: BENCH.model, network: { nitz: true, registerMs: 0 }, latencyScale },
    product: { app: { telemetryS: 3600 }, ...(overWifi && { cloud: { tls: null } }) },
    ...(overWifi && { link: "wifi", identity: { wifi: undefined } }),
    ...(hashes && { hashes }),
    ...(app !== undefined && { app }),
    ...(pretokenise !== undefined && { pretokenise }),
    ...(change && { change }),
    on: { restart: () => rig.lines.push("restarted") },
  });
  rig.board.boot();
  const { lines } = rig;
  const type = (text: string): void => rig.board.type(SILENT + text);
  const line = async (pattern: RegExp, ms: number, from = 0): Promise<string> => {
    const find = (): string | undefined => lines.slice(from).find((one) => pattern.test(one));
    await rig.until(() => find() !== undefined, ms, `a line like ${String(pattern)}`);
    return find() as string;
  };
  return {
    ...{ lines, type, line, modem: rig.modem, api: rig.cloud.api, until: rig.until },
    get received() {
      return rig.received.map(({ payload }) => payload);
    },
    kick: () => rig.broker.kick(),
    send: (payload) => rig.operator.publish(rig.topic("down"), payload),
    ask: async (expression) => {
      const from = lines.length;
      const ask = (): void => type(`print("${MARK}"+(${expression}))`);
      // While the interpreter computes, its Linux port may lose what is typed.
      const again = setInterval(ask, AGAIN_MS);
      ask();
      try {
        const answer = await line(new RegExp(MARK), ANSWER_MS, from);
        return answer.slice(answer.indexOf(MARK) + MARK.length);
      } finally {
        clearInterval(again);
      }
    },
    close: () => rig.close(),
  };
}
