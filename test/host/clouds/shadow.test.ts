/** The shadow of a device of the emulated Aliyun. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { desire, shadowAnswer, shadowOf } from "../../../host/clouds/aliyun/services/shadow.ts";
import type { World } from "../../../host/clouds/aliyun/world.ts";
import { closeAll, ME, NAMES, START_MS, testWorld } from "./support.ts";

afterEach(closeAll);

const NOW_S = START_MS / 1000;

interface Reply {
  method: string;
  payload: { status: string; content?: { errorcode: string; errormessage: string }; version?: number; state?: object; metadata?: object };
  version?: number;
  timestamp: number;
}

function say(world: World, message: unknown): Reply {
  const text = typeof message == "string" ? message : JSON.stringify(message);
  const [answer] = shadowAnswer({ topic: `/shadow/update/${ME}`, payload: Buffer.from(text), qos: 1 }, NAMES, world);
  assert.equal(answer?.topic, `/shadow/get/${ME}`);
  return JSON.parse(answer?.payload.toString() ?? "") as Reply;
}

const report = (reported: unknown, version: unknown = 1): object => ({ method: "update", state: { reported }, version });

describe("a shadow", () => {
  it("is updated and given back as the platform does", async () => {
    const world = await testWorld();
    assert.deepEqual(say(world, report({ color: "red", size: 1 })), {
      ...{ method: "reply", payload: { status: "success", version: 1 }, timestamp: NOW_S },
    });
    world.clock.advanceSync(5000);
    say(world, report({ size: 2 }, 3));
    assert.deepEqual(say(world, { method: "get" }), {
      method: "reply",
      payload: {
        status: "success",
        state: { reported: { color: "red", size: 2 }, desired: {} },
        metadata: { reported: { color: { timestamp: NOW_S }, size: { timestamp: NOW_S + 5 } }, desired: {} },
      },
      version: 3,
      timestamp: NOW_S + 5,
    });
  });

  it("loses attributes one by one, and all at once", async () => {
    const world = await testWorld();
    say(world, report({ a: 1, b: 2, c: 3 }));
    say(world, { method: "delete", state: { reported: { a: "null" } }, version: 2 });
    assert.deepEqual(shadowOf(NAMES, world).reported, { b: 2, c: 3 });
    say(world, report({ b: "null" }, 3));
    assert.deepEqual(shadowOf(NAMES, world).reported, { c: 3 });
    say(world, { method: "delete", state: { reported: "null" }, version: 4 });
    assert.deepEqual(shadowOf(NAMES, world), { reported: {}, desired: {}, metadata: { reported: {}, desired: {} }, version: 4 });
  });

  it("tells what is wished, until the device takes it back", async () => {
    const world = await testWorld();
    say(world, report({ color: "red" }, 5));
    const message = desire(NAMES, { color: "green" }, world);
    assert.equal(message.topic, `/shadow/get/${ME}`);
    assert.deepEqual(JSON.parse(message.payload.toString()), {
      method: "control",
      payload: {
        status: "success",
        state: { reported: { color: "red" }, desired: { color: "green" } },
        metadata: { reported: { color: { timestamp: NOW_S } }, desired: { color: { timestamp: NOW_S } } },
      },
      version: 6,
      timestamp: NOW_S,
    });
    assert.equal(say(world, { method: "update", state: { desired: "null" }, version: 7 }).payload.status, "success");
    assert.deepEqual(shadowOf(NAMES, world).desired, {});
  });

  it("has a version that only grows, until -1 resets it", async () => {
    const world = await testWorld();
    const code = (version: unknown): string | undefined => say(world, report({ a: 1 }, version)).payload.content?.errorcode;
    assert.equal(code(1), undefined);
    assert.equal(code(1), "409");
    assert.equal(code(0), "409");
    assert.equal(code(9), undefined);
    assert.equal(say(world, report({ a: 2 }, -1)).payload.version, 0);
    assert.equal(code(1), undefined);
  });

  for (const [what, code, message] of [
    ["no JSON", "400", "color=red"],
    ["a list", "400", "[]"],
    ["no method", "401", { state: {} }],
    ["no state", "402", { method: "update", version: 1 }],
    ["a version that is text", "403", report({ a: 1 }, "1")],
    ["no version", "403", { method: "update", state: { reported: { a: 1 } } }],
    ["nothing reported", "404", { method: "update", state: {}, version: 1 }],
    ["an empty report", "405", report({})],
    ["an unknown method", "406", { method: "change" }],
    ["nothing at all", "407", ""],
    ["129 attributes", "408", report(Object.fromEntries(Array.from({ length: 129 }, (_, i) => [`a${i}`, i])))],
    ["6 levels", "400", report({ a: { b: { c: { d: { e: { f: 1 } } } } } })],
    ["more than 16 KB", "400", report({ a: "x".repeat(16_384) })],
  ] as const) {
    it(`with ${what} is refused with ${code}, and stays as it was`, async () => {
      const world = await testWorld();
      const { payload } = say(world, message);
      assert.deepEqual([payload.status, payload.content?.errorcode], ["error", code]);
      assert.ok(payload.content?.errormessage);
      assert.equal(shadowOf(NAMES, world).version, 0);
    });
  }

  it("may have 128 attributes on 5 levels", async () => {
    const world = await testWorld();
    const many = Object.fromEntries(Array.from({ length: 128 }, (_, i) => [`a${i}`, i]));
    assert.equal(say(world, report(many)).payload.status, "success");
    say(world, { method: "delete", state: { reported: "null" }, version: 2 });
    assert.equal(say(world, report({ a: { b: { c: { d: { e: 1 } } } } }, 3)).payload.status, "success");
  });
});
