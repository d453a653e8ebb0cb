/**
 * The cold module `ota`: confirms an image that proves itself, says what runs and what failed, asks for updates and takes those that are pushed. In memory only
 * while it has something to do.
 */
import { GET, GET_REPLY, UPGRADE } from "#product";
import type { SlotRecord } from "../api/boot";
import type { OtaTools } from "../api/update";
import { members, parsed } from "../text/read-json";
import * as slots from "./slots";
import { inform, progress, request, topicOf } from "./reports";
import { update, whatRuns } from "./download";

const HEALTH_MS = 5000;
/** An application that is online and not well by then is given up. */
const HEALTH_LIMIT_MS = 300000;
const REPLY_MS = 20000;
/** Boots on trial that an image has (the loader's). */
const TRIES = 3;

let tools: OtaTools | null = null;
/** A push that came while something else was done. */
let waiting = "";

/** `pushed`: a message of the cloud; `""`: the device is online for the first time since it started. */
export function begin(theTools: OtaTools, pushed: string): void {
  if (tools) {
    waiting = pushed;
    return;
  }
  tools = theTools;
  const why = slots.open(tools.world);
  if (why) tools.world.log("update: " + why);
  if (pushed && why) progress(tools, "-4", why, end);
  else if (pushed) push(parsed(pushed));
  else if (!why && isOnTrial(tools.world.boot.slot)) prove(tools, tools.world.now());
  else report(tools, why);
}

function isOnTrial(at: number): boolean {
  return at > 0 && !slots.part(at + slots.CONFIRMED, slots.GROUP).includes("\0");
}

function end(): void {
  const here = tools as OtaTools;
  const next = waiting;
  waiting = "";
  if (next) return push(parsed(next));
  tools = null;
  here.world.drop("ota");
}

/** An image on trial is confirmed when it is online and its application agrees. */
function prove(here: OtaTools, since: number): void {
  const world = here.world;
  const at = world.boot.slot;
  if (here.info.state == "online" && here.isHealthy()) {
    if (slots.mark(at + slots.CONFIRMED, slots.GROUP, "\0")) {
      world.log("update: confirmed");
      return report(here, "");
    }
  } else if (world.now() - since > HEALTH_LIMIT_MS) {
    slots.mark(at + slots.GIVEN_UP, slots.GROUP, "\x02");
    return here.restart();
  }
  world.after(() => prove(here, since), HEALTH_MS);
}

/** What runs, what failed before, and whether there is something newer. */
function report(here: OtaTools, why: string): void {
  here.subscribe(topicOf(here, UPGRADE), 1, here.pushed);
  const running = whatRuns(here);
  inform(here, running.version, () => {
    if (why) return end();
    const newest = (JSON.parse(here.world.boot.record) as SlotRecord).nr || 0;
    const failed = slots.places().find((at) => {
      const record = slots.recordAt(at);
      return record && record.nr > newest && !slots.marks(at + slots.TOLD, slots.GROUP);
    });
    if (failed === undefined) return ask(here);
    const reason =
      slots.marks(failed + slots.GIVEN_UP, slots.GROUP)[0] == "\x02"
        ? "the application was not healthy"
        : "not confirmed in " + TRIES + " boots";
    progress(here, "-1", reason, (error) => {
      if (!error) slots.mark(failed + slots.TOLD, slots.GROUP, "\0");
      ask(here);
    });
  });
}

function ask(here: OtaTools): void {
  const timer = here.world.after(() => answer("{}"), REPLY_MS);

  function answer(payload: string): void {
    here.world.cancel(timer);
    here.unsubscribe(GET_REPLY);
    if (!update(here, members(parsed(payload), ["data"])[0], end)) end();
  }

  here.subscribe(GET_REPLY, 0, answer);
  here.publish(GET, request("{}", "thing.ota.firmware.get"), 0, false, undefined);
}

function push(message: Record<string, unknown>): void {
  if (!update(tools as OtaTools, members(message, ["data"])[0], end)) end();
}
