import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { transpiler } from "../../../host/compile/transpile.ts";

const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

/** What becomes of `src/user.ts` beside other files, without spaces and line ends. */
function translated(text: string, others: Record<string, string> = {}): string {
  const root = mkdtempSync(join(tmpdir(), "enums-"));
  folders.push(root);
  for (const [name, other] of Object.entries({ "src/user.ts": text, ...others })) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), other);
  }
  return transpiler(root)("src/user.ts", text).code.replace(/\s+/g, " ").trim();
}

const STATES = {
  "src/api/states.ts": `
    export const enum State { Off, On, Far = 10, Further, Back = -2, Bits = (1 << 4) | Far, Sum = State.On + 2 * 3 - 1 }
    export const enum Text { Name = "slots", Degree = "°" }
    const enum Own { A = 99 }
    export const other = 1;`,
};

describe("members of const enums", () => {
  it("become their values, of one's own as well as of imported ones", () => {
    const text = `import { State, Text } from "./api/states"; const enum Own { A = 1 }
      export const values = [State.Off, State.On, State.Further, State.Back, State.Bits, State.Sum, State["Far"], Text.Name, Own.A];`;
    assert.equal(translated(text, STATES), 'export const values = [0, 1, 11, -2, 26, 6, 10, "slots", 1];');
  });

  it("are found by way of a namespace", () => {
    const text = `import * as states from "./api/states"; export const values = [states.State.On, states.other];`;
    assert.equal(translated(text, STATES), `import * as states from "./api/states"; export const values = [1, states.other];`);
  });

  it("are bytes where they are text", () => {
    assert.equal(
      translated(`import { Text } from "./api/states"; export const degree = Text.Degree;`, STATES),
      'export const degree = "\\u00C2\\u00B0";',
    );
  });

  it("leave the other imports as they are", () => {
    const text = `import type { State as S } from "./api/states"; import { State, other, type Text } from "./api/states";
      export const f = (state: S, text: Text) => [state == State.On, other, text];`;
    assert.equal(
      translated(text, STATES),
      `import { other } from "./api/states"; export const f = (state, text) => [state == 1, other, text];`,
    );
  });

  it("are those of an enum, and of nothing that is called alike", () => {
    const text = `const State = { On: "mine" }; const x = { State: { On: "its" } }; export const values = [State.On, x.State.On];`;
    assert.match(translated(text, STATES), /\[State\.On, x\.State\.On\]/);
  });

  it("are refused where their value is not plain, or where two enums have one name", () => {
    assert.throws(
      () => translated(`const enum Own { A = "x".length } export const a = Own.A;`),
      /user\.ts: Own\.A: its value is no plain number or text/,
    );
    assert.throws(
      () => translated("", { ...STATES, "src/more.ts": "export const enum State { X }" }),
      /src\/more\.ts: there is another const enum State/,
    );
  });
});
