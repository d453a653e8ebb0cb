/** Comments that go beyond the width are told, and broken where nothing is lost by it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Linter } from "eslint";
import tseslint from "typescript-eslint";
import { commentWidth } from "../../../host/compile/rules/comments.ts";

const WORDS = "a word and another one ".repeat(7).trim();
const CONFIG = [
  {
    languageOptions: { parser: tseslint.parser as Linter.Parser },
    plugins: { project: { rules: { width: commentWidth } } },
    rules: { "project/width": "error" },
  },
] as const satisfies Linter.Config[];

function fixed(code: string): { output: string; messages: number } {
  const { output, messages } = new Linter().verifyAndFix(code, CONFIG);
  return { output, messages: messages.length };
}

describe("a comment that is too wide", () => {
  it("is broken between words, on as few lines", () => {
    const { output, messages } = fixed(`  // ${WORDS}\nlet a;`);
    assert.equal(messages, 0);
    const lines = output.split("\n");
    assert.equal(lines.length, 3);
    assert.ok(lines.slice(0, 2).every((line) => line.startsWith("  // ") && line.length <= 140));
    assert.equal(
      lines
        .slice(0, 2)
        .map((line) => line.slice(5))
        .join(" "),
      WORDS,
    );
  });

  it("becomes a block if it documents something, and has no last line of a word or two", () => {
    const { output } = fixed(`/** ${WORDS.slice(0, 145)} */\nlet a;`);
    assert.match(output, /^\/\*\*\n \* a word [^]+\n \* .{27,}\n \*\/\nlet a;$/);
  });

  it("takes the lines below with it, as far as they go on", () => {
    const { output } = fixed(`// ${WORDS}\n// to its end.\n//\n// More.\nlet a;`);
    assert.match(output, /^\/\/ a word.*\n\/\/ .* to its end\.\n\/\/\n\/\/ More\.\nlet a;$/);
  });

  it("keeps lists, tags and what is laid out", () => {
    const kept = ` * - one\n * - two\n *\n *     code   in columns\n * @throws {Error}\n */\nlet a;`;
    const { output } = fixed(`/**\n * ${WORDS}\n${kept}`);
    assert.ok(output.endsWith(kept), output);
  });

  it("does not break what stands between backticks", () => {
    const { output } = fixed(`// ${"x".repeat(120)} \`one two three four five\` and so on\nlet a;`);
    assert.match(output, /^\/\/ x+\n\/\/ `one two three four five` and so on\n/);
  });

  it("is only told at the end of a line of code, and where it is no prose", () => {
    const code = `let a; // ${WORDS}\n/* ${WORDS} */\n`;
    assert.deepEqual(fixed(code), { output: code, messages: 2 });
  });

  it("is left alone while it fits", () => {
    const code = `// ${"x ".repeat(68)}\n/** One. */\nlet a;`;
    assert.deepEqual(fixed(code), { output: code, messages: 0 });
  });
});
