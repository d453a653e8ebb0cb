/**
 * JsVars in use, on an interpreter with as many as a board has: online and idle after garbage collection, who owns them, and the most that a message takes.
 *
 * The peak is not sampled, because no statement runs at the moment when most is in use (in the middle of a native's work on two copies of a text). Instead
 * memory is filled, more and more, until the message does not pass any more: the least room in which it passes is what it takes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { cachedBundle } from "../compile/bundle-cache.ts";
import { MEASURED } from "./bytes.ts";
import { startDevice } from "./device.ts";
import type { BenchDevice, DeviceOptions } from "./device.ts";
import type { Part } from "./figure.ts";
import { RIG } from "./origin.ts";
import { bindingsOf, parseDump, shareOut } from "./heap.ts";
import type { Owner } from "./heap.ts";
import { table } from "./table.ts";

const IDLE = { name: "variables-idle", title: "JsVars online and idle, EC20 and Aliyun", target: 1500, unit: "" };
const PEAK = { name: "variables-peak", title: "JsVars while a 1,500-byte message passes and is answered", target: 1900, unit: "" };
const TOKENISED = { name: "variables-pretokenised", title: "JsVars online and idle, files pretokenised", target: null, unit: "" };
const HEARD = { name: "variables-heard", title: "JsVars while a 1,500-byte message is delivered, not answered", target: 1900, unit: "" };
const WIFI = { name: "variables-wifi", title: "JsVars online and idle, Wi-Fi and a broker without TLS", target: null, unit: "" };

const MESSAGE = `[${"x".repeat(1498)}]`;
/** Instead of the default application, which answers a message with the whole of it. */
const LISTENER = `exports.app=function(d){
d.subscribe("~/down",1,function(p){d.log("heard "+p.length)});
d.on("online",function(){d.publish("~/up","1",{qos:1})});
return {};
};`;

/** Modules whose variables are shared out by the file that declares them. */
const NAMED = ["at", "core"];
const LIMIT_MS = 120_000;
const QUIET_MS = 1000;
/** Free variables at first, and how many fewer each time. */
const ROOM = 800;
const STEP = 10;

export const memory: Part = {
  name: "memory",
  title: "Memory: booted from flash, online, EC20 and Aliyun",
  figures: [IDLE, PEAK, HEARD, TOKENISED, WIFI],
  on: "ESPRUINO, with an emulated EC20",
  sources: RIG,
  missing: ({ espruino }) => (espruino ? "" : "ESPRUINO is not set: no 32-bit interpreter to count variables on"),
  run: async ({ espruino, progress }) => {
    const binary = espruino as string;
    progress("online");
    const device = await online({ binary });
    let idle: number;
    let owners: Owner[];
    let peak: number;
    let kept: number;
    try {
      idle = await usage(device);
      owners = await ownersIn(device);
      kept = await keptAfter(device, idle);
      progress("a message that is answered");
      peak = idle + (await leastRoom(device, () => publishes(device)));
    } finally {
      await device.close();
    }
    progress("a message that is only heard");
    const listener = await online({ binary, app: LISTENER });
    try {
      const alone = await usage(listener);
      const heard = alone + (await leastRoom(listener, () => hears(listener)));
      progress("pretokenised");
      const tokenised = await idleUsage({ binary, pretokenise: "2v29" });
      progress("over Wi-Fi");
      const wifi = await idleUsage({ binary, cloud: "broker", overWifi: true });
      const rows = owners.map((one) => [one.name, one.functions, one.functionVariables, one.stateVariables, total(one)]);
      const details = [
        table(["who owns what", "functions", "their variables", "other variables", "together"], rows),
        `kept of a message that was answered, until the next command: ${kept} variables`,
      ].join("\n\n");
      return {
        values: { [IDLE.name]: idle, [PEAK.name]: peak, [HEARD.name]: heard, [TOKENISED.name]: tokenised, [WIFI.name]: wifi },
        details,
      };
    } finally {
      await listener.close();
    }
  },
};

function total(owner: Owner): number {
  return owner.functionVariables + owner.stateVariables;
}

async function idleUsage(options: DeviceOptions): Promise<number> {
  const device = await online(options);
  try {
    return await usage(device);
  } finally {
    await device.close();
  }
}

async function online(options: DeviceOptions): Promise<BenchDevice> {
  // Cold modules differ with the digests that a board has, what stays in memory does not.
  const device = await startDevice({ ...options, hashes: [] });
  try {
    await device.line(/-> online/, LIMIT_MS);
    await device.until(() => device.received.length > 0, LIMIT_MS, "the first publish");
    await withoutUpdates(device);
    return device;
  } catch (error) {
    await device.close();
    throw error;
  }
}

/** Until the device has asked for an update, got its answer or none, and freed the module that asks. */
export async function withoutUpdates(device: BenchDevice): Promise<void> {
  await device.until(
    () => device.received.some((payload) => payload.includes("thing.ota.firmware.get")),
    LIMIT_MS,
    "a question for updates",
  );
  do await sleep(QUIET_MS);
  while ((await device.ask('Modules.getCached().includes("ota")')) == "true");
}

/** After garbage collection. The console's own line is in it: about ten variables. */
export async function usage(device: BenchDevice): Promise<number> {
  return Number(await device.ask("process.memory().usage"));
}

async function ownersIn(device: BenchDevice): Promise<Owner[]> {
  const from = device.lines.length;
  device.type('E.dumpVariables();print("#end of dump")');
  await device.line(/^#end of dump$/, LIMIT_MS, from);
  const resident = (await cachedBundle(MEASURED)).filter(({ module }) => NAMED.includes(module.name));
  const names = new Map(resident.map(({ module, code, map }) => [module.name, bindingsOf(code, map)]));
  return shareOut(parseDump(device.lines.slice(from)), names);
}

async function keptAfter(device: BenchDevice, idle: number): Promise<number> {
  if (!(await publishes(device))) throw new Error(`a message was not answered: ${device.lines.slice(-3).join("; ")}`);
  return (await usage(device)) - idle;
}

/** @returns free variables. @throws {Error} if it does not even pass with `ROOM` of them. */
async function leastRoom(device: BenchDevice, passes: () => Promise<boolean>): Promise<number> {
  let least = 0;
  device.type("var ballast=[]");
  for (let room = ROOM; room > 0; room -= STEP) {
    device.type(`process.memory();while(process.memory(false).free>${room})ballast.push(0)`);
    const free = Number(await device.ask("process.memory().free"));
    if (!(await passes())) break;
    least = free;
  }
  if (!least) throw new Error(`a message does not pass with ${ROOM} free variables`);
  return least;
}

/** The message arrives, and its answer is acknowledged. `false`: there was not enough memory. */
async function publishes(device: BenchDevice): Promise<boolean> {
  const before = device.received.length;
  return sent(device, () => device.received.length > before);
}

async function hears(device: BenchDevice): Promise<boolean> {
  const from = device.lines.length;
  return sent(device, () => device.lines.slice(from).includes(`app: heard ${MESSAGE.length}`));
}

async function sent(device: BenchDevice, done: () => boolean): Promise<boolean> {
  const from = device.lines.length;
  const failed = (): boolean => device.lines.slice(from).some((line) => /MEMORY|^restarted$/.test(line));
  await device.send(MESSAGE);
  await device.until(() => done() || failed(), LIMIT_MS, "a message");
  // What it still does is part of it.
  await sleep(QUIET_MS / 4);
  return !failed();
}
