/**
 * The supervisor: from off to online and back, one state at a time. Every state ends: by its script, by its time limit, or by a
 * signal of the module. A failure waits, longer each time, and starts again further down the ladder.
 */
import type { Result } from "../api/command";
import type { Identity, Product } from "../api/config";
import type { DeviceErrorName, DeviceInfo } from "../api/device";
import type { BringUp, BringUpModule } from "../api/bringup";
import type { Channel } from "../api/channel";
import type { ConnectPlan } from "../api/cloud";
import type { BringUpState, LinkState, Path, Rung, Session, Signal, WhyModule } from "../api/link";
import type { Step } from "../api/script";
import type { World } from "../api/world";
import { HAS_CHOICE } from "#product";
import * as messages from "../outbox/messages";
import * as preference from "./preference";

/** A silent command is repeated this often before the module counts as silent. */
const SILENT_TRIES = 3;
/** Online this long, a link has proved itself: the ladder starts at its foot again. */
const PROVEN_MS = 60000;
/** The way out of a state whose script does not end: longer than any does (the slowest command takes 150 s). */
const SCRIPT_MS = 400000;
const SUBSCRIBE_MS = 90000;
/** A connection that is lost while it is made: so long its reason may follow. */
const LAST_WORD_MS = 1000;
/** Ends a slice: the UART is served before what follows. A timer that is due when the slice's functions have returned would still run in it (2 ms on a board). */
const BREATH_MS = 10;

let state: LinkState = "off";
let world: World;
let path: Path;
/** Where there is a choice. */
let other: Path;
let channel: Channel;
let info: DeviceInfo;
let tell: (event: "online" | "offline") => void;
let since = 0;
/** Counts states: what comes late from an earlier one is known by it. */
let epoch = 0;
let up: BringUp | null = null;
let scripts: BringUpModule;
let session: Session;
/** The last plan, if it may be used again. */
let ticket: ConnectPlan | null = null;
let failures = 0;
/** Where the next attempt starts, and how. */
let startAt: LinkState = "powering";
let rung: Rung = "mqtt";
let ready = false;
let silent = 0;
/** Ends the wait of the step in hand; 0 without one. */
let waitTimer = 0;
let wake: (() => void) | null = null;
/** Unix time minus `world.now()`, in milliseconds; `null` while unknown. */
let clock: number | null = null;

/** `thePath` is preferred to `theOther`, if there is one. */
export function init(
  theWorld: World,
  thePath: Path,
  theOther: Path | undefined,
  theInfo: DeviceInfo,
  theTell: (event: "online" | "offline") => void,
): void {
  world = theWorld;
  info = theInfo;
  tell = theTell;
  path = thePath;
  channel = path.channel;
  if (HAS_CHOICE) {
    other = theOther as Path;
    preference.init();
    listen(path);
    listen(other);
  } else channel.init(world, path.dialect, onSignal, messages.receive);
}

/** Of a path that is not taken nothing is news. */
function listen(one: Path): void {
  one.channel.init(
    world,
    one.dialect,
    (signal, rest) => {
      if (one == path) onSignal(signal, rest);
    },
    (topic, payload) => {
      if (one == path) messages.receive(topic, payload);
    },
  );
}

export function start(): void {
  newSession();
  enter("powering", "start");
  world.every(tick, channel.TICK_MS);
}

export function unixTime(): number | null {
  return clock === null ? null : Math.floor((world.now() + clock) / 1000);
}

export function setUnixTime(seconds: number): void {
  clock = seconds * 1000 - world.now();
}

/** A message that came while there is no session: what a cloud sends by itself. */
export function early(payload: string): void {
  if (!up || state != "connecting") return;
  up.pushed = payload;
  if (wake) wake();
}

/** Ends an established session, or the attempt to establish one; the next attempt is set. */
export function fail(name: DeviceErrorName, detail: string): void {
  const failed = state;
  if (failed == "waiting" || failed == "off") return;
  const proven = failed == "online" && world.now() - since > PROVEN_MS;
  failures = proven ? 1 : failures + 1;
  const restarted = name == "module-rebooted";
  const why = world.load("why") as WhyModule;
  // A connection that is made for what the cloud gives is part of authorizing.
  const isAuthorizing = up && up.plan && up.plan.awaited;
  const retry = why.next(isAuthorizing ? "authorizing" : failed, name, failures, world.random());
  const text = name + ": " + why.explain(name, detail);
  // At once: what is aborted may tell its owner why, and frees the module too.
  world.drop("why");
  if (up && name.endsWith("-refused")) up.plan = null as unknown as ConnectPlan;
  startAt = retry.startAt;
  rung = retry.rung;
  enter("waiting", name);
  channel.abort(restarted);
  if (startAt == "powering") newSession();
  messages.offline();
  if (failed == "online") tell("offline");
  world.log("error: " + text);
  world.log("link: next attempt in " + Math.round(retry.delayMs / 100) / 10 + " s (" + rung + ")");
  later(retry.delayMs, () => {
    if (HAS_CHOICE && preference.isHopeless(failures)) change(name);
    else if (rung == "board") world.restart();
    else enter(startAt, "retry " + failures);
  });
}

/** Goes on over the other path; what waits to be sent goes with it. */
function change(event: string): void {
  const left = path;
  const wasOnline = state == "online";
  preference.changed(world.now());
  state = "waiting";
  channel.abort(true);
  messages.offline();
  if (wasOnline) tell("offline");
  if (up) {
    up = null;
    world.drop(left.up);
  }
  path = other;
  other = left;
  channel = path.channel;
  messages.use(path);
  failures = 0;
  rung = "mqtt";
  newSession();
  enter("powering", event);
}

/** Back to the preferred path, if it is there: after a good-bye, so that there is one session at a time. */
function comeBack(): void {
  const here = epoch;

  function go(isThere: boolean): void {
    if (isThere && here == epoch) messages.disconnect(() => here == epoch && change("preferred"));
  }

  if (other.isThere) other.isThere(world, go);
  else go(true);
}

/** Looks at every deadline. */
function tick(): void {
  channel.tick();
  if (state == "online") {
    messages.tick();
    if (!HAS_CHOICE) return;
    if (world.now() - since > PROVEN_MS) preference.proven();
    if (preference.isDue(world.now())) comeBack();
    return;
  }
  const limit = state == "subscribing" ? SUBSCRIBE_MS : SCRIPT_MS;
  if (state != "waiting" && world.now() - since > limit) fail("timeout", "still " + state + " after " + limit / 1000 + " s");
}

function enter(next: LinkState, event: string): void {
  world.log("link: " + state + " -> " + next + " (" + event + ")");
  world.cancel(waitTimer);
  wake = null;
  state = info.state = next;
  since = world.now();
  silent = 0;
  epoch++;
  if (next == "waiting") return;
  if (next == "subscribing") {
    const plan = (up as BringUp).plan;
    leaveBringUp();
    messages.online(session, plan, () => enter("online", "done"));
  } else if (next == "online") {
    const memory = world.memory();
    world.log("online: " + memory.usage + "/" + memory.total + " variables");
    tell("online");
    messages.tick();
  } else {
    ready = ready && next != "powering";
    later(BREATH_MS, up ? begin : load);
  }
}

/** Loading is a slice of its own, and so is the beginning of a state. */
function load(): void {
  scripts = world.load(path.up) as BringUpModule;
  later(BREATH_MS, begin);
}

function begin(): void {
  if (!up) {
    up = {
      world: world,
      product: JSON.parse(world.read("product") as string) as Product,
      identity: JSON.parse(world.read("identity") || "{}") as Identity,
      info: info,
      session: session,
      rung: rung,
      plan: ticket as ConnectPlan,
      pushed: "",
      elapsedMs: () => world.now() - since,
      setBaud: channel.open as (baud: number) => void,
      isReady: () => ready,
      unixTime: unixTime,
      setUnixTime: setUnixTime,
      log: world.log,
    };
  }
  up.session = session;
  up.rung = rung;
  proceed(scripts.begin(state as BringUpState, up));
}

/** Frees the scripts, and the secrets they worked with. */
function leaveBringUp(): void {
  const plan = (up as BringUp).plan;
  ticket = plan.until ? plan : null;
  up = null;
  scripts = null as unknown as BringUpModule;
  world.drop(path.up);
}

/** Takes what a script says next. */
function proceed(next: Step | string): void {
  if (typeof next != "string") return runStep(next);
  if (!next) return enter(scripts.after(), "done");
  const colon = next.indexOf(":");
  fail((colon < 0 ? next : next.substr(0, colon)) as DeviceErrorName, colon < 0 ? "" : next.substr(colon + 2));
}

function runStep(step: Step): void {
  const here = epoch;
  if (step.at) {
    channel.send(step as Step & { at: string; ms: number }, (result) => {
      if (here == epoch) stepDone(step, result);
    });
  } else {
    later(step.waitMs as number, () => proceed(scripts.next({ error: "", code: -1, text: "", late: "" })));
  }
}

function stepDone(step: Step, result: Result): void {
  if (result.error == "timeout" && !step.probe) {
    if (++silent < SILENT_TRIES) return runStep(step);
    return fail("module-silent", "no answer to " + (step.at as string).split("=")[0]);
  }
  silent = 0;
  proceed(scripts.next(result));
}

/** One wait at a time, of the state in hand. */
function later(ms: number, then: () => void): void {
  const here = epoch;
  wake = () => {
    wake = null;
    world.cancel(waitTimer);
    if (here == epoch) then();
  };
  waitTimer = world.after(() => wake && wake(), ms);
}

function onSignal(signal: Signal, rest: string): void {
  if (signal == "rebooted") {
    if (state == "powering") {
      ready = true;
      channel.abort(true);
    } else if (state == "waiting") {
      startAt = "powering";
      newSession();
    } else fail("module-rebooted", "in state " + state);
  } else if (signal == "registration" || signal == "sim") {
    if (wake && (state == "registering" || state == "sim")) wake();
  } else if (signal == "stored") {
    messages.onStored();
  } else if (signal == "powered-down") {
    if (state != "powering") fail("module-silent", "the module switched itself off");
  } else if (signal == "bearer-lost") {
    if (!/DEACT/.test(rest.toUpperCase())) return;
    if (state == "online" || state == "subscribing" || session.opened) fail("connection-lost", "the network closed the data connection");
    // Told more than once, or after the connection: one outage is one failure.
    if (state == "waiting" && startAt == "authorizing") startAt = "attaching";
  } else if (signal == "connection-lost") {
    if (state == "online" || state == "subscribing") fail("connection-lost", rest);
    // The answer to CONNECT says more, and may come after the loss.
    else if (state == "connecting" && session.opened)
      later(LAST_WORD_MS, () => fail("connection-lost", rest + " while connecting: a broker may refuse client id, user or password so"));
  }
}

function newSession(): void {
  session = { form: 0, maxPayload: 0, secured: "", found: false, attached: false, opened: false };
}
