/** What the interpreter's list of variables says about who owns them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { minify } from "terser";
import { bindingsOf, parseDump, shareOut } from "../../../host/bench/heap.ts";
import type { Binding } from "../../../host/bench/heap.ts";

/**
 * As Espruino 2v29 prints it after a prompt: two functions and a state of `core`, an application with one closure, a
 * timer, a line on the console.
 */
const DUMP = `>ref,size,flags,name,links...
1,1,1,Object,2,60,
2,1,24,"\\xFF",3,
3,1,5,Object,4,6,
4,2,27,"modules",5,
5,1,5,Object,8,30,
6,2,27,"timers",7,
7,1,3,Array,50,
8,1,27,"core",9,
9,1,5,Object,10,
10,2,27,"start",12,
11,1,5,Object,13,14,15,16,
12,1,7,,20,21,
13,1,24,"a",12,
14,1,24,"b",22,
15,1,24,"w",25,
16,1,24,"q",26,
20,1,27,"\\xFFcod",27,
21,1,27,"\\xFFsco",11,
22,1,7,,23,24,
23,1,27,"\\xFFcod",28,
24,1,27,"\\xFFsco",11,
25,1,5,Object,29,
26,5,36,String "1,2,3,",
27,1,39,String "return 1",
28,1,39,String "return 2",
29,2,27,"read",44,
30,1,27,"app",31,
31,1,5,Object,32,
32,1,27,"app",33,
33,1,7,,34,35,
34,1,27,"\\xFFcod",36,
35,1,27,"\\xFFsco",37,
36,1,39,String "n.every(60,()=>...",
37,1,5,Object,
38,1,3,Array,39,40,
39,1,20,Number 0,37,
40,1,20,Number 1,41,
41,1,5,Object,
42,1,7,,43,45,
43,1,27,"\\xFFcod",36,
44,1,8,,
45,1,27,"\\xFFsco",38,
50,1,5,Object,51,
51,1,24,"cb",42,
60,2,27,"Serial1",61,
61,1,5,Object,
70,4,36,String "E.dumpVariables()",
`.split("\n");

const BINDINGS = new Map<string, Binding>([
  ["a", { source: "src/main.ts", original: "start", isFunction: true, isConst: true }],
  ["b", { source: "src/at/reader.ts", original: "feed", isFunction: true, isConst: true }],
  ["w", { source: "src/link/link.ts", original: "world", isFunction: false, isConst: false }],
  ["q", { source: "src/at/reader.ts", original: "buf", isFunction: false, isConst: false }],
]);

describe("the interpreter's variables", () => {
  it("are parsed with their names and what they lead to", () => {
    const cells = parseDump(DUMP);
    assert.equal(cells.size, DUMP.length - 2);
    assert.deepEqual(cells.get(1), { size: 1, name: null, links: [2, 60] });
    assert.deepEqual(cells.get(4), { size: 2, name: "modules", links: [5] });
    assert.deepEqual(cells.get(26), { size: 5, name: null, links: [] }, "a text that looks like links");
    assert.deepEqual(cells.get(39), { size: 1, name: null, links: [37] }, "a place in a list");
  });

  it("are shared out once each", () => {
    const cells = parseDump(DUMP);
    const owners = shareOut(cells, new Map([["core", BINDINGS]]));
    const all = [...cells.values()].reduce((sum, cell) => sum + cell.size, 0);
    assert.equal(
      owners.reduce((sum, one) => sum + one.functionVariables + one.stateVariables, 0),
      all,
    );
    const of = (name: string): unknown[] => {
      const { functions, functionVariables, stateVariables } = owners.find((one) => one.name == name) ?? {};
      return [functions, functionVariables, stateVariables];
    };
    assert.deepEqual(of("at/reader.ts"), [1, 5, 6], "function feed with its name, code and scope; text buf");
    assert.deepEqual(of("main.ts"), [1, 5, 0]);
    assert.deepEqual(of("hal/espruino.ts"), [0, 0, 4], "the world, whoever names it");
    assert.deepEqual(of("link/link.ts"), [0, 0, 1], "its name for it");
    const app = owners.find((one) => one.name == "app");
    assert.equal(app?.functions, 2, "the exported one, and the closure that a timer holds");
    assert.deepEqual(of("the console's line that asked"), [0, 0, 4]);
  });

  it("are refused where they hold no such module", () => {
    const other = new Map([["zz", BINDINGS.get("a") as Binding]]);
    assert.throws(() => shareOut(parseDump(DUMP), new Map([["at", other]])), /no module with the names of at/);
  });

  it("are named by the source map", async () => {
    const source =
      'let buffer="";const LIMIT=3;function feed(chunk){buffer+=chunk;return later()}const later=()=>LIMIT+buffer.length;feed("1");';
    const options = {
      toplevel: true,
      mangle: { toplevel: true },
      compress: false,
      sourceMap: { filename: "core", includeSources: true },
    } as const;
    const { code, map } = await minify({ "src/at/reader.ts": source }, options);
    const bindings = bindingsOf(code ?? "", map as string);
    assert.deepEqual(
      [...bindings.values()],
      [
        { source: "src/at/reader.ts", original: "buffer", isFunction: false, isConst: false },
        { source: "src/at/reader.ts", original: "LIMIT", isFunction: false, isConst: true },
        { source: "src/at/reader.ts", original: "feed", isFunction: true, isConst: true },
        { source: "src/at/reader.ts", original: "later", isFunction: true, isConst: true },
      ],
    );
  });
});
