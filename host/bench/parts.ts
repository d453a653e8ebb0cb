/** The parts of the bench, in the order of its table. */
import { bytes } from "./bytes.ts";
import type { Part } from "./figure.ts";
import { hash } from "./hash.ts";
import { memory } from "./memory.ts";
import { month } from "./month.ts";
import { queue } from "./queue.ts";
import { roundTrips } from "./round-trips.ts";
import { slices } from "./slices.ts";
import { update } from "./update.ts";
import { yardstick } from "./yardstick.ts";

export const PARTS: readonly Part[] = [yardstick, bytes, memory, hash, slices, queue, roundTrips, update, month];
