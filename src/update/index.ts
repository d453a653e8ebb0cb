/**
 * The cold module `ota`: confirms an image that proves itself, says what runs and what failed, asks for updates and takes those that are
 * pushed. In memory only while it has something to do, which is one script at a time.
 */
import { GET, GET_REPLY, UPGRADE } from "#product";
import { Slot, SlotSize, Trial } from "../api/boot";
import type { SlotRecord } from "../api/boot";
import type { Script } from "../api/script";
import type { UpdateTools } from "../api/update";
import { closeBlocks } from "./blocks";
import { update, whatRuns } from "./download";
import { failed, inform, request, topicOf } from "./reports";
import * as slots from "./slots";

const HEALTH_MS = 5000;
/** An application that is online and not well by then is given up. */
const HEALTH_LIMIT_MS = 300000;
const REPLY_MS = 20000;
/** Ends a slice: the UART is served before what follows. */
const BREATH_MS = 10;

let tools: UpdateTools | null = null;
/** A push that came while something else was done. */
let waiting = "";

/** `pushed`: a message of the cloud; `""`: the device is online for the first time since it started. */
export function begin(theTools: UpdateTools, pushed: string): void {
  if (tools) {
    waiting = pushed;
    return;
  }
  tools = theTools;
  const why = slots.open(tools.world);
  if (why) tools.world.log("update: " + why);
  work(
    tools,
    pushed ? (why ? "-4: " + why : update(tools, pushed)) : [!why && isOnTrial(tools.world.boot.slot) && prove(tools), report(tools, why)],
  );
}

/** A script that fails is reported; then comes what was pushed meanwhile, or the end. */
function work(here: UpdateTools, script: Script): void {
  function end(): void {
    const next = waiting;
    waiting = "";
    if (next) return work(here, update(here, next));
    tools = null;
    here.world.drop("ota");
    // Who else works something off holds it.
    here.world.drop("script");
  }

  here.run(script, (failure) => {
    closeBlocks(here);
    here.run(failure && failed(here, failure), end);
  });
}

function isOnTrial(at: number): boolean {
  return at > 0 && !slots.part(at + Slot.Confirmed, SlotSize.Group).includes("\0");
}

/** An image on trial is confirmed when it is online and its application agrees. */
function prove(here: UpdateTools): Script {
  const world = here.world;
  const at = world.boot.slot;
  const since = world.now();

  function look(): Script {
    if (here.info.state == "online" && here.isHealthy()) {
      if (slots.mark(at + Slot.Confirmed, SlotSize.Group, "\0")) return void world.log("update: confirmed");
    } else if (world.now() - since > HEALTH_LIMIT_MS) {
      slots.mark(at + Slot.GivenUp, SlotSize.Group, "\x02");
      // Nothing follows.
      return [() => void here.restart(), HEALTH_LIMIT_MS];
    }
    return [HEALTH_MS, look];
  }

  return look;
}

/** What runs, what failed before, and whether there is something newer. `why`: there can be none. */
function report(here: UpdateTools, why: string): Script {
  return [
    () => void here.subscribe(topicOf(here, UPGRADE), 1, here.pushed),
    () => inform(here, whatRuns(here).version),
    !why && [BREATH_MS, () => tellFailed(here), BREATH_MS, () => ask(here)],
  ];
}

/** Once, of an image that was newer than what runs. */
function tellFailed(here: UpdateTools): Script {
  const newest = (JSON.parse(here.world.boot.record) as SlotRecord).nr || 0;
  const at = slots.places().find((place) => {
    const record = slots.recordAt(place);
    return record && record.nr > newest && !slots.marks(place + Slot.Told, SlotSize.Group);
  });
  if (at === undefined) return;
  const isGivenUp = slots.marks(at + Slot.GivenUp, SlotSize.Group)[0] == "\x02";
  const telling = failed(here, "-1: " + (isGivenUp ? "the application was not healthy" : "not confirmed in " + Trial.Boots + " boots"));
  telling.then = (r) => void (r.text || slots.mark(at + Slot.Told, SlotSize.Group, "\0"));
  return telling;
}

function ask(here: UpdateTools): Script {
  return {
    start: (done) => {
      here.subscribe(GET_REPLY, 0, done);
      here.publish(GET, request("{}", "thing.ota.firmware.get"), 0, false, undefined);
    },
    ms: REPLY_MS,
    then: (r) => {
      here.unsubscribe(GET_REPLY);
      return update(here, r.text);
    },
  };
}
