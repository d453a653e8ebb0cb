/** Bytes that boards would lose while the longest messages arrive back to back: the queue model, fed with the slices that were measured. */
import { boardNames, loadBoard } from "../config/board.ts";
import { callgrindMissing, slowClockMissing } from "./callgrind.ts";
import type { Part } from "./figure.ts";
import { RIG } from "./origin.ts";
import { simulate } from "./queue-model.ts";
import type { Load } from "./queue-model.ts";
import { MESSAGE, measureSlices, WORK } from "./slices.ts";
import type { Slice } from "./slices.ts";
import { table } from "./table.ts";

/**
 * Instructions of the genuine STM32F405 firmware for one of the 64-bit Linux port, and cycles for each of those, at the dear end of what was estimated
 * (1.3 to 2.7, in an emulated Cortex-M4). For an ESP32 there is no figure: it is taken for no better.
 */
const CHIP_RATIO = 0.35;
const CYCLES = 2.7;

const MESSAGES = 200;
const TICK_MS = 250;
/** So often the longest slice of the phase comes on top, whatever it is. */
const SURPRISE_MS = 5000;
const BAUDS = [57_600, 115_200, 230_400, 460_800, 921_600];

const LOST = {
  name: "bytes-lost",
  title: "bytes lost, 1,500-byte messages back to back, at each board's clock and baud",
  target: 0,
  unit: "",
};

export const queue: Part = {
  name: "queue",
  title: `Input queue: ${MESSAGES} messages of ${MESSAGE.length} bytes back to back, each answered with as much`,
  figures: [LOST],
  on: `the queue model with measured slices; ${CHIP_RATIO} x instructions, ${CYCLES} cycles each`,
  sources: RIG,
  counts: true,
  missing: ({ espruino64 }) => callgrindMissing(espruino64) || slowClockMissing(),
  run: async (context) => {
    const costs = costsOf(await measureSlices(context));
    const boards = boardNames()
      .map((name) => ({ name, ...loadBoard(name) }))
      .filter((board) => board.clockMHz !== null);
    let lost = 0;
    const rows = boards.map(({ name, clockMHz, inputQueue, modem }) => {
      const load = loadOf(costs, (instructions) => milliseconds(instructions, clockMHz as number));
      const outcome = simulate(load, { baud: modem.maxBaud, queueBytes: inputQueue });
      lost += outcome.lost;
      const clean = BAUDS.filter((baud) => simulate(load, { baud, queueBytes: inputQueue }).lost == 0);
      const longest = milliseconds(costs.surprise, clockMHz as number);
      return [
        ...[name, `${clockMHz} MHz`, `${modem.maxBaud}`, inputQueue, outcome.highest, inputQueue - outcome.highest, outcome.lost],
        ...[`${longest.toFixed(1)} ms`, `${clean.at(-1) ?? "none"}`],
      ];
    });
    const header = ["board", "clock", "baud", "queue", "highest", "headroom", "lost", "longest slice", "no loss up to"];
    const rowsOfCosts = Object.entries(costs).map(([name, instructions]) => [name, instructions]);
    return { values: { [LOST.name]: lost }, details: `${table(header, rows)}\n\n${table(["slice", "instructions"], rowsOfCosts)}` };
  },
};

export function milliseconds(instructions: number, clockMHz: number): number {
  return (instructions * CHIP_RATIO * CYCLES) / (clockMHz * 1000);
}

/** The dearest slice of each kind while messages come and are answered, instructions. */
interface Costs {
  /** A packet in the middle of a payload. */
  body: number;
  /** What a message's head costs more, in the two packets that it may come in. */
  head: number;
  /** The packet that completes a message: the application is called, and publishes its answer. */
  delivery: number;
  /** The prompt of a publish, and its result, after which the next one is sent. */
  prompt: number;
  result: number;
  /** A piece of 256 bytes of a publish goes out. */
  piece: number;
  tick: number;
  /** The longest one of the phase. */
  surprise: number;
}

function costsOf(slices: readonly Slice[]): Costs {
  const online = slices.filter((slice) => slice.phase == "online");
  const dearest = (fits: (slice: Slice) => boolean): number => Math.max(0, ...online.filter(fits).map((slice) => slice.instructions));
  const isDelivery = (slice: Slice): boolean => slice.printed.some((line) => line.startsWith("app: command:"));
  const wrote = (slice: Slice, text: string): boolean => slice.wrote.some((one) => one.startsWith(text));
  // What falls together with a timer is no kind of its own: the model has the timers beside it.
  const alone = (fits: (slice: Slice) => boolean): number => dearest((slice) => fits(slice) && !slice.timers) || dearest(fits);
  // Of many that are alike: what is more than twice the usual is something else that the same words fit, and a surprise.
  const usual = (fits: (slice: Slice) => boolean): number => {
    const all = online.filter(fits).map((slice) => slice.instructions);
    return Math.max(0, ...all.filter((instructions) => instructions < 2 * median(all)));
  };
  const isPlain = (slice: Slice): boolean => slice.packet && !slice.writes && !slice.timers && !isDelivery(slice) && slice.next == "online";
  // Payload packets are many and alike; the dearest of them cost less than half of what any packet with a line or a head in it does.
  const isTick = (slice: Slice): boolean => !slice.packet && slice.timers == 1 && !slice.writes && slice.instructions > WORK;
  const body = usual(isPlain);
  return {
    body,
    head: headOf(online, body),
    delivery: alone(isDelivery) - body,
    prompt: alone((slice) => slice.packet && !isDelivery(slice) && wrote(slice, "data of")) - body,
    result: alone((slice) => slice.packet && !isDelivery(slice) && wrote(slice, "AT+QMTPUB")) - body,
    piece: usual((slice) => !slice.packet && slice.timers == 1 && wrote(slice, "data of")),
    tick: usual(isTick),
    surprise: dearest(() => true),
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** A head comes in the two packets in front of a row of payload packets. One may be something else: the middle of all is taken. */
function headOf(online: readonly Slice[], body: number): number {
  const packets = online.filter((slice) => slice.packet && !slice.timers);
  const isBody = (slice: Slice | undefined): boolean => slice !== undefined && slice.instructions <= body;
  const heads = packets.flatMap((slice, i) => {
    const before = packets[i - 1];
    const isHead = before && !isBody(before) && !isBody(slice) && isBody(packets[i + 1]) && isBody(packets[i + 2]);
    return isHead ? [before.instructions + slice.instructions - 2 * body] : [];
  });
  return median(heads);
}

function loadOf(costs: Costs, ms: (instructions: number) => number): Load {
  const head = `\r\n+QMTRECV: 0,0,"/a1B2c3D4e5F/dev_861551056136351/user/down",${MESSAGE.length},"`;
  return {
    // The answer's exchange lies between two messages: prompt, OK and result.
    stream: [
      { bytes: head.length, ms: ms(costs.head) },
      { bytes: MESSAGE.length + '"\r\n'.length, ms: ms(costs.delivery) },
      { bytes: "\r\n> ".length, ms: ms(costs.prompt) },
      { bytes: "\r\nOK\r\n\r\n+QMTPUBEX: 0,12345,0\r\n".length, ms: ms(costs.result) },
    ],
    repeats: MESSAGES,
    packetMs: ms(costs.body),
    timers: [
      { everyMs: TICK_MS, ms: ms(costs.tick) },
      // 256 bytes at 115,200 bit/s.
      { everyMs: 24, ms: ms(costs.piece) },
      { everyMs: SURPRISE_MS, ms: ms(costs.surprise) },
    ],
  };
}
