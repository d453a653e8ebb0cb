/** The library on the genuine interpreter: its JSON, its expressions, its numbers. Runs when `ESPRUINO` names the interpreter. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { runScript, SKIP } from "../support/interpreter.ts";
import { bundleAll } from "./aliyun-services-support.ts";

/** `out` prints; the device says what is published. */
const DEVICE = `
var last, now = null, heard = {}, online;
var device = {
  publish: function (topic, payload) { last = payload; out(topic + " " + payload); },
  subscribe: function (topic, qos, fn) { heard[topic] = fn; },
  on: function (event, fn) { online = fn; },
  every: function () {},
  after: function () { return function () { out("cancelled"); }; },
  now: function () { return now; },
  setTime: function (seconds) { out("time " + (seconds * 1000 > 1571724098112 && seconds * 1000 < 1571724099112)); now = seconds; },
  info: function () { return { state: "online" }; },
  log: function (text) { out("log " + text); },
};
`;

const SCRIPT = `
exports.postProperties(device, { t: 25.1, name: "caf\\xc3\\xa9 \\"\\\\\\n\\x01", none: undefined, list: [1, null, { a: true }] },
  function (error, data) { out("posted " + error + " " + JSON.stringify(data)); });
heard["/sys/~/thing/event/property/post_reply"]('{"id":"1","code":200,"data":{}}');
exports.request(device, "thing.what", [], function (error) { out("what " + error); });
heard["/sys/~/thing/what_reply"]('{"id":"2","code":6450,"message":"x"}');
heard["/sys/~/thing/what_reply"]('{"id":"2","co');
now = 1524448722;
exports.postEvent(device, "Error", { Code: 7 });
now = null;
exports.onProperties(device, function (p) { if (p.a != 1) throw new Error("no"); });
heard["/sys/~/thing/service/property/set"]('{"id":"105917531","params":{"a":1},"method":"m"}');
heard["/sys/~/thing/service/property/set"]('{"id":"5","params":{"a":2},"method":"m"}');
exports.onService(device, "S", function (p) { return p; });
heard["/sys/~/thing/service/S"]('{"id":"6","params":{"text":"\\xe4\\xb8\\xad"}}');
exports.onCall(device, function (p) { return "re " + p; });
heard["/sys/~/rrpc/request/+"]("hello", "/sys/pk/dn/rrpc/request/815");
exports.keepTime(device);
online();
heard["/ext/ntp/~/response"](last.slice(0, -1) + ',"serverRecvTime":"1571724098110","serverSendTime":"1571724098115"}');
`;

it("the library does on the interpreter what it does in Node", { skip: SKIP }, async () => {
  const lines = await runScript(`var exports = {};\n${await bundleAll()}\n${DEVICE}${SCRIPT}`);
  const sent = '"version":"1.0"';
  // Some milliseconds of real time.
  assert.deepEqual(
    lines.map((line) => line.replace(/"deviceSendTime":"\d+"/, '"deviceSendTime":"…"')),
    [
      `/sys/~/thing/event/property/post {"id":"1",${sent},"params":{"t":25.1,"name":"caf\xc3\xa9 \\"\\\\\\n\\u0001","list":[1,null,{"a":true}]},"method":"thing.event.property.post"}`,
      "cancelled",
      "posted null {}",
      `/sys/~/thing/what {"id":"2",${sent},"params":[],"method":"thing.what"}`,
      "cancelled",
      "what 6450: no such method",
      `/sys/~/thing/event/Error/post {"id":"3",${sent},"params":{"value":{"Code":7},"time":1524448722000},"method":"thing.event.Error.post","sys":{"ack":0}}`,
      '/sys/~/thing/service/property/set_reply {"id":"105917531","code":200,"data":{}}',
      "log m: Error: no",
      '/sys/~/thing/service/property/set_reply {"id":"5","code":100000,"data":{}}',
      '/sys/~/thing/service/S_reply {"id":"6","code":200,"data":{"text":"\xe4\xb8\xad"}}',
      "/sys/~/rrpc/response/815 re hello",
      '/ext/ntp/~/request {"deviceSendTime":"…"}',
      "time true",
    ],
  );
});
