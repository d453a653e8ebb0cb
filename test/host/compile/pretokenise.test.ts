/** Pretokenised text: what it looks like, what is refused, and that the genuine interpreter takes it for the same program. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pretokenise } from "../../../host/compile/pretokenise.ts";
import { checkVersion } from "../../../host/project/tokens-version.ts";
import { buildImage } from "../../../host/image/storage.ts";
import { bootUntil, SKIP, temporaryFolder } from "../../support/interpreter.ts";

/** Tokens of Espruino 2v29, `src/jslex.h`. */
const FUNCTION = "\xaa";
const RETURN = "\xab";
const STRING8 = "\xd1";
const INT0 = "\xd3";
const INT8 = "\xd4";
const INT16 = "\xd5";

describe("pretokenised text", () => {
  it("has a byte for a reserved word and for an operator, and data as it is in memory", () => {
    assert.equal(pretokenise('function f(a){return a+"\\x00\xe4"}'), `${FUNCTION}f(a){${RETURN}a+${STRING8}\x02\0\xe4}`);
    assert.equal(
      pretokenise("x=[0,7,-1,1000,-1000,100000]"),
      `x=[${INT0},${INT8}\x07,${INT8}\xff,${INT16}\xe8\x03,${INT16}\x18\xfc,100000]`,
    );
    assert.equal(pretokenise("const of2=a=>b===c;"), "\xaeof2=a\xa2b\x8bc;");
  });

  it("is not made where two signs would run together", () => {
    assert.throws(() => pretokenise("x=a- -b"), /"x=a- -b": two signs in a row/);
    assert.throws(() => pretokenise("x=a+ +b"), /two signs in a row/);
    assert.equal(pretokenise("x=a-(-b)"), "x=a-(-b)");
  });

  it("is made for a version that knows the tokens", () => {
    for (const version of ["2v26", "2v29", "2v29.277", "3v00"]) checkVersion(version);
    assert.throws(() => checkVersion("2v25"), /2v25 does not know all tokens; 2v26 is the first/);
    for (const version of ["29", "latest", "2v29; rm"]) assert.throws(() => checkVersion(version), /is no version of the interpreter/);
  });

  it("does on the interpreter what its source does", { skip: SKIP }, async () => {
    const source = `
const words=["short","longer than twelve characters","\\x00\\xff\\r\\n\\"",""];
let text="";
function add(n){"ram";text+=n+",";return-n}
for(let i=0;i<3;i++)add(i?i*-1000:-128);
const o={a:1,b:(x,y)=>x>=y?x<<2:y>>>1,default:-7};
try{throw "thrown"}catch(e){text+=e}
switch(o.a){case 1:text+=o.b(5,4)+o.default;break;default:text+="no"}
do{text+=typeof words}while(false);
text+=/^a[0-9]+$/.test("a12")+" "+(new Uint8Array([1,2])).length+\` \${o.b(1,200)} \`;
print("> "+JSON.stringify(text+words.join("|"))+" "+(1e3+0.5+0xff)+" "+!(o.a!==1)+" "+(null==undefined));`;
    const print = async (code: string): Promise<string> => {
      const folder = temporaryFolder();
      const files = new Map([
        ["program", Buffer.from(code, "latin1")],
        [".bootcde", Buffer.from('require("program")')],
      ]);
      writeFileSync(join(folder.path, "espruino.flash"), buildImage(files, { pageSize: 1024, pages: 256 }));
      const output = await bootUntil(folder.path, /> ".*(true|false)\r?\n/).finally(() => folder.remove());
      return /> ".*/.exec(output)?.[0] ?? output;
    };
    const expected = await print(source);
    assert.match(expected, /thrown/);
    assert.equal(await print(pretokenise(source)), expected);
  });
});
