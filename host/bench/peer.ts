/** EspruinoDocs' AT command library (`modules/AT.js`) on the yardstick's input: minified, from flash, with the line handlers of a driver. */
import { readFileSync } from "node:fs";
import { minify } from "terser";
import { programImage } from "./program.ts";
import type { ImageOf } from "./exchange.ts";
import { PAYLOAD, PIECES } from "./exchange.ts";

/** Beginnings of lines that the driver of a module waits for; the last one is the message's, whose line is handed over as it is. */
const HANDLERS = ["+CREG", "+QMTSTAT", "+QIURC"];

/** `file`: a copy of AT.js. @returns what `measure` finds. @throws {Error} if it cannot be read or is no module like AT.js. */
export async function measurePeer(
  binary: string,
  file: string,
  measure: (binary: string, image: ImageOf) => Promise<number>,
): Promise<number> {
  const { code } = await minify(readFileSync(file, "utf8"), { ecma: 5, toplevel: true });
  if (!code?.includes("exports.connect")) throw new Error(`--peer-at ${file}: exports no function "connect", as EspruinoDocs' AT.js does`);
  const modules = new Map([["AT", Buffer.from(code, "latin1")]]);
  return measure(binary, (count) => programImage(modules, loop(count)));
}

function loop(count: number): string {
  return `
var feed, answers = 0, messages = 0;
var Fake = { on: function(e, f) { feed = f; }, write: function(d) {} };
var at = require("AT").connect(Fake);
${HANDLERS.map((prefix) => `at.registerLine(${JSON.stringify(prefix)}, function(l) {});`).join("\n")}
at.registerLine("+QMTRECV", function(l) { if (l.indexOf(${JSON.stringify(PAYLOAD)}) > 0) messages++; });
function answered(l) {
  if (l == "OK") { answers++; return; }
  return answered;
}
for (var i = 0; i < ${count}; i++) {
at.cmd("AT+CSQ\\r\\n", 1000, answered);
${PIECES.map((piece) => `feed(${JSON.stringify(piece)});`).join("\n")}
}
print("answers " + answers + " messages " + messages);
E.reboot();`;
}
