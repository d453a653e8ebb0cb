/** The docs speak of what is there, in lines that a person can read. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { decisions } from "../../host/pages/decisions.ts";
import { ROOT } from "../../host/project/root.ts";
import { pages } from "./pages.ts";

const PROSE = 120;
const CODE = 160;
const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };
/** What these say held on their day. */
const past = new Set(decisions().flatMap(({ file, status }) => (status == "accepted" ? [] : [`docs/decisions/${file}`])));

/** As GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe("the docs", () => {
  it("have lines that a person can read", () => {
    for (const { path, text, prose } of pages()) {
      for (const line of prose.split("\n")) assert.ok([...line].length <= PROSE, `${path}: ${line}`);
      for (const line of text.split("\n")) if (!line.startsWith("|")) assert.ok([...line].length <= CODE, `${path}: ${line}`);
    }
  });

  it("lead to pages and headings that are there", () => {
    for (const { path, text } of pages())
      for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(target)) continue;
        const [file = "", anchor] = target.split("#");
        const full = file ? join(dirname(path), file) : path;
        assert.ok(existsSync(join(ROOT, full)), `${path}: ${target}`);
        if (anchor !== undefined) assert.ok(anchorsOf(readFileSync(join(ROOT, full), "utf8")).includes(anchor), `${path}: ${target}`);
      }
  });

  it("name files and folders that are there", () => {
    for (const { path, text } of pages()) {
      if (past.has(path) || path == "CHANGELOG.md") continue;
      for (const [, named = ""] of text.matchAll(/`((?:src|host|test|docs|boards|certs)\/[\w./-]*)`/g))
        // Files of the interpreter's own sources are named alike.
        if (!/\.(c|h|py)$/.test(named)) assert.ok(existsSync(join(ROOT, named)), `${path}: ${named}`);
    }
  });

  it("say of every folder what is in it", () => {
    const text = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");
    for (const tree of ["src", "host"]) {
      const table = new RegExp(`^\\| folder of \`${tree}/\` [^]*?\\n\\n`, "m").exec(text)?.[0] ?? "";
      const rows = [...table.matchAll(/^\| `([\w-]+)` /gm)].map(([, name]) => name);
      const folders = readdirSync(join(ROOT, tree), { withFileTypes: true }).filter((entry) => entry.isDirectory());
      assert.deepEqual(rows.sort(), folders.map(({ name }) => name).sort(), tree);
    }
  });

  it("name commands that are there", () => {
    for (const { path, text } of pages())
      for (const [, name = ""] of text.matchAll(/npm run (?:--\S+ )*([a-z][\w-]*)/g))
        assert.ok(name in scripts, `${path}: npm run ${name}`);
  });
});
