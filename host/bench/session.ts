/** One way from the power key to the first publish that the broker acknowledged, in Node and in virtual time: what was said, and who was waited for. */
import { createRig } from "../rig/rig.ts";
import type { Rig } from "../rig/rig.ts";
import { moduleNamed } from "../modules/find.ts";
import type { ModelName } from "../modules/find.ts";
import type { CommandNotes } from "../modules/types.ts";

/** A command and what the module made of it. Times are milliseconds of virtual time. */
export interface Exchange {
  /** The link's state that it belongs to. */
  state: string;
  /** Without secrets; what differs from run to run is a word in angle brackets. */
  command: string;
  sentMs: number;
  endMs: number;
  /** The final result, or the line that came after it and says how it went. */
  answer: string;
}

export interface Session {
  exchanges: Exchange[];
  /** The module says that it is ready; its SIM is; it is registered; the publish is acknowledged. */
  readyMs: number;
  simMs: number;
  registeredMs: number;
  acknowledgedMs: number;
}

const LIMIT_MS = 300_000;
/** The default product on a broker with TLS, and a network that takes no time. */
export async function recordSession(model: ModelName): Promise<Session> {
  const rig = await createRig({ modem: { model, network: { nitz: true, registerMs: 0 } } });
  try {
    return await record(rig, await moduleNamed(model).notes());
  } finally {
    await rig.close();
  }
}

async function record(rig: Rig, notes: CommandNotes): Promise<Session> {
  const session: Session = { exchanges: [], readyMs: 0, simMs: 0, registeredMs: 0, acknowledgedMs: 0 };
  rig.modem.on("event", (event) => {
    const now = rig.clock.now();
    const last = session.exchanges.at(-1);
    if (event.ev == "ready") session.readyMs ||= now;
    if (event.ev == "registration" && event["registration"] == "home") session.registeredMs ||= now;
    if (event.ev == "published" && event["ok"] === true) session.acknowledgedMs ||= now;
    if (event.ev == "command") {
      const command = masked(rig, String(event["command"]));
      session.exchanges.push({ state: stateOf(rig), command, sentMs: now, endMs: now, answer: "" });
    } else if (event.ev == "result" && last) Object.assign(last, { endMs: now, answer: String(event["result"] ?? "") });
    else if (event.ev == "urc") {
      const urc = String(event["urc"]);
      if (urc == "+CPIN: READY") session.simMs ||= now;
      if (last && isResultOf(last.command, urc, notes)) Object.assign(last, { endMs: now, answer: masked(rig, urc) });
    }
  });
  rig.board.boot();
  if (!(await rig.clock.run(() => session.acknowledgedMs > 0, LIMIT_MS)))
    throw new Error(`no publish was acknowledged within ${LIMIT_MS} ms; the last lines:\n${rig.lines.slice(-5).join("\n")}`);
  return session;
}

function stateOf(rig: Rig): string {
  const line = rig.lines.findLast((one) => one.startsWith("link: ") && one.includes(" -> "));
  return /-> (\S+)/.exec(line ?? "")?.[1] ?? "";
}

function isResultOf(command: string, urc: string, { late }: CommandNotes): boolean {
  return command.split(";").some((part) => {
    const beginning = late[nameOf(part)];
    return beginning !== undefined && urc.startsWith(beginning);
  });
}

/** `QMTCFG` of `AT+QMTCFG="ssl",0,1,2`. */
export function nameOf(command: string): string {
  return /^(?:AT)?[+&]?([A-Z]*)/.exec(command)?.[1] ?? "";
}

/** The broker's port, the certificate's checksum and its size are new each time. */
function masked(rig: Rig, text: string): string {
  return text
    .replace(`,${rig.broker.port}`, ",<port>")
    .replace(/ca[0-9a-f]+\.pem/g, "ca<checksum>.pem")
    .replace(/(\.pem",(?:0,)?)\d+/, "$1<bytes>");
}

/**
 * Milliseconds from the ready sign to the acknowledgement in which the module owed something: the answer to a command or its late result, its SIM, its
 * registration. The rest is the board's: waiting, thinking, and bytes on the wire.
 */
export function owedMs(session: Session): number {
  const { readyMs, acknowledgedMs } = session;
  const owed = session.exchanges.map(({ sentMs, endMs }) => [sentMs, endMs] as const);
  const spans = [...owed, [readyMs, session.simMs] as const, [readyMs, session.registeredMs] as const];
  let covered = readyMs;
  let sum = 0;
  for (const [from, to] of spans.sort((a, b) => a[0] - b[0])) {
    const start = Math.max(from, covered);
    const end = Math.min(to, acknowledgedMs);
    if (end > start) sum += end - start;
    covered = Math.max(covered, end);
  }
  return sum;
}
