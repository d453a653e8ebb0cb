/** A made-up module and a made-up cloud are added as `docs/adding.md` says, to a copy of the project, and go online. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { CLOUD_NAMES } from "../../host/clouds/find.ts";
import { MODELS } from "../../host/modules/find.ts";
import { ROOT } from "../../host/project/root.ts";
import { INTERPRETER, SKIP } from "../support/interpreter.ts";

/** What a program of the project needs, and its types and rules. */
const PARTS = [
  ...["src", "host", "boards", "certs", "product.json", "budget.json"],
  ...["package.json", "package-lock.json", "tsconfig.json", "tsconfig.host.json", "eslint.config.mjs"],
];
const ADDED = {
  module: { name: "m1", folders: ["src/cellular/modules", "host/modules"], registry: "host/modules/index.ts" },
  cloud: { name: "acme", folders: ["src/cloud", "host/clouds"], registry: "host/clouds/index.ts" },
};
const MADE_UP = {
  ...{ name: "made-up", version: "1.0.0", board: "linux" },
  modem: { model: "m1" },
  cloud: { type: "acme", tls: { insecure: true } },
};

interface Ended {
  code: number | null;
  out: string;
}

const FACTS = join("test/conformance/modules", `${ADDED.module.name}.ts`);

let folder: string;
let copy: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "espruino-adding-"));
  copy = join(folder, "project");
  for (const part of PARTS) cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  // A folder of its own: what tools keep there (`.cache`) is the copy's. What they have translated is known by its text.
  mkdirSync(join(copy, "node_modules"));
  for (const name of readdirSync(join(ROOT, "node_modules")))
    if (name != ".cache") symlinkSync(join(ROOT, "node_modules", name), join(copy, "node_modules", name));
  const kept = join(ROOT, "node_modules/.cache/espruino-cellular");
  if (existsSync(kept)) cpSync(kept, join(copy, "node_modules/.cache/espruino-cellular"), { recursive: true });
  for (const [kind, { name, folders, registry }] of Object.entries(ADDED)) {
    for (const one of folders)
      cpSync(join(import.meta.dirname, "fixtures", kind, one, name), join(copy, one, name), {
        recursive: true,
        errorOnExist: true,
        force: false,
      });
    appendFileSync(join(copy, registry), `export { ${name} } from "./${name}/index.ts";\n`);
  }
  // What judges a module is not part of it.
  for (const part of ["test/conformance", "test/support"]) cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  cpSync(join(import.meta.dirname, "fixtures/module", FACTS), join(copy, FACTS));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** A file of the project, run as its scripts do it, in the copy. */
function run(...args: string[]): Promise<Ended> {
  return runNode("--import", "./host/loader/register.mjs", ...args);
}

function runNode(...args: string[]): Promise<Ended> {
  return runWith("", args);
}

function runWith(interpreter: string, args: readonly string[]): Promise<Ended> {
  const env: NodeJS.ProcessEnv = { ...process.env, ESPRUINO: interpreter };
  // Else a test file that is run reports to this one's runner.
  delete env["NODE_TEST_CONTEXT"];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: copy, env, stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out }));
  });
}

let products = 0;

function build(product: object): Promise<Ended> {
  const file = join(folder, `product-${++products}.json`);
  writeFileSync(file, JSON.stringify(product));
  return run("host/image/build-cli.ts", "--product", file, "--out", join(folder, "built"));
}

/** Files that the copy has and the project has not, or not so. */
function changedFiles(): string[] {
  const files = PARTS.flatMap((part) =>
    statSync(join(copy, part)).isFile()
      ? [part]
      : readdirSync(join(copy, part), { recursive: true, encoding: "utf8" }).map((name) => join(part, name)),
  ).filter((file) => statSync(join(copy, file)).isFile());
  return files.filter((file) => textOf(ROOT, file) !== textOf(copy, file)).sort();
}

function textOf(root: string, file: string): string | undefined {
  try {
    return readFileSync(join(root, file), "latin1");
  } catch {
    return undefined;
  }
}

/** The files of the table below this heading. */
function listed(heading: string, name: string): string[] {
  const page = readFileSync(join(ROOT, "docs/adding.md"), "utf8");
  const table = new RegExp(`^## ${heading}\n\n((?:\\|.*\n)+)`, "m").exec(page)?.[1] ?? "";
  return [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, file = ""]) => file.replaceAll("<name>", name));
}

describe("a made-up module and a made-up cloud", { concurrency: 2 }, () => {
  it("are the files that docs/adding.md lists, and no others", () => {
    assert.deepEqual(changedFiles(), [...listed("A module", ADDED.module.name), ...listed("A cloud", ADDED.cloud.name)].sort());
  });

  it("go online: verified TLS, one acknowledged publish, one message received", async () => {
    const { code, out } = await run("host/start/cli.ts", "--modem", "m1", "--cloud", "acme", "--once", "--trace");
    assert.equal(code, 0, out);
    assert.match(out, /\nonline in \d+ ms, published 1, received 1\n$/);
    assert.match(out, /certificate verified/);
    assert.match(out, /> AT\+MQOPEN="mqtt\.acme\.test"/);
    assert.match(out, /> AT\+MQCONN="made-up-1","\*\*\*","\*\*\*"/, "its secrets are known");
    assert.match(out, /got acme\/made-up-1\/up: /);
  });

  it("go online on the genuine interpreter", { skip: SKIP }, async () => {
    const start = ["host/start/cli.ts", "--modem", "m1", "--cloud", "acme", "--once"];
    const { code, out } = await runWith(INTERPRETER as string, ["--import", "./host/loader/register.mjs", ...start]);
    assert.equal(code, 0, out);
    assert.match(out, /\nonline in \d+ ms, published 1, received 1\n$/);
    assert.match(out, /variables/, "it is the interpreter that tells them");
  });

  it("are built: an image whose sources have passed every check", async () => {
    const { code, out } = await build(MADE_UP);
    assert.equal(code, 0, out);
    assert.match(out, /"made-up", version 1\.0\.0, for linux, cellular, m1, acme/);
    const texts = ["core", "up", "cloud"].map((name) => readFileSync(join(folder, "built/files", name), "latin1"));
    assert.match(texts.join(""), /\+MQPUB/);
    assert.doesNotMatch(texts.join(""), /QMT|MIPSTART/, "nothing of another module is in it");
  });

  it("leave nothing else to be changed: types, rules, short names", async () => {
    const own = Object.values(ADDED).flatMap(({ name, folders }) => folders.map((one) => join(one, name)));
    const registries = Object.values(ADDED).map(({ registry }) => registry);
    const [rules, types, names] = await Promise.all([
      runNode("node_modules/eslint/bin/eslint.js", ...own, ...registries, FACTS),
      runNode("node_modules/typescript/bin/tsc", "-p", "tsconfig.json"),
      run("host/compile/short-names-cli.ts"),
    ]);
    assert.deepEqual(rules, { code: 0, out: "" });
    assert.deepEqual(types, { code: 0, out: "" });
    assert.deepEqual(names, { code: 0, out: "nothing to add\n" });
  });

  it("are judged by the conformance suite, which finds the module in the registry", async () => {
    const { code, out } = await run(`--test-name-pattern=^${ADDED.module.name}: `, "test/conformance/splits.test.ts");
    assert.equal(code, 0, out);
    assert.match(out, /ok \d+ - m1: /);
  });

  it("get nothing of others: a module without HTTP is refused where it is needed", async () => {
    const cloud = { type: "aliyun", productKey: "a1B2c3D4e5F", auth: "https", tls: {} };
    const { code, out } = await build({ ...MADE_UP, cloud });
    assert.equal(code, 1, out);
    assert.match(out, /modem\.model: Made-up M1 has no HTTP, which this way to Aliyun IoT Platform needs/);
  });

  it("are among those that a product may name", async () => {
    const { code, out } = await build({ ...MADE_UP, modem: { model: "parts" }, cloud: { type: "shared" } });
    assert.equal(code, 1, out);
    // The default first, and the others in the order of their names.
    const namesWith = ([first, ...others]: readonly string[], name: string): string => [first, ...[...others, name].sort()].join(", ");
    assert.match(out, new RegExp(`there is no module "parts"; there are ${namesWith(MODELS, ADDED.module.name)}$`, "m"));
    assert.match(out, new RegExp(`there is no cloud "shared"; there are ${namesWith(CLOUD_NAMES, ADDED.cloud.name)}$`, "m"));
  });
});
