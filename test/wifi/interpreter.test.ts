/** The built module `mqtt` with the packets of `mqtt-packet`: on the board in Node, and on the genuine interpreter when `ESPRUINO` names it. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import type * as mqtt from "mqtt-packet";
import { bundle } from "../../host/compile/bundles.ts";
import { DEFAULT_CHOICE, MODULES, modulesNamed } from "../../host/compile/modules.ts";
import type { Choice } from "../../host/compile/modules.ts";
import { ROOT } from "../../host/project/root.ts";
import { shortNamer } from "../../host/compile/short-names.ts";
import { LINUX_REGION } from "../../host/flash-model/flash.ts";
import { VirtualClock } from "../../host/time/clock.ts";
import { NodeBoard } from "../../host/board/board.ts";
import { loadBoard } from "../../host/config/board.ts";
import { buildImage } from "../../host/image/storage.ts";
import { runScript, SKIP, temporaryFolder } from "../support/interpreter.ts";
import { bytes, connects, generated, ids, latin1, parsed, payloads, PLAN, qos, topics, willOf } from "./support.ts";

const SEED = 20_26;
const short = shortNamer(ROOT, MODULES);

/** Texts of one character per byte for a script. They lie in Storage, for as much source would not fit into the interpreter's memory. */
class Data {
  bytes = "";

  /** Source of an expression. */
  add(text: string): string {
    this.bytes += text;
    return `D(${this.bytes.length - text.length},${text.length})`;
  }
}

/** The object with the module's names, as source. */
function object(members: Readonly<Record<string, string>>): string {
  return `{${Object.entries(members).map(([name, value]) => `${short(name)}:${value}`)}}`;
}

/** The module on a world of its own. `d` is what comes from the broker; what goes out is printed in base64 after `W`, what is handed over after `M`. */
const PREPARE = `
function D(at,size){return size?require("Storage").read("data",at,size):""}
var m=require("mqtt"),d,over=0;
m.${short("init")}(${object({
  now: "function(){return 0}",
  log: `function(t){out("L"+t)}`,
  after: "function(f){f()}",
  connect: `function(o,e){d=e.${short("data")};return ${object({ write: `function(s){out("W"+btoa(s))}`, end: `function(){out("E")}` })}}`,
})},null,function(s,r){out("S"+s+","+r)},function(t,p){out("M"+btoa(t)+","+btoa(p))});
function open(){m.${short("connect")}(${object({ host: `"h"`, port: "1", tls: "false", ca: "undefined" })},60,function(){});}
open();`;

let code: string;

before(async () => {
  const choice: Choice = { ...DEFAULT_CHOICE, links: ["wifi"] };
  const [module] = await bundle(choice, ROOT, modulesNamed(choice, ["mqtt"]));
  code = (module as { code: string }).code;
});

function filesOf(data: Data): Map<string, Buffer> {
  return new Map([
    ["mqtt", Buffer.from(code, "latin1")],
    ["data", Buffer.from(`${data.bytes} `, "latin1")],
  ]);
}

function inNode(script: string, data = new Data()): Promise<string[]> {
  const lines: string[] = [];
  const files = filesOf(data).set(".bootcde", Buffer.from(`function out(s){print(s)}\n${script}`, "latin1"));
  new NodeBoard({ clock: new VirtualClock(), files, region: { ...LINUX_REGION, pages: 4096 }, print: (line) => lines.push(line) }).boot();
  return Promise.resolve(lines);
}

async function onInterpreter(script: string, data = new Data()): Promise<string[]> {
  const folder = temporaryFolder();
  try {
    writeFileSync(join(folder.path, "espruino.flash"), buildImage(filesOf(data), loadBoard("linux").storage));
    return await runScript(script, folder.path);
  } finally {
    folder.remove();
  }
}

function decoded(base64: string | undefined): string {
  return Buffer.from(base64 ?? "", "base64").toString("latin1");
}

for (const [where, run, skip] of [
  ["the board in Node", inNode, false],
  ["the genuine interpreter", onInterpreter, SKIP],
] as const)
  describe(`the module mqtt on ${where}`, { skip }, () => {
    it("writes packets that mqtt-packet reads", async () => {
      const cases = fc.sample(fc.record({ connect: connects, topic: topics, payload: payloads, id: ids, level: qos }), {
        numRuns: 25,
        seed: SEED,
      });
      const data = new Data();
      const script = cases.map(({ connect, topic, payload, id, level }) => {
        const [will, willTopic] = willOf(connect.will);
        const names = ["clientId", "username", "password"] as const;
        const plan = { ...PLAN, willTopic, ...Object.fromEntries(names.map((name) => [name, bytes(connect[name])])) };
        const texts = Object.fromEntries(Object.entries(plan).map(([name, value]) => [name, data.add(String(value))]));
        const members = will && { topic: `""`, payload: data.add(will.payload), qos: String(will.qos), retain: String(will.retain) };
        return [
          `out(btoa(m.${short("connectPacket")}(${object(texts)},${connect.keepaliveS},${connect.cleanSession},${members ? object(members) : "null"})));`,
          `out(btoa(m.${short("publish")}(${id},${data.add(bytes(topic))},${data.add(latin1(payload))},${level},${connect.cleanSession})));`,
          `out(btoa(m.${short("subscribe")}(${id},${data.add(bytes(topic))},${level})));`,
          `out(btoa(m.${short("unsubscribe")}(${id},${data.add(bytes(topic))})));`,
        ].join("\n");
      });
      const lines = (await run(`${PREPARE}\n${script.join("\n")}`, data)).map((line) => parsed(decoded(line)));
      assert.equal(lines.length, 4 * cases.length);
      for (const [i, { connect, topic, payload, id, level }] of cases.entries()) {
        const [first, publish, subscribe, unsubscribe] = lines.slice(4 * i) as [
          mqtt.IConnectPacket,
          mqtt.IPublishPacket,
          mqtt.ISubscribePacket,
          mqtt.IUnsubscribePacket,
        ];
        assert.deepEqual(
          [first.clientId, first.keepalive, first.clean, first.username, first.password?.toString(), first.will?.payload.toString()],
          [
            connect.clientId,
            connect.keepaliveS,
            connect.cleanSession,
            connect.username || undefined,
            (connect.username && connect.password) || undefined,
            connect.will?.payload,
          ],
        );
        assert.deepEqual([first.will?.topic, first.will?.qos], [connect.will?.topic, connect.will?.qos]);
        assert.deepEqual([publish.topic, publish.payload, publish.qos], [topic, payload, level]);
        assert.deepEqual([subscribe.messageId, subscribe.subscriptions], [id, [{ topic, qos: level }]]);
        assert.deepEqual([unsubscribe.messageId, unsubscribe.unsubscriptions], [id, [topic]]);
      }
    });

    it("reads what mqtt-packet writes, in any pieces, and acknowledges it", async () => {
      const messages = fc.sample(
        fc.record({ topic: topics, payload: payloads, id: ids, level: fc.constantFrom(0 as const, 1 as const, 2 as const) }),
        {
          numRuns: 25,
          seed: SEED,
        },
      );
      const all = messages
        .map(({ topic, payload, id, level }) =>
          generated({ cmd: "publish", topic, payload, qos: level, messageId: id, dup: false, retain: false }),
        )
        .join(generated({ cmd: "pingresp" }));
      const cuts = fc.sample(fc.nat({ max: 900 }), { numRuns: 400, seed: SEED });
      const pieces: string[] = [];
      for (let at = 0, i = 0; at < all.length; at += pieces[i++]?.length ?? 0)
        pieces.push(all.substr(at, (cuts[i % cuts.length] ?? 0) + 1));
      const data = new Data();
      const lines = await run(`${PREPARE}\n${pieces.map((piece) => `d(${data.add(piece)});`).join("\n")}`, data);
      const acks = { 0: [], 1: ["puback"], 2: ["pubrec"] };
      assert.deepEqual(
        lines.map((line) => {
          if (line.startsWith("M")) return line.slice(1).split(",").map(decoded);
          const { cmd, messageId } = parsed(decoded(line.slice(1)));
          return [cmd, messageId];
        }),
        messages.flatMap(({ topic, payload, id, level }) => [[bytes(topic), latin1(payload)], ...acks[level].map((cmd) => [cmd, id])]),
      );
    });

    it("drops what is too long, whatever its pieces, and the next message is right", async () => {
      const long = generated({ cmd: "publish", topic: "a", payload: "x".repeat(9000), qos: 1, messageId: 777, dup: false, retain: false });
      const next = generated({ cmd: "publish", topic: "b", payload: "y", qos: 0, dup: false, retain: false });
      const pieces = [...long.slice(0, 12), ...((long.slice(12) + next + long + next).match(/[^]{1,536}/g) ?? [])];
      const data = new Data();
      const lines = await run(`${PREPARE}\n${pieces.map((piece) => `d(${data.add(piece)});`).join("\n")}`, data);
      const once = ["Lerror: a message of more than 4300 bytes was dropped", "WQAIDCQ==", "MYg==,eQ=="];
      assert.deepEqual(lines, [...once, ...once]);
    });

    it("ends a connection that does not speak MQTT", async () => {
      const lines = await run(
        `${PREPARE}\nd("\\x20\\x02\\0\\0");d("\\x30\\x01\\0");d("\\x30\\x03\\0\\x01a");open();d("\\x20\\x80\\x80\\x80\\x80");`,
      );
      assert.deepEqual(lines, ["E", "S3,what came is not MQTT", "E"]);
    });
  });
