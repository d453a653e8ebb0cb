/** Where to connect and as whom: does what the product's cloud wants, on every path. Cold. */
import type { BringUp, HttpModule } from "../api/bringup";
import type { Authorization, CloudModule, ConnectPlan } from "../api/cloud";
import type { HashModule } from "../api/hash";
import type { Script, Step } from "../api/script";
import { Fault } from "../api/fault";

/** Ends a slice: the UART is served before the next. */
const BREATH_MS = 1;
/** Storage file with what a cloud wants to be kept. */
const KEPT = "secret";

/** Asks the cloud's module where to connect and as whom, unless the last answer still holds. */
export function authorizing(up: BringUp): Script {
  const world = up.world;
  if (up.plan && world.now() < (up.plan.until as number)) return;
  const cloud = world.load("cloud") as CloudModule;
  return [BREATH_MS, () => fulfil(up, cloud.authorize(up, world.read(KEPT) || "", ("" + world.random()).substr(2, 6)))];
}

/** Does what a cloud wants, until it has its plan or cannot go on. */
export function fulfil(up: BringUp, wish: Authorization): Script {
  const world = up.world;

  function go(reply: string): Script {
    return [BREATH_MS, () => fulfil(up, (wish.then as (reply: string) => Authorization)(reply))];
  }

  if (wish.toSign) return sign(up, wish.toSign, go);
  if (wish.request) {
    const http = world.load("http-client") as HttpModule;
    return http.request(up, wish.request, (reply) => {
      world.drop("http-client");
      return go(reply.body);
    });
  }
  if (wish.toKeep) {
    world.save(KEPT, wish.toKeep, 0, wish.toKeep.length);
    if (world.read(KEPT) == wish.toKeep) return go("");
    // What differs must not be taken for a secret later: bits of flash can always be cleared.
    world.save(KEPT, "\0", 0, wish.toKeep.length);
    return Fault.Board + "storage-failed: what was written differs; check: free space in flash";
  }
  // Who awaits something says later what it means.
  if (!wish.plan || !wish.plan.awaited) world.drop("cloud");
  return wish.plan ? planned(up, wish.plan) : wish.error;
}

/** Hashes in slices, with the UART served in between. */
function sign(up: BringUp, wanted: [string, string], then: (signature: string) => Script): Script {
  const hash = up.world.load("hash") as HashModule;
  /** The same step each time: a list would cost as much as a tenth of the slice. */
  const signing: Step = {
    waitMs: BREATH_MS,
    then: () => {
      const signature = hash.step();
      if (!signature) return signing;
      up.world.drop("hash");
      return then(signature);
    },
  };
  return [BREATH_MS, () => void hash.begin(wanted[0], wanted[1].length, (offset, length) => wanted[1].substr(offset, length)), signing];
}

function planned(up: BringUp, plan: ConnectPlan): undefined {
  const tls = up.product.cloud.tls;
  up.plan = plan;
  if (plan.validMs) plan.until = up.world.now() + plan.validMs;
  if (!tls || tls.insecure) up.log("tls: " + (tls ? "insecure" : "none; the connection is plain TCP") + ", the server is NOT verified");
}
