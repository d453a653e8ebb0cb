/**
 * The yardstick: instructions for one `AT+CSQ` exchange with echo, plus one `+QMTRECV` line that is delivered as a parsed message;
 * the firmware runs from flash, its bytes arrive in pieces as a UART hands them over.
 */
import { DEFAULT_CHOICE, MODULES } from "../build/modules.ts";
import { bundle } from "../build/build.ts";
import { loadBoard } from "../build/board.ts";
import { ROOT } from "../build/root.ts";
import { shortNamer } from "../build/short-names.ts";
import { buildImage } from "../image/storage.ts";
import { countInstructions } from "./callgrind.ts";

const TOPIC = "devices/861234567890123/down";
const PAYLOAD = '{"id":123,"power":1,"x":2}';
/** What the module says in one exchange, cut where a UART at 115,200 bit/s would: an echo and answer in two pieces, a message in two. */
const PIECES = [
  "AT+CSQ\r\r\n+CSQ: 2",
  "1,99\r\n\r\nOK\r\n",
  `\r\n+QMTRECV: 0,0,"${TOPIC}",${PAYLOAD.length},"${PAYLOAD.slice(0, 6)}`,
  `${PAYLOAD.slice(6)}"\r\n`,
];

/** The two run lengths whose difference is measured, in exchanges. */
const SHORT = 10;
const LONG = 110;

/** @returns instructions per exchange. @throws {Error} if the firmware did not deliver every message. */
export async function measureYardstick(binary: string): Promise<number> {
  const short = await runExchanges(binary, SHORT);
  const long = await runExchanges(binary, LONG);
  return Math.round((long - short) / (LONG - SHORT));
}

async function runExchanges(binary: string, count: number): Promise<number> {
  const { instructions, output } = await countInstructions(binary, await image(count));
  const seen = /answers (\d+) messages (\d+)/.exec(output);
  if (Number(seen?.[1]) != count || Number(seen?.[2]) != count) throw new Error(`yardstick: ${count} exchanges, but ${output.trim()}`);
  return instructions;
}

let modules: Promise<Map<string, Buffer>> | undefined;

async function image(count: number): Promise<Buffer> {
  modules ??= benchModules();
  const files = new Map([...(await modules), [".bootcde", Buffer.from(program(count), "latin1")]]);
  files.set("board", Buffer.from(JSON.stringify({ uart: "Fake", uartOptions: {}, pins: {} })));
  return buildImage(files, loadBoard("linux").storage);
}

async function benchModules(): Promise<Map<string, Buffer>> {
  const specs = MODULES.map((module) => (module.name == "core" ? { ...module, entry: "src/bench.ts" } : module));
  const bundles = await bundle(DEFAULT_CHOICE, undefined, specs);
  return new Map(bundles.map(({ module, code }) => [module.name, Buffer.from(code, "latin1")]));
}

/** Runs on the interpreter: a UART made of two functions, and the exchanges in a loop. */
function program(count: number): string {
  const short = shortNamer(ROOT, MODULES);
  return `
var feed, out = "", answers = 0, messages = 0;
global.Fake = { setup: function() {}, removeAllListeners: function() {}, on: function(e, f) { feed = f; }, write: function(d) { out = d; } };
var core = require("core");
var csq = { ${short("at")}: "AT+CSQ", ${short("want")}: "+CSQ: ", ${short("ms")}: 1000 };
var answered = function(r) { if (r.${short("text")} == "21,99") answers++; };
core.online(${JSON.stringify(TOPIC)}, function(p) { if (p == ${JSON.stringify(PAYLOAD)}) messages++; });
feed("\\r\\nOK\\r\\n\\r\\n+QMTSUB: 0," + out.split(",")[1] + ",0,1\\r\\n");
for (var i = 0; i < ${count}; i++) {
  core.send(csq, answered);
${PIECES.map((piece) => `  feed(${JSON.stringify(piece)});`).join("\n")}
}
print("answers " + answers + " messages " + messages);
E.reboot();`;
}
