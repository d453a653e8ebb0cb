/**
 * The supervisor: from off to online and back, one state at a time, each of which is a script. Every state ends: by its script, by that
 * one's time limit, or by a signal of the module. A failure waits, longer each time, and starts again further back (`backoff.ts`).
 */
import { HAS_CHOICE } from "#product";
import type { BringUp, BringUpModule } from "../api/bringup";
import type { ConnectPlan } from "../api/cloud";
import type { Identity, Product } from "../api/config";
import type { DeviceInfo } from "../api/device";
import { Fault } from "../api/fault";
import { LinkState, Rung, Signal } from "../api/link";
import type { Path } from "../api/channel";
import type { Session, WhyModule } from "../api/link";
import type { Run, Script, ScriptModule } from "../api/script";
import type { World } from "../api/world";
import * as messages from "../outbox/messages";
import * as clock from "./clock";
import * as preference from "./preference";
import { nameOf } from "./states";

/** Online this long, a link has proved itself: its failures are forgotten. */
const PROVEN_MS = 60000;
/** The way out of a state whose script does not end: longer than any does (the slowest command takes 150 s). */
const SCRIPT_MS = 400000;
const SUBSCRIBE_MS = 90000;
/** A connection that is lost while it is made: so long its reason may follow. */
const LAST_WORD_MS = 1000;
/**
 * Ends a slice: the UART is served before what follows. A timer that is due when the slice's functions have returned would still
 * run in it (2 ms on a board).
 */
const BREATH_MS = 10;

let state: LinkState = LinkState.Off;
let world: World;
let path: Path;
/** Where there is a choice. */
let other: Path;
let info: DeviceInfo;
let onChange: (event: "online" | "offline") => void;
let since = 0;
/** What ends the state, or goes on with it, where that is no script. */
let timer = 0;
/** In memory on the way up alone, as are `up` and `scripts`. */
let runner: ScriptModule | null = null;
/** The state's script. */
let current: Run | null = null;
let up: BringUp | null = null;
let scripts: BringUpModule;
let session: Session;
/** The last plan, if it may be used again. */
let ticket: ConnectPlan | null = null;
let failures = 0;
/** Where the next attempt starts, and how. */
let startAt = LinkState.Powering;
let rung = Rung.Mqtt;
let ready = false;

/** `thePath` is preferred to `theOther`, if there is one. */
export function init(
  theWorld: World,
  thePath: Path,
  theOther: Path | undefined,
  theInfo: DeviceInfo,
  theOnChange: (event: "online" | "offline") => void,
): void {
  world = theWorld;
  info = theInfo;
  onChange = theOnChange;
  path = thePath;
  clock.init(world);
  if (HAS_CHOICE) {
    other = theOther as Path;
    preference.init();
    listen(path);
    listen(other);
  } else path.channel.init(world, path.dialect, onSignal, messages.receive);
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
  makeSession();
  enter(LinkState.Powering, "start");
  world.every(tick, path.channel.TICK_MS);
}

/** A message that came while there is no session: what a cloud sends by itself. */
export function takeEarly(payload: string): void {
  if (!up || state != LinkState.Connecting) return;
  up.pushed = payload;
  if (current) (runner as ScriptModule).wake(current);
}

/** Ends an established session, or the attempt to establish one; the next attempt is set. `failure`: see `Fault`. */
export function fail(failure: string): void {
  const failed = state;
  if (failed == LinkState.Waiting || failed == LinkState.Off) return;
  failures = failed == LinkState.Online && world.now() - since > PROVEN_MS ? 1 : failures + 1;
  const why = world.load("why") as WhyModule;
  // A connection that is made for what the cloud gives is part of authorizing.
  const isAuthorizing = up && up.plan && up.plan.awaited;
  const retry = why.judge(isAuthorizing ? LinkState.Authorizing : failed, failure, failures, world.random());
  // At once: what is aborted may tell its owner why, and frees the module too.
  world.drop("why");
  if (up && retry.isRefusal) up.plan = null as unknown as ConnectPlan;
  startAt = retry.startAt;
  rung = retry.rung;
  enter(LinkState.Waiting, retry.cause);
  path.channel.abort(retry.cause == "module-rebooted");
  if (startAt == LinkState.Powering) makeSession();
  messages.goOffline();
  if (failed == LinkState.Online) onChange("offline");
  world.log(retry.text);
  world.log(retry.outlook);
  later(tryAgain, retry.delayMs);
}

function tryAgain(): void {
  if (HAS_CHOICE && preference.isHopeless(failures)) changePath("after " + failures + " failures");
  else if (rung == Rung.Board) world.restart();
  else enter(startAt, "retry " + failures);
}

/** Goes on over the other path; what waits to be sent goes with it. */
function changePath(event: string): void {
  const left = path;
  const wasOnline = state == LinkState.Online;
  preference.changed(world.now());
  state = LinkState.Waiting;
  path.channel.abort(true);
  messages.goOffline();
  if (wasOnline) onChange("offline");
  if (up) {
    up = null;
    world.drop(left.up);
  }
  path = other;
  other = left;
  messages.use(path);
  failures = 0;
  rung = Rung.Mqtt;
  makeSession();
  enter(LinkState.Powering, event);
}

/** Back to the preferred path, if it is there: after a good-bye, so that there is one session at a time. */
function comeBack(): void {
  const here = since;

  function isHere(): boolean {
    return state == LinkState.Online && here == since;
  }

  function go(isThere: boolean): void {
    if (isThere && isHere()) messages.disconnect(() => isHere() && changePath("preferred"));
  }

  if (other.isThere) other.isThere(world, go);
  else go(true);
}

/** Looks at every deadline. */
function tick(): void {
  path.channel.tick();
  if (state != LinkState.Online) return;
  messages.tick();
  if (!HAS_CHOICE) return;
  if (world.now() - since > PROVEN_MS) preference.proven();
  if (preference.isDue(world.now())) comeBack();
}

function enter(next: LinkState, event: string): void {
  const name = nameOf(next);
  world.log("link: " + info.state + " -> " + name + " (" + event + ")");
  world.cancel(timer);
  if (current) (runner as ScriptModule).cancel(current);
  current = null;
  state = next;
  info.state = name;
  since = world.now();
  if (next == LinkState.Subscribing) {
    const plan = (up as BringUp).plan;
    leaveBringUp();
    later(() => fail(Fault.Network + "timeout: still subscribing"), SUBSCRIBE_MS);
    // The last acknowledgement was a slice of its own, and so is what the application has to say.
    messages.goOnline(session, plan, () => later(goOnline, BREATH_MS));
  } else if (next == LinkState.Online) {
    const memory = world.memory();
    world.log("online: " + memory.usage + "/" + memory.total + " variables");
    onChange("online");
    messages.tick();
  } else if (next != LinkState.Waiting) {
    ready = ready && next != LinkState.Powering;
    later(work, BREATH_MS);
  }
}

function later(then: () => void, ms: number): void {
  world.cancel(timer);
  timer = world.after(then, ms);
}

function goOnline(): void {
  enter(LinkState.Online, "done");
}

/** Works the state's script off. Loading is a slice of its own each time, and so is the beginning of a state. */
function work(): void {
  if (!runner) {
    runner = world.load("script") as ScriptModule;
    runner.init(world);
    return later(work, BREATH_MS);
  }
  current = runner.run([!up && [load, BREATH_MS], begin], path, SCRIPT_MS, (failure) => {
    if (failure) fail(failure);
    else enter(scripts.after(), "done");
  });
}

function load(): undefined {
  scripts = world.load(path.up) as BringUpModule;
}

function begin(): Script {
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
      setBaud: path.channel.open as (baud: number) => void,
      isReady: () => ready,
      unixTime: clock.unixTime,
      setUnixTime: clock.setUnixTime,
      log: world.log,
    };
  }
  up.session = session;
  up.rung = rung;
  return scripts.begin(state, up);
}

/** Frees the scripts, and the secrets they worked with. */
function leaveBringUp(): void {
  const plan = (up as BringUp).plan;
  ticket = plan.until ? plan : null;
  up = null;
  runner = null;
  scripts = null as unknown as BringUpModule;
  world.drop(path.up);
  world.drop("script");
}

function onSignal(signal: Signal, rest: string): void {
  const isUp = state == LinkState.Online || state == LinkState.Subscribing;
  if (signal == Signal.Rebooted) {
    if (state == LinkState.Powering) {
      ready = true;
      path.channel.abort(true);
    } else if (state == LinkState.Waiting) {
      startAt = LinkState.Powering;
      makeSession();
    } else fail(Fault.Module + "module-rebooted: in state " + info.state);
  } else if (signal == Signal.Registration || signal == Signal.Sim) {
    if (state == LinkState.Registering || state == LinkState.Sim) {
      if (current) (runner as ScriptModule).wake(current);
    }
  } else if (signal == Signal.Stored) {
    messages.fetchStored();
  } else if (signal == Signal.PoweredDown) {
    if (state != LinkState.Powering) fail(Fault.Module + "module-silent: the module switched itself off");
  } else if (signal == Signal.BearerLost) {
    if (isUp || session.opened) fail(Fault.Network + "connection-lost: the network closed the data connection");
    // Told more than once, or after the connection: one outage is one failure.
    if (state == LinkState.Waiting && startAt == LinkState.Authorizing) startAt = LinkState.Attaching;
  } else if (signal == Signal.ConnectionLost) {
    if (isUp) fail(Fault.Server + "connection-lost: " + rest);
    // The answer to CONNECT says more, and may come after the loss.
    else if (state == LinkState.Connecting && session.opened) {
      const here = current;
      world.after(() => {
        if (here == current)
          fail(Fault.Server + "connection-lost: " + rest + " while connecting: a broker may refuse client id, user or password so");
      }, LAST_WORD_MS);
    }
  }
}

function makeSession(): void {
  session = { form: 0, maxPayload: 0, secured: "", found: false, attached: false, opened: false };
}
