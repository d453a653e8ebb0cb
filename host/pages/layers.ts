/** What may import what, in words: the tables of the lint rule as `CONTRIBUTING.md` shows them. */
import { HOST_MAY_IMPORT } from "../compile/rules/host-layers.ts";
import { MAY_IMPORT } from "../compile/rules/layers.ts";

const BEGIN = "<!-- Layers: written by npm run house from the tables of the lint rule. -->\n";
const END = "<!-- End of layers. -->";

/** `page` with the tables between its marks as they are now. @throws {Error} if it has no marks. */
export function withLayers(page: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`CONTRIBUTING.md: there is no "${BEGIN.trim()}" before "${END}"`);
  const tables = [table("src", MAY_IMPORT), table("host", HOST_MAY_IMPORT)];
  return `${page.slice(0, begin + BEGIN.length)}\n${tables.join("\n\n")}\n\n${page.slice(end)}`;
}

function table(tree: string, mayImport: Readonly<Record<string, readonly string[]>>): string {
  const rows = Object.entries(mayImport).map(([folder, others]) => `| \`${folder}\` | ${others.map((one) => `\`${one}\``).join(", ")} |`);
  return [`| folder of \`${tree}/\` | may import |`, "| - | - |", ...rows].join("\n");
}
