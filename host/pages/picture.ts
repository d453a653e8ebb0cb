/** The picture of the house: `docs/house.svg`. Pure: the same rooms give the same bytes. */
import { planOf } from "./floors.ts";
import type { Room } from "./rooms.ts";

interface Side {
  title: string;
  color: string;
  rooms: readonly Room[];
}

/** A room as it is drawn; without one, a place where stairs go past. */
interface Box {
  room: Room | undefined;
  lines: string[];
  x: number;
  y: number;
  width: number;
  height: number;
}

const WIDTH = 1240;
const MARGIN = 20;
/** Of a room's sides and top, and of the stairs between floors. */
const PADDING = 8;
const STAIRS = 46;
const LINE = 15;
/** A character of the font, pixels; the rooms' parts are written smaller. */
const CHARACTER = 7.3;
const SMALL = 6.1;
const TITLE = 30;
/** Characters of a line of parts. */
const PARTS = 24;

export function houseSvg(board: readonly Room[], pc: readonly Room[]): string {
  const sides: Side[] = [
    { title: "src/: the firmware, on the board", color: "#fbe5d6", rooms: board },
    { title: "host/: the PC side. It takes types of src/, and runs what is built", color: "#deebf7", rooms: pc },
  ];
  const drawn: string[] = [];
  let y = MARGIN;
  for (const side of sides) {
    const { svg, bottom } = sideSvg(side, y);
    drawn.push(svg);
    y = bottom + 2 * MARGIN;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y - MARGIN}" font-family="monospace" font-size="12">
<title>Who imports whom: everything imports downwards</title>
<rect width="100%" height="100%" fill="#fff"/>
${drawn.join("\n")}
</svg>
`;
}

function sideSvg({ title, color, rooms }: Side, top: number): { svg: string; bottom: number } {
  const { floors, stairs } = planOf(rooms);
  const byName = new Map(rooms.map((room) => [room.name, room]));
  const boxes = new Map<string, Box>();
  let y = top + TITLE;
  for (const names of floors) {
    const floor = place(
      names.map((name) => byName.get(name)),
      y,
    );
    for (const [i, name] of names.entries()) boxes.set(name, floor[i] as Box);
    y += Math.max(...floor.map(({ height }) => height)) + STAIRS;
  }
  const svg = [
    text(MARGIN, top + LINE, title, 14),
    ...stairs.map((way) => stairsSvg(way.map((name) => boxes.get(name) as Box))),
    ...[...boxes.values()].map((box) => roomSvg(box, color)),
  ];
  return { svg: svg.filter(Boolean).join("\n"), bottom: y - STAIRS };
}

/** One floor, spread over the width; as high as its highest room. */
function place(floor: readonly (Room | undefined)[], y: number): Box[] {
  const boxes = floor.map((room): Box => {
    const lines = partLines(room?.parts ?? []);
    const name = room?.name ?? "";
    const width = room ? Math.max(name.length * CHARACTER, ...lines.map((line) => line.length * SMALL)) + 2 * PADDING : 0;
    return { room, lines, x: 0, y, width, height: room ? LINE * (1 + lines.length) + 1.5 * PADDING : 0 };
  });
  const used = boxes.reduce((sum, { width }) => sum + width, 0);
  const gap = (WIDTH - 2 * MARGIN - used) / (boxes.length + 1);
  const height = Math.max(...boxes.map((box) => box.height));
  let x = MARGIN + gap;
  for (const box of boxes) {
    box.x = x;
    // Stairs go straight through a floor.
    if (!box.room) box.height = height;
    x += box.width + gap;
  }
  return boxes;
}

function partLines(parts: readonly string[]): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${part}`.length <= PARTS) lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(part);
  }
  return lines;
}

function roomSvg({ room, lines, x, y, width, height }: Box, color: string): string {
  if (!room) return "";
  const imports = room.imports.length ? `imports ${room.imports.join(", ")}` : "imports nothing";
  const frame = `<rect x="${fixed(x)}" y="${fixed(y)}" width="${fixed(width)}" height="${fixed(height)}" rx="4" fill="${color}" stroke="#555">`;
  const parts = lines.map((line, i) => text(x + PADDING, y + LINE * (i + 2), line, 10));
  return [`${frame}<title>${room.name} ${imports}</title></rect>`, text(x + PADDING, y + LINE, room.name, 12), ...parts].join("\n");
}

function stairsSvg(boxes: readonly Box[]): string {
  const flights = boxes.slice(1).map((to, i) => {
    const from = boxes[i] as Box;
    const [x1, y1, x2, y2] = [middle(from), from.y + from.height, middle(to), to.y];
    const half = (y1 + y2) / 2;
    return `${i ? "L" : "M"}${fixed(x1)} ${fixed(y1)}C${fixed(x1)} ${fixed(half)} ${fixed(x2)} ${fixed(half)} ${fixed(x2)} ${fixed(y2)}`;
  });
  return `<path d="${flights.join("")}" fill="none" stroke="#999"/>`;
}

function middle({ x, width }: Box): number {
  return x + width / 2;
}

function text(x: number, y: number, content: string, size: number): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}" font-size="${size}">${content.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text>`;
}

function fixed(value: number): string {
  return value.toFixed(1);
}
