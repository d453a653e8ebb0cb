/**
 * The control port's language: JSON objects.
 *
 *     {"pin":"PWRKEY"|"RESET","level":0|1}     0 is pressed
 *     {"urc":"+CGEV: ..."}                     the module says this line
 *     {"get":"state"}                          answered by an event {"ev":"state",...}
 *     {"fault":NAME,...}                       one of FAULTS
 *     {"set":NAME,...}                         one of SETTINGS
 *
 * What is not understood is answered by {"ev":"error","message":...}.
 */
import type { Core, Personality } from "./core/core.ts";
import { noFaults } from "./core/faults.ts";
import type { Registration, SimState } from "./options.ts";

type Message = Record<string, unknown>;
type Action = (message: Message, core: Core, personality: Personality) => void;

/** The supply is away for so long in a power cycle, milliseconds. */
const POWER_CYCLE_MS = 1000;
const MAX_BODY = 100_000_000;

/** Faults. Those that last end with `restore`, a restart, or the loss of power. */
export const FAULTS: Record<string, { help: string; act: Action }> = {
  reboot: { help: "the module restarts by itself", act: (_, { power }) => power.reboot() },
  "power-off": { help: "the supply is cut; the power key starts the module again", act: (_, { power }) => power.off() },
  "power-cycle": {
    help: '"ms" (default 1000): the supply is cut, and the module starts when it is back',
    act: (message, { power }) => power.cycle(number(message, "ms", 0, 3_600_000, POWER_CYCLE_MS)),
  },
  drop: {
    help: '"client" (default all): the connection is gone, the broker gets no DISCONNECT',
    act: (message, _, personality) => personality.drop("client" in message ? number(message, "client", 0, 5) : null),
  },
  "pdp-deact": {
    help: '"cid" (default: the one that carries the data): the network deactivates a context',
    act: (message, _, personality) => personality.deactivateByNetwork("cid" in message ? number(message, "cid", 1, 16) : null),
  },
  silent: { help: "nothing is answered, nothing is said", act: (_, { faults }) => void (faults.silent = true) },
  "stall-publish": { help: "publishes do not reach the broker, all else works", act: (_, { faults }) => void (faults.stallPublish = true) },
  hang: { help: "the broker neither hears nor says anything, the connection stays", act: (_, { faults }) => void (faults.hang = true) },
  late: {
    help: '"ms": the next answer comes so much later',
    act: (message, { faults }) => void (faults.lateMs = number(message, "ms", 0, 600_000)),
  },
  "lose-answer": { help: "the next answer is lost, its command is carried out", act: (_, { faults }) => void (faults.loseAnswer = true) },
  "lose-prompt": { help: "the next data prompt is lost, data mode is there", act: (_, { faults }) => void (faults.losePrompt = true) },
  "lose-upload": {
    help: '"bytes": uploads from now on lose so many bytes',
    act: (message, { faults }) => void (faults.uploadLoss = number(message, "bytes", 0, 1_000_000)),
  },
  "open-fails": {
    help: '"result" (default -1), "count" (default 1): the next QMTOPENs end with this result, the next MIPSTARTs with CONNECT FAIL',
    act: (message, { faults }) => void faults.openResults.push(...repeated(message, number(message, "result", -1, 5, -1))),
  },
  "http-fails": {
    help: '"result" (701..730 of an EC20, 600..606 of an Air module), "count" (default 1): the next HTTP transactions end like this',
    act: (message, { faults }) => void faults.httpResults.push(...repeated(message, number(message, "result", 600, 730))),
  },
  "http-status": {
    help: '"status", "count" (default 1): the next HTTP responses have this status, whatever the server says',
    act: (message, { faults }) => void faults.httpStatuses.push(...repeated(message, number(message, "status", 100, 599))),
  },
  "http-cut": {
    help: '"bytes", "count" (default 1): the connections of the next HTTP responses are gone after so many bytes of the body',
    act: (message, { faults }) => void faults.httpCuts.push(...repeated(message, { bytes: number(message, "bytes", 0, MAX_BODY) })),
  },
  "http-pause": {
    help: '"bytes", "ms", "count" (default 1): the next HTTP bodies pause after so many bytes',
    act(message, { faults }) {
      const pause = { bytes: number(message, "bytes", 0, MAX_BODY), ms: number(message, "ms", 0, 3_600_000) };
      faults.httpPauses.push(...repeated(message, pause));
    },
  },
  "sim-removed": {
    help: "the card is pulled out",
    act(_, core, personality) {
      core.sim.state = "missing";
      personality.simChanged();
    },
  },
  restore: { help: "every lasting fault ends", act: (_, { faults }) => void Object.assign(faults, noFaults()) },
};

/** Settings. They stay until they are set again. */
export const SETTINGS: Record<string, { help: string; act: Action }> = {
  signal: { help: '"rssi" 0..31 or 99', act: (message, { settings }) => void (settings.network.rssi = number(message, "rssi", 0, 99)) },
  registration: {
    help: '"state": idle, home, searching, denied, unknown, roaming',
    act: (message, { radio }) =>
      radio.setNetwork(oneOf<Registration>(message, "state", ["idle", "home", "searching", "denied", "unknown", "roaming"])),
  },
  sim: {
    help: '"state": ready, missing, pin, puk',
    act(message, core, personality) {
      core.sim.state = oneOf<SimState>(message, "state", ["ready", "missing", "pin", "puk"]);
      personality.simChanged();
    },
  },
  apn: {
    help: '"apn": the one that is accepted, null for every one',
    act: (message, { settings }) => void (settings.network.apn = textOrNull(message, "apn")),
  },
  operator: { help: '"name"', act: (message, { settings }) => void (settings.network.operator = text(message, "name")) },
  clock: {
    help: '"time": Unix seconds, UTC',
    act: (message, { rtc }) => rtc.set(number(message, "time", 0, 4_102_444_800) * 1000, rtc.zone),
  },
  nitz: {
    help: '"on": whether the network gives the time at its next registration',
    act: (message, { settings }) => void (settings.network.nitz = flag(message, "on")),
  },
  noise: { help: '"on"', act: (message, { settings }) => void (settings.noise = flag(message, "on")) },
  chunk: {
    help: '"bytes": largest piece of output, 0 for whole bursts',
    act: (message, { settings }) => void (settings.chunk = number(message, "bytes", 0, 65_536)),
  },
  latency: {
    help: '"scale": 1 is real, 0 at once',
    act: (message, { settings }) => void (settings.latencyScale = number(message, "scale", 0, 100)),
  },
  urcport: {
    help: '"port": uart1, usbat, usbmodem (EC20)',
    act(message, _, personality) {
      if (!personality.setUrcPort) throw new ControlError('"urcport" is nothing that this model has');
      personality.setUrcPort(oneOf(message, "port", ["uart1", "usbat", "usbmodem"]));
    },
  },
};

/** Carries out one message. Mistakes become an event, they never throw. */
export function applyControl(message: unknown, core: Core, personality: Personality): void {
  try {
    apply(message, core, personality);
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    core.emit({ ev: "error", message: error.message });
  }
}

class ControlError extends Error {}

function apply(message: unknown, core: Core, personality: Personality): void {
  if (typeof message !== "object" || message === null || Array.isArray(message)) throw new ControlError("a message is a JSON object");
  const m = message as Message;
  if ("pin" in m) {
    core.power.setPin(oneOf(m, "pin", ["PWRKEY", "RESET"]), number(m, "level", 0, 1) as 0 | 1);
  } else if ("urc" in m) core.port.urc(text(m, "urc"));
  else if ("get" in m) {
    oneOf(m, "get", ["state"]);
    core.emit({ ev: "state", ...stateOf(core) });
  } else if ("fault" in m) named(m, "fault", FAULTS)(m, core, personality);
  else if ("set" in m) named(m, "set", SETTINGS)(m, core, personality);
  else throw new ControlError('one of "pin", "urc", "get", "fault", "set" is missing');
  if ("fault" in m || "set" in m) core.emit({ ev: "control", ...m });
}

function stateOf({ power, sim, radio, uart, faults, rtc }: Core): Message {
  const contexts = [...radio.contexts].filter(([, { active }]) => active).map(([cid]) => cid);
  return {
    power: power.state,
    status: power.status,
    sim: sim.state,
    registration: radio.registration,
    rssi: radio.rssi,
    contexts,
    baud: uart.baud,
    clock: rtc.cclk,
    faults: { ...faults },
  };
}

function named(message: Message, key: string, table: Record<string, { act: Action }>): Action {
  return (table[oneOf(message, key, Object.keys(table))] as { act: Action }).act;
}

function oneOf<T extends string>(message: Message, key: string, values: readonly T[]): T {
  if (!values.includes(message[key] as T))
    throw new ControlError(`"${key}" is ${JSON.stringify(message[key])}, must be one of: ${values.join(", ")}`);
  return message[key] as T;
}

function number(message: Message, key: string, min: number, max: number, fallback?: number): number {
  const value = message[key] ?? fallback;
  if (typeof value !== "number" || !(value >= min && value <= max))
    throw new ControlError(`"${key}" is ${JSON.stringify(value)}, must be a number from ${min} to ${max}`);
  return value;
}

/** `what`, "count" times. */
function repeated<T>(message: Message, what: T): T[] {
  return Array.from({ length: number(message, "count", 1, 1000, 1) }, () => what);
}

function text(message: Message, key: string): string {
  const value = message[key];
  if (typeof value !== "string") throw new ControlError(`"${key}" is ${JSON.stringify(value)}, must be a string`);
  return value;
}

function textOrNull(message: Message, key: string): string | null {
  return message[key] === null ? null : text(message, key);
}

function flag(message: Message, key: string): boolean {
  if (typeof message[key] !== "boolean") throw new ControlError(`"${key}" is ${JSON.stringify(message[key])}, must be true or false`);
  return message[key];
}
