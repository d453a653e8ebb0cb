/** Thirty days of one device in virtual time, with faults at random moments of a seed. At the end it must be online, and no larger than at the start. */
import { makeRandom } from "../modules/core/random.ts";
import type { Random } from "../modules/core/random.ts";
import { createRig } from "../rig/rig.ts";
import type { Rig } from "../rig/rig.ts";
import { VirtualClock } from "../time/clock.ts";
import type { Part } from "./figure.ts";
import { RIG } from "./origin.ts";
import { liveObjects } from "./live-objects.ts";
import { number, table } from "./table.ts";

const WALL = { name: "month", title: "30 virtual days with faults, one device, wall time", target: 60, unit: "s" };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAYS = 30;
const TOLD_DAYS = 5;
/** Between two faults. */
const CALM_MS = [2 * HOUR_MS, 14 * HOUR_MS] as const;
/** After the last fault and whatever it did to the ladder, a device gets so long. */
const END_MS = 2 * HOUR_MS;
/** A board restart makes another program: it may not be a few objects larger than the first. */
const SLACK = 100;
const SEED = 4;

export interface MonthOptions {
  days: number;
  seed: number;
  progress(text: string): void;
}

export interface Month {
  faults: Readonly<Record<string, number>>;
  /** Times that the link went online, and restarts of the board. */
  onlines: number;
  restarts: number;
  messages: number;
  /** Objects of the program in use when it was online first, and at the end. */
  objectsBefore: number;
  objectsAfter: number;
  /** Seconds that the days took, without making the device ready and counting its objects; and how many of them the process computed. */
  wallS: number;
  processorS: number;
}

export const month: Part = {
  name: "month",
  title: "Thirty days",
  figures: [WALL],
  on: "Node, virtual time, emulated EC20, a broker with TLS",
  sources: RIG,
  missing: () => "",
  run: async ({ progress }) => {
    const result = await liveFor({ days: DAYS, seed: SEED, progress });
    const rows = Object.entries(result.faults).map(([name, count]) => [name, count] as const);
    const summary = [
      `went online ${number(result.onlines)} times, ${number(result.messages)} messages at the broker, ${result.restarts} restarts of the board`,
      `${number(result.processorS)} s of the processor's time`,
      `objects in use: ${number(result.objectsBefore)} at the start, ${number(result.objectsAfter)} at the end`,
    ];
    return { values: { [WALL.name]: result.wallS }, details: `${table(["fault", "times"], rows)}\n\n${summary.join("\n")}` };
  },
};

type Fault = (rig: Rig, random: Random) => Promise<void>;

/** What can happen. Each ends by itself, or is ended here. */
const FAULTS: Readonly<Record<string, Fault>> = {
  "the module restarts": async (rig) => rig.modem.control({ fault: "reboot" }),
  "the connection is lost": async (rig) => rig.modem.control({ fault: "drop" }),
  "the broker cuts the connection": (rig) => rig.broker.kick(),
  "the network closes the data connection": async (rig) => rig.modem.control({ fault: "pdp-deact" }),
  "the module is silent": async (rig) => rig.modem.control({ fault: "silent" }),
  "publishes do not arrive": async (rig, random) => {
    rig.modem.control({ fault: "stall-publish" });
    await rig.advance(random.int(1, 20) * 60_000);
    rig.modem.control({ fault: "restore" });
  },
  "the SIM is out": async (rig, random) => {
    rig.modem.control({ fault: "sim-removed" });
    await rig.advance(random.int(1, 60) * 60_000);
    rig.modem.control({ set: "sim", state: "ready" });
  },
  "no network": async (rig, random) => {
    rig.modem.control({ set: "registration", state: "searching" });
    await rig.advance(random.int(1, 60) * 60_000);
    rig.modem.control({ set: "registration", state: "home" });
  },
  "the broker is away": async (rig, random) => {
    await rig.broker.stop();
    await rig.advance(random.int(1, 120) * 60_000);
    await rig.broker.start();
  },
  "an answer is lost": async (rig) => rig.modem.control({ fault: "lose-answer" }),
  "the supply fails": async (rig, random) => rig.modem.control({ fault: "power-cycle", ms: random.int(100, 60_000) }),
};

/** @throws {Error} if it is not online at the end, or has grown. */
export async function liveFor({ days, seed, progress }: MonthOptions): Promise<Month> {
  const random = makeRandom(seed);
  const rig = await createRig({
    clock: new VirtualClock(256),
    seed,
    modem: { seed, network: { nitz: true } },
    product: { app: { telemetryS: 900 } },
  });
  try {
    rig.board.boot();
    await rig.waitFor(/-> online/, HOUR_MS);
    await rig.advance(HOUR_MS);
    const objectsBefore = liveObjects();
    const start = performance.now();
    const processor = process.cpuUsage();
    const faults = await suffer(rig, random, rig.clock.now() + days * DAY_MS, progress);
    await rig.advance(END_MS);
    await mustWork(rig);
    const wallS = Math.round(performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(processor);
    const objectsAfter = liveObjects();
    if (objectsAfter > objectsBefore + SLACK) throw new Error(`${objectsBefore} objects at the start, ${objectsAfter} at the end`);
    const onlines = rig.lines.filter((line) => line.includes("-> online")).length;
    return {
      ...{ faults, onlines, restarts: rig.board.restarts, messages: rig.received.length, objectsBefore, objectsAfter },
      ...{ wallS, processorS: (user + system) / 1e6 },
    };
  } finally {
    await rig.close();
  }
}

async function suffer(rig: Rig, random: Random, untilMs: number, progress: (text: string) => void): Promise<Record<string, number>> {
  const names = Object.keys(FAULTS);
  const faults = Object.fromEntries(names.map((name) => [name, 0]));
  let day = 0;
  for (;;) {
    const calmMs = random.int(...CALM_MS);
    if (rig.clock.now() + calmMs >= untilMs) break;
    await rig.advance(calmMs);
    const name = random.pick(names);
    faults[name] = (faults[name] ?? 0) + 1;
    await (FAULTS[name] as Fault)(rig, random);
    const today = Math.floor(rig.clock.now() / DAY_MS);
    if (today >= day + TOLD_DAYS) progress(`day ${(day = today)}`);
  }
  await rig.advance(Math.max(0, untilMs - rig.clock.now()));
  return faults;
}

/** Online, and a message of the operator is answered. */
async function mustWork(rig: Rig): Promise<void> {
  const state = rig.lines.findLast((line) => line.startsWith("link: ") && line.includes(" -> "));
  if (!state?.includes("-> online")) throw new Error(`not online at the end: ${rig.lines.slice(-5).join("; ")}`);
  const before = rig.received.length;
  await rig.operator.publish(rig.topic("down"), "still there?");
  await rig.waitForMessage((message) => message.payload.includes("still there?"), HOUR_MS, before);
}
