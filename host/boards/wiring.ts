/** A picture of how a board and a module are wired, drawn from the board's file, so that it cannot differ from what the firmware does. */
import type { BoardFile } from "../config/board-file.ts";

interface Wire {
  /** The board's pin. */
  from: string;
  /** What is in between. */
  through: "" | "level shifter" | "transistor";
  /** The module's pin. */
  to: string;
}

const WIDTH = 760;
const BOARD_RIGHT = 250;
const MODULE_LEFT = 510;
const FIRST_ROW = 92;
const ROW = 44;
const KEY_PINS = { powerKey: "PWRKEY", reset: "RESET_N", status: "STATUS" } as const;

/** From the top down: UART, keys, ground, supply. */
export function wiresOf({ modem }: BoardFile): Wire[] {
  const between = modem.levelShifter == "needed" ? ("level shifter" as const) : ("" as const);
  const { path, tx, rx } = modem.options;
  const uart: Wire[] =
    path === undefined
      ? [
          { from: `${tx} (${modem.uart} TX)`, through: between, to: "RXD" },
          { from: `${rx} (${modem.uart} RX)`, through: between, to: "TXD" },
        ]
      : [{ from: `${path} (${modem.uart})`, through: "", to: "USB or UART adapter" }];
  const keys = Object.entries(modem.pins).map(([name, { pin, active }]): Wire => {
    const through = modem.levelShifter != "needed" ? "" : name == "status" ? "level shifter" : "transistor";
    return { from: `${pin} (${name == "status" ? "on" : "pressed"} = ${active})`, through, to: KEY_PINS[name as keyof typeof KEY_PINS] };
  });
  return [...uart, ...keys, { from: "GND", through: "", to: "GND" }];
}

export function wiringSvg(board: BoardFile): string {
  const wires = wiresOf(board);
  const bottom = FIRST_ROW + wires.length * ROW;
  const height = bottom + 120;
  const onBoard = board.modem.levelShifter == "on-board";
  const notes = [
    `Board ${board.modem.volts} V${onBoard ? ", level shifters on the board" : ""}; module 1.8 V, peaks of 2 A`,
    ...wrapped(`VBAT: ${board.modem.supply}`, 104),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="14">`,
    `  <title>${escaped(board.title)}</title>`,
    `  <rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    box(20, BOARD_RIGHT - 20, bottom, board.chip == "any" ? "PC" : board.chip),
    box(MODULE_LEFT, WIDTH - 20 - MODULE_LEFT, bottom, "4G module"),
    ...wires.map((wire, i) => drawn(wire, FIRST_ROW + i * ROW)),
    ...notes.map((note, i) => `  <text x="20" y="${bottom + 40 + i * 20}" fill="#333">${escaped(note)}</text>`),
    "</svg>",
    "",
  ].join("\n");
}

function box(x: number, width: number, bottom: number, title: string): string {
  return [
    `  <rect x="${x}" y="20" width="${width}" height="${bottom - 20}" rx="8" fill="#eef3f8" stroke="#345"/>`,
    `  <text x="${x + width / 2}" y="48" text-anchor="middle" font-weight="bold">${escaped(title)}</text>`,
  ].join("\n");
}

function drawn({ from, through, to }: Wire, y: number): string {
  const middle = (BOARD_RIGHT + MODULE_LEFT) / 2;
  return [
    `  <line x1="${BOARD_RIGHT}" y1="${y}" x2="${MODULE_LEFT}" y2="${y}" stroke="#345" stroke-width="2"/>`,
    `  <text x="${BOARD_RIGHT - 10}" y="${y + 5}" text-anchor="end">${escaped(from)}</text>`,
    `  <text x="${MODULE_LEFT + 10}" y="${y + 5}">${escaped(to)}</text>`,
    ...(through
      ? [
          `  <rect x="${middle - 58}" y="${y - 15}" width="116" height="30" rx="5" fill="#fff6dd" stroke="#a70"/>`,
          `  <text x="${middle}" y="${y + 5}" text-anchor="middle">${through}</text>`,
        ]
      : []),
  ].join("\n");
}

function wrapped(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) as string;
    if (line && line.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return lines;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
