/** What may import what: the layers of the project as a rule. */
import type { Rule } from "eslint";
import { dirname, join, relative } from "node:path";
import type * as ESTree from "estree";
import { ROOT } from "../../project/root.ts";
import { hostProblem } from "./host-layers.ts";

/** Folders of `src/` and the folders they may import from, besides their own. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  api: [],
  app: ["api", "cloud"],
  boot: ["api"],
  cellular: ["api", "cloud", "script"],
  cloud: ["api", "crypto", "text"],
  crypto: ["api", "hal"],
  device: ["api", "link", "outbox"],
  hal: ["api"],
  link: ["api", "outbox"],
  outbox: ["api"],
  script: ["api"],
  text: ["api"],
  update: ["api", "hal", "script", "text"],
  wifi: ["api", "cloud", "script"],
};

/** Files at the top of `src/` put the parts together: everything is theirs. */
const ROOTS = ["main.ts", "bench.ts", "product.ts"];

/** `#product` is what the product chose, for whoever needs it; the others are files of a folder. */
const CHOSEN = "#product";
const ALIAS_FOLDER: Readonly<Record<string, string>> = { "#digest": "crypto", "#things": "cloud" };

export const layers: Rule.RuleModule = {
  meta: { type: "problem", schema: [], docs: { description: "imports go down the layers only" } },
  create(context) {
    const from = relative(ROOT, context.filename).split("/");

    function check(node: ESTree.Node & { source?: ESTree.Node | null; importKind?: string; exportKind?: string }): void {
      const source = node.source?.type == "Literal" ? node.source.value : undefined;
      if (typeof source != "string") return;
      const isTypeOnly = node.importKind == "type" || node.exportKind == "type";
      const problem =
        from[0] == "src" ? firmwareProblem(from, source, context.filename) : from[0] == "host" ? problemOfHost(source, isTypeOnly) : "";
      if (problem) context.report({ node, message: problem });
    }

    /** The emulators know the firmware as a board does: as a built file. Tests of the firmware import it. */
    function problemOfHost(source: string, isTypeOnly: boolean): string {
      const target = targetOf(source, context.filename);
      return target ? hostProblem(from, target, isTypeOnly) : "";
    }

    return { ImportDeclaration: check, ImportExpression: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};

function firmwareProblem(from: string[], source: string, filename: string): string {
  const folder = from.length > 2 ? (from[1] as string) : "";
  if (source == CHOSEN) return "";
  const target = targetOf(source, filename);
  if (!target) return `firmware has no packages: "${source}" cannot be imported`;
  if (target[0] != "src") return `firmware imports from src only, not from ${target[0]}/`;
  if (!folder)
    return ROOTS.includes(from[1] as string) ? "" : `src/${from[1]} belongs into a folder: only ${ROOTS.join(" and ")} stand at the top`;
  const other = target.length > 2 || source.startsWith("#") ? (target[1] as string) : "";
  if (other == folder) return "";
  if (!other) return `src/${folder} must not import ${target.join("/")}: it puts the parts together`;
  if (MAY_IMPORT[folder]?.includes(other)) return "";
  const allowed = (MAY_IMPORT[folder] ?? []).map((name) => `src/${name}`).join(", ") || "nothing";
  return `src/${folder} must not import src/${other}: it may import ${allowed}`;
}

/** Path inside the project, in parts; `undefined` for a package. */
function targetOf(source: string, filename: string): string[] | undefined {
  const folder = ALIAS_FOLDER[source];
  if (folder) return ["src", folder];
  if (!source.startsWith(".")) return undefined;
  return relative(ROOT, join(dirname(filename), source)).split("/");
}
