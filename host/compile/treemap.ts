/** A picture of where the bytes are: one area per source file inside each module, as large as what the finished text owes to it. SVG. */
import { hierarchy, treemap } from "d3-hierarchy";
import type { HierarchyRectangularNode } from "d3-hierarchy";
import type { ModuleSize } from "./size.ts";

const WIDTH = 1200;
const HEIGHT = 800;
/** Of a module's title line. */
const TITLE = 18;
/** A character of the font below, pixels. */
const CHARACTER = 6.6;

const COLORS: Readonly<Record<ModuleSize["life"], string>> = { loader: "#d9d9d9", resident: "#f4b183", cold: "#9dc3e6" };

interface Area {
  name: string;
  bytes?: number;
  life?: ModuleSize["life"];
  children?: Area[];
}

type Node = HierarchyRectangularNode<Area>;

export function treemapSvg(sizes: readonly ModuleSize[]): string {
  const modules = sizes.map(({ name, life, sources }) => ({
    name,
    life,
    children: Object.entries(sources).map(([source, bytes]) => ({ name: source.replace(/^src\//, ""), bytes, life })),
  }));
  const root = hierarchy<Area>({ name: "", children: modules })
    .sum((area) => area.bytes ?? 0)
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  const placed = treemap<Area>().size([WIDTH, HEIGHT]).paddingInner(2).paddingTop(TITLE)(root);
  const total = root.value ?? 0;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="monospace" font-size="11">
<title>${total} bytes of code</title>
${text(4, 13, `${total} bytes of code; in memory all the time: orange, only while needed: blue`)}
${(placed.children ?? []).map(moduleSvg).join("\n")}
</svg>
`;
}

function moduleSvg(node: Node): string {
  const title = fitting(`${node.data.name} ${node.value}`, node.x1 - node.x0);
  const box = rectangle(node, "none", `${node.data.name}: ${node.value} bytes`);
  return [box, text(node.x0 + 4, node.y0 + 13, title), ...(node.children ?? []).map(fileSvg)].join("\n");
}

function fileSvg(node: Node): string {
  const width = node.x1 - node.x0;
  const lines =
    node.y1 - node.y0 > 30 ? [node.data.name, String(node.value)] : node.y1 - node.y0 > 14 ? [`${node.data.name} ${node.value}`] : [];
  const labels = lines.map((line, i) => text(node.x0 + 4, node.y0 + 13 + 13 * i, fitting(line, width)));
  const box = rectangle(node, COLORS[node.data.life ?? "cold"], `${node.data.name}: ${node.value} bytes`);
  return [box, ...labels].join("\n");
}

function rectangle(node: Node, fill: string, title: string): string {
  const [x, y, width, height] = [node.x0, node.y0, node.x1 - node.x0, node.y1 - node.y0].map((n) => n.toFixed(1));
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}" stroke="#555"><title>${escaped(title)}</title></rect>`;
}

function text(x: number, y: number, line: string): string {
  return line && `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}">${escaped(line)}</text>`;
}

/** What fits into so many pixels. */
function fitting(line: string, width: number): string {
  return line.slice(0, Math.max(0, Math.floor((width - 8) / CHARACTER)));
}

function escaped(line: string): string {
  return line.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
