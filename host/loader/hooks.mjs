// Node's loader, taught TypeScript. Each file is translated alone, without its types, and kept under its text, so that a command
// line starts without a compiler.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = join(import.meta.dirname, "../..");
const CACHE = join(ROOT, "node_modules/.cache/espruino-cellular/js");
const OPTIONS = {
  loader: "ts",
  format: "esm",
  target: "node20",
  sourcemap: "inline",
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
};
const VERSION = JSON.stringify([OPTIONS, readFileSync(join(ROOT, "node_modules/esbuild/package.json"), "utf8")]);

/** The sources' names for what a product chose: here that of the default product. */
const { paths } = JSON.parse(readFileSync(join(ROOT, "tsconfig.json"), "utf8")).compilerOptions;

export async function resolve(specifier, context, next) {
  const chosen = paths[specifier]?.[0];
  if (chosen) return { url: pathToFileURL(join(ROOT, chosen)).href, shortCircuit: true };
  // Imports of the firmware have no ending.
  if (specifier.startsWith(".") && context.parentURL?.endsWith(".ts") && !/\.\w+$/.test(specifier)) {
    const url = new URL(`${specifier}.ts`, context.parentURL);
    if (existsSync(fileURLToPath(url))) return { url: url.href, shortCircuit: true };
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  // One file may be loaded under several addresses (`cli.ts?1`).
  if (!/^file:[^?#]*\.m?ts($|[?#])/.test(url)) return next(url, context);
  const path = fileURLToPath(url);
  return { format: "module", source: await translated(path, readFileSync(path, "utf8")), shortCircuit: true };
}

async function translated(path, text) {
  const key = createHash("sha256")
    .update(VERSION)
    .update(`\0${basename(path)}\0`)
    .update(text)
    .digest("hex");
  const kept = join(CACHE, `${key.slice(0, 32)}.js`);
  if (existsSync(kept)) return readFileSync(kept, "utf8");
  const { transform } = await import("esbuild");
  const { code } = await transform(text, { ...OPTIONS, sourcefile: basename(path) });
  keep(kept, code);
  return code;
}

function keep(path, code) {
  // Several processes may do this at a time: a file is there whole, or not at all.
  const own = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(own, code);
    renameSync(own, path);
  } catch {
    // Installed by another user, or read-only: translated again each time.
  }
}
