/** What the docs say of the house is what the house is; and how its picture comes about. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ROOT } from "../../host/project/root.ts";
import { houseDocuments } from "../../host/pages/files.ts";
import { planOf } from "../../host/pages/floors.ts";
import { withLayers } from "../../host/pages/layers.ts";
import { houseSvg } from "../../host/pages/picture.ts";
import type { Room } from "../../host/pages/rooms.ts";
import { roomsOf } from "../../host/pages/rooms.ts";

function room(name: string, ...imports: string[]): Room {
  return { name, parts: [], imports };
}

describe("what npm run house writes", () => {
  it("is what is there", async () => {
    for (const [path, text] of await houseDocuments()) assert.equal(readFileSync(join(ROOT, path), "utf8"), text, `${path}: npm run house`);
  });

  it("wants a place in the page for what is written", () => {
    assert.throws(() => withLayers("# Contributing\n"), /CONTRIBUTING\.md: there is no "<!-- Layers/);
  });
});

describe("the rooms", () => {
  it("are the folders of both sides", () => {
    const board = roomsOf("src");
    assert.deepEqual(board.find(({ name }) => name == "api")?.imports, []);
    assert.ok(board.find(({ name }) => name == "cloud")?.parts.includes("aliyun"));
    assert.ok(roomsOf("host").every(({ imports }) => !imports.includes("src")));
  });
});

describe("the picture", () => {
  it("has every room above what it imports, and stairs for what does not follow from others", () => {
    const { floors, stairs } = planOf([room("a", "b", "c"), room("b", "c"), room("c"), room("d", "c")]);
    assert.deepEqual(
      floors.map((floor) => [...floor].sort()),
      [["a"], ["b", "d"], ["c"]],
    );
    assert.deepEqual(stairs, [
      ["a", "b"],
      ["b", "c"],
      ["d", "c"],
    ]);
  });

  it("leads stairs past the rooms of the floors between", () => {
    const { floors, stairs } = planOf([room("a", "b", "d"), room("b", "c"), room("c"), room("d")]);
    assert.deepEqual(stairs[1], ["a", "a -> d, floor 1", "d"]);
    assert.ok(floors[1]?.includes("a -> d, floor 1"));
  });

  it("cannot be drawn of rooms that import each other in a circle, and names them", () => {
    assert.throws(() => planOf([room("a", "b"), room("b", "c"), room("c", "b")]), /^Error: a circle: b -> c -> b$/);
  });

  it("is the same for the same rooms", () => {
    const rooms = roomsOf("host");
    assert.equal(houseSvg([], rooms), houseSvg([], rooms));
    assert.ok(houseSvg(roomsOf("src"), rooms).includes("<title>config imports "));
  });
});
