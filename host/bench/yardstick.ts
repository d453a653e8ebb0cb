/**
 * The yardstick: instructions for one `AT+CSQ` exchange with echo, plus one `+QMTRECV` line that is delivered as a parsed message;
 * the firmware runs from flash, its bytes arrive in pieces as a UART hands them over.
 */
import { DEFAULT_CHOICE } from "../compile/modules.ts";
import { callgrindMissing, countInstructions, splitInstructions } from "./callgrind.ts";
import { PAYLOAD, PIECES, TOPIC } from "./exchange.ts";
import type { ImageOf } from "./exchange.ts";
import type { Part } from "./figure.ts";
import { FIRMWARE } from "./origin.ts";
import { measurePeer } from "./peer.ts";
import { benchModules, MARK, marked, perTurn, programImage, PROLOGUE, short } from "./program.ts";
import type { ModuleFiles } from "./program.ts";
import { number, table } from "./table.ts";

/** The two run lengths whose difference is measured, in exchanges. */
const SHORT = 10;
const LONG = 110;
/** Exchanges whose parts are counted one by one. */
const TURNS = 20;

const WHOLE = { name: "yardstick", title: "instructions, one AT+CSQ exchange and one message delivered", target: 1_900_000, unit: "" };
const TOKENISED = { name: "yardstick-pretokenised", title: "the same, files pretokenised", target: null, unit: "" };
const PEER = {
  name: "yardstick-peer",
  title: "the same input through EspruinoDocs' AT.js, minified",
  target: null,
  unit: "",
  option: "--peer-at",
};

export const yardstick: Part = {
  name: "yardstick",
  title: "Receiving path",
  figures: [WHOLE, TOKENISED, PEER],
  on: "ESPRUINO64, callgrind; difference of two run lengths",
  sources: [...FIRMWARE, "host/image", "host/bench"],
  counts: true,
  missing: ({ espruino64 }) => callgrindMissing(espruino64),
  run: async ({ espruino64, peerAt, progress }) => {
    const binary = espruino64 as string;
    const modules = await benchModules(DEFAULT_CHOICE);
    progress("the exchange");
    const whole = await perExchange(binary, (count) => programImage(modules, loop(count, STATEMENTS)));
    progress("its parts");
    const parts = await measureParts(binary, modules);
    progress("pretokenised");
    const tokenised = await benchModules(DEFAULT_CHOICE, "pretokenised");
    const short = await perExchange(binary, (count) => programImage(tokenised, loop(count, STATEMENTS)));
    if (peerAt !== undefined) progress(peerAt);
    const peer = peerAt === undefined ? null : await measurePeer(binary, peerAt, perExchange);
    const values = { [WHOLE.name]: whole, [TOKENISED.name]: short, ...(peer !== null && { [PEER.name]: peer }) };
    const sum = parts.reduce((total, [, instructions]) => total + instructions, 0);
    const rows = [...parts, ["the program that feeds it", whole - sum] as const];
    const empty = await measureEmpty(binary, modules);
    return {
      values,
      details: `${table(["one exchange", "instructions"], rows)}\na piece that is nothing but a line end: ${number(empty)} instructions`,
    };
  },
};

async function perExchange(binary: string, image: ImageOf): Promise<number> {
  const short = await runExchanges(binary, image, SHORT);
  const long = await runExchanges(binary, image, LONG);
  return Math.round((long - short) / (LONG - SHORT));
}

async function runExchanges(binary: string, image: ImageOf, count: number): Promise<number> {
  const { instructions, output } = await countInstructions(binary, image(count));
  checkCount(output, count);
  return instructions;
}

function checkCount(output: string, count: number): void {
  const seen = /answers (\d+) messages (\d+)/.exec(output);
  if (Number(seen?.[1]) != count || Number(seen?.[2]) != count) throw new Error(`yardstick: ${count} exchanges, but ${output.trim()}`);
}

const STATEMENTS = [`core.${short("send")}(csq, answered);`, ...PIECES.map((piece) => `feed(${JSON.stringify(piece)});`)];
const NAMES = ["send", "echo and half an answer", "its other half and OK", "the message's head", "the message's rest, delivered"];

async function measureParts(binary: string, modules: ModuleFiles): Promise<(readonly [string, number])[]> {
  const { parts, output } = await splitInstructions(binary, programImage(modules, loop(TURNS, [marked(STATEMENTS)])), [MARK]);
  checkCount(output, TURNS);
  return perTurn(parts, STATEMENTS.length, TURNS).map((instructions, i) => [NAMES[i] as string, instructions] as const);
}

async function measureEmpty(binary: string, modules: ModuleFiles): Promise<number> {
  const { parts } = await splitInstructions(binary, programImage(modules, loop(TURNS, [marked(['feed("\\r\\n");'])])), [MARK]);
  return perTurn(parts, 1, TURNS)[0] as number;
}

/** Runs on the interpreter: a UART made of two functions, and the exchanges in a loop. */
function loop(count: number, statements: readonly string[]): string {
  return `
var feed, out = "", answers = 0, messages = 0;
${PROLOGUE}
global.Fake = { setup: function() {}, removeAllListeners: function() {}, on: function(e, f) { feed = f; }, write: function(d) { out = d; } };
var core = require("core");
var csq = { ${short("at")}: "AT+CSQ", ${short("want")}: "+CSQ: ", ${short("ms")}: 1000 };
var answered = function(r) { if (r.${short("text")} == "21,99") answers++; };
core.${short("online")}(${JSON.stringify(TOPIC)}, function(p) { if (p == ${JSON.stringify(PAYLOAD)}) messages++; });
feed("\\r\\nOK\\r\\n\\r\\n+QMTSUB: 0," + out.split(",")[1] + ",0,1\\r\\n");
for (var i = 0; i < ${count}; i++) {
${statements.join("\n")}
}
print("answers " + answers + " messages " + messages);
E.reboot();`;
}
