/** The composition root: the resident module `core`. */
// The interpreter searches a name in the order of declaration: what runs for each message is declared first.
import * as messages from "./outbox/messages";
import { HAS_CHOICE, HAS_UPDATES, other, path } from "#product";
import type { SlotRecord } from "./api/boot";
import type { Product } from "./api/config";
import type { Application, Device, DeviceInfo } from "./api/device";
import type { UpdateModule } from "./api/update";
import type { Path } from "./api/channel";
import type { ScriptModule } from "./api/script";
import type { World } from "./api/world";
import { makeWorld } from "./hal/espruino";
import { emit, makeDevice } from "./device/device";
import * as clock from "./link/clock";
import * as link from "./link/supervisor";

/** From the first time online to the first look at updates: what the application has to say goes first. */
const SETTLED_MS = 1000;
/**
 * Ends a slice: the UART is served before what follows. A timer that is due when the slice's functions have returned would still
 * run in it (2 ms on a board).
 */
const BREATH_MS = 10;

let world: World;
let info: DeviceInfo;
let application: Application;
/** What runs was not reported since the start. */
let isNew = HAS_UPDATES;

/** `pushed`: a message of the cloud about an update; none: it is time to report. Loading the module is a slice of its own. */
function update(pushed?: string): void {
  world.load("ota");
  world.after(() => beginUpdate(pushed || ""), BREATH_MS);
}

function beginUpdate(pushed: string): void {
  // Loaded still, unless an update that ended meanwhile has freed it.
  (world.load("ota") as UpdateModule).begin(
    {
      world: world,
      info: info,
      unixTime: clock.unixTime,
      isHealthy: () => {
        let isWell = false;
        messages.call(() => (isWell = !application.health || application.health()));
        return isWell;
      },
      publish: messages.publish,
      subscribe: messages.subscribe,
      unsubscribe: messages.unsubscribe,
      expand: messages.expand,
      run: (script, done) => {
        const runner = world.load("script") as ScriptModule;
        runner.init(world);
        runner.run(script, path, 0, done);
      },
      pushed: update,
      restart: () => messages.disconnect(world.restart),
    },
    pushed,
  );
}

function onLink(event: "online" | "offline"): void {
  emit(event);
  if (!isNew || event != "online") return;
  isNew = false;
  world.after(update, SETTLED_MS);
}

function begin(): void {
  const product = JSON.parse(world.read("product") as string) as Product;
  info = { imei: "", iccid: "", imsi: "", model: "", firmware: "", rssiDbm: null, state: "off" };
  const version = (JSON.parse(world.boot.record) as SlotRecord).version || product.version;
  world.log(product.name + " " + version + " on " + product.board + ", " + product.modem.model + ", " + product.cloud.type);
  path.prepare(world);
  if (HAS_CHOICE) (other as Path).prepare(world);
  link.init(world, path, other, info, onLink);
  messages.init(world, path, info, product.cloud.keepaliveS, link.fail, link.takeEarly);
  const module = world.load("app") as { app(device: Device): Application };
  messages.call(() => (application = module.app(makeDevice(world, info, product.app))));
  link.start();
}

/** Loading this module was a slice of its own, and so is what follows. */
export function start(): void {
  world = makeWorld();
  world.after(begin, BREATH_MS);
}
