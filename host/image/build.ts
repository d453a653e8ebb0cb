/** From sources and configuration to a board's Storage: bundled, checked, and written as files and as the image. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Product } from "../../src/api/config.ts";
import { loadBudget, overruns, tierTable } from "../compile/budget.ts";
import { measure, sizeTable } from "../compile/size.ts";
import type { ModuleSize } from "../compile/size.ts";
import { treemapSvg } from "../compile/treemap.ts";
import { ROOT } from "../project/root.ts";
import { writeFile } from "../config/secret-file.ts";
import { assemble } from "./assemble.ts";
import type { AssembleOptions } from "./assemble.ts";
import { spaceFor } from "./storage.ts";

export interface BuildOptions extends AssembleOptions {
  /** Path of what the firmware may take; default: the project's `budget.json`. */
  budget?: string;
  /** Default: `dist/<board>` in the project. */
  out?: string;
}

export interface BuildResult {
  out: string;
  /** As the firmware reads it: defaults filled in. */
  product: Product;
  /** Storage files in their order in the image. */
  files: Map<string, Buffer>;
  image: Buffer;
  /** File name of the image in `out`. */
  imageName: string;
  sizes: ModuleSize[];
  /** Warnings about the product, the tables of modules and tiers, and what grew. */
  report: string;
  /** What takes more than `budget.json` allows; everything is written all the same. */
  overruns: string[];
}

/** @throws {CheckError} about the sources, {ConfigError} about the product, identity or board. */
export async function build(options: BuildOptions): Promise<BuildResult> {
  const budget = loadBudget(options.budget);
  const { product, files, image, bundles, stored, pretokenised, warnings } = await assemble(options);
  const imageName = product.board == "linux" ? "espruino.flash" : "storage.bin";
  const out = resolve(options.out ?? join(ROOT, "dist", product.board));
  const sizes = bundles.map(measure);
  const before = readSizes(out);
  write(out, { files, image, imageName, sizes, pretokenised });
  const used = [...files.values()].reduce((total, data) => total + spaceFor(data.length), 0);
  const storage = `Storage: ${files.size} files, ${used} of ${image.length} bytes`;
  const tokens = pretokenised === null ? [] : [`pretokenised for ${pretokenised} and no other: ${stored} bytes`];
  const tables = [sizeTable(sizes, before), tierTable(sizes, before, budget)];
  const report = [...warnings.map((warning) => `warning: ${warning}`), ...tables, ...tokens, storage].join("\n");
  return { out, product, files, image, imageName, sizes, report, overruns: overruns(sizes, budget) };
}

interface Written extends Pick<BuildResult, "files" | "image" | "imageName" | "sizes"> {
  /** The interpreter's version; `null`: the text runs on any. */
  pretokenised: string | null;
}

function write(out: string, { files, image, imageName, sizes, pretokenised }: Written): void {
  const folder = join(out, "files");
  for (const name of namesOfLastBuild(out)) rmSync(join(folder, name), { force: true });
  mkdirSync(folder, { recursive: true });
  const list = [...files].map(([name, data]) => {
    // An identity is secret: for its owner's eyes only.
    writeFile(join(folder, name), data, name == "identity");
    return { name, size: data.length, sha256: createHash("sha256").update(data).digest("hex") };
  });
  writeFile(join(out, imageName), image, files.has("identity"));
  const sha256 = createHash("sha256").update(image).digest("hex");
  const record = { image: imageName, size: image.length, sha256, pretokenised, files: list };
  writeFileSync(join(out, "image.json"), `${JSON.stringify(record, null, 2)}\n`);
  writeFileSync(join(out, "size.json"), `${JSON.stringify(sizes, null, 2)}\n`);
  writeFileSync(join(out, "size.svg"), treemapSvg(sizes));
}

function namesOfLastBuild(out: string): string[] {
  const path = join(out, "image.json");
  if (!existsSync(path)) return [];
  const record = JSON.parse(readFileSync(path, "utf8")) as { files: { name: string }[] };
  return record.files.map((file) => file.name).filter((name) => dirname(join(out, name)) == out);
}

function readSizes(out: string): ModuleSize[] {
  const path = join(out, "size.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as ModuleSize[]) : [];
}
