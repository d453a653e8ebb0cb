import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { minify } from "terser";
import type { ModuleSpec } from "../../../host/compile/modules.ts";
import { measure, sizeTable } from "../../../host/compile/size.ts";
import type { ModuleSize } from "../../../host/compile/size.ts";
import { treemapSvg } from "../../../host/compile/treemap.ts";

const CORE: ModuleSpec = { name: "core", entry: "", life: "resident", shortenProperties: true };
const UP: ModuleSpec = { name: "up", entry: "", life: "cold", shortenProperties: true };

const NO_MAP = '{"version":3,"sources":[],"names":[],"mappings":""}';

function sizeOf(module: ModuleSpec, code: string): ModuleSize {
  return measure({ module, code, map: NO_MAP });
}

describe("the size of a module", () => {
  it("is its bytes, its functions, and those that exist once it is loaded", () => {
    const code = "function a(){return ()=>function(){}}const b={c(){},d:()=>1};class E{f(){}}exports.a=a;";
    const expected = { name: "core", life: "resident", bytes: code.length, functions: 6, functionsAtLoad: 4, sources: {} };
    assert.deepEqual(sizeOf(CORE, code), expected);
  });

  it("is shown with what grew and shrank since the last build, and the totals that count", () => {
    const now = [sizeOf(CORE, "const a=()=>1,b=()=>2;"), sizeOf(UP, "function c(){}")];
    const before = [sizeOf(CORE, "const a=()=>1;"), sizeOf(UP, "function longer(){}")];
    const lines = sizeTable(now, before).split("\n");
    assert.match(lines[1] ?? "", /^core +resident +22 +\+8 +2 +\+1 +2 +\+1$/);
    assert.match(lines[2] ?? "", /^up +cold +14 +-5 +1 +1$/);
    assert.equal(lines[3], "resident: 22 bytes, 2 functions at load +1 (about 14 variables)");
    assert.equal(lines[4], "all but the loader: 36 bytes +3");
    assert.doesNotMatch(sizeTable(now, []), /[+-]\d/);
  });

  it("is shared out among its sources", async () => {
    const sources = {
      "src/at/reader.ts": "function feed(chunk){return chunk+chunk}",
      "src/link/link.ts": "function tick(){return feed('a')}exports.tick=tick;",
    };
    const { code, map } = await minify(sources, {
      toplevel: true,
      compress: false,
      mangle: { toplevel: true },
      sourceMap: { filename: "core" },
    });
    const size = measure({ module: CORE, code: code ?? "", map: map as string });
    const link = (code ?? "").indexOf("function", 1);
    assert.deepEqual(size.sources, { "src/at/reader.ts": link, "src/link/link.ts": (code ?? "").length - link });
    const grown = { ...size, sources: { ...size.sources, "src/at/reader.ts": link + 7, "src/new.ts": 3 } };
    assert.match(sizeTable([grown], [size]), /^changed: src\/at\/reader\.ts \+7 \(core\), src\/new\.ts \+3 \(core\)$/m);
  });
});

describe("the picture of the sizes", () => {
  const sizes: ModuleSize[] = [
    { ...sizeOf(CORE, "1"), bytes: 400, sources: { "src/a<b>.ts": 300, "src/link/link.ts": 100 } },
    { ...sizeOf(UP, "1"), bytes: 100, sources: { "src/modem/ec20.ts": 100 } },
  ];
  const svg = treemapSvg(sizes);

  it("gives each file an area as large as its bytes", () => {
    const area = (title: string): number => {
      const [, width, height] = new RegExp(`width="([\\d.]+)" height="([\\d.]+)"[^>]*><title>${title}</title>`).exec(svg) ?? [];
      return Number(width) * Number(height);
    };
    const [large, small] = [area("a&lt;b&gt;\\.ts: 300 bytes"), area("link/link\\.ts: 100 bytes")];
    assert.ok(large / small > 2.8 && large / small < 3.2, `${large} and ${small}`);
    assert.ok(area("core: 400 bytes") > 3 * area("up: 100 bytes"));
  });

  it("is well-formed, and names what has room for a name", () => {
    assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
    assert.match(svg, />modem\/ec20\.ts<\/text>/);
    assert.doesNotMatch(svg, /a<b>/);
    const open = [...svg.matchAll(/<(svg|rect|title|text)\b/g)].length;
    assert.equal([...svg.matchAll(/<\/(svg|rect|title|text)>/g)].length, open);
  });
});
