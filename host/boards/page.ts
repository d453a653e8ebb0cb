/** The pages of `docs/boards/`: what a board's file says, in words. */
import { bootPreamble } from "../config/board.ts";
import type { BoardFile, FlashMethod } from "../config/board-file.ts";
import { wantedText } from "../config/interpreter-version.ts";
import { wiresOf } from "./wiring.ts";

const WRITTEN = "<!-- Written by npm run boards from the files of boards/. -->";

export function overviewPage(boards: ReadonlyMap<string, BoardFile>): string {
  const rows = [...boards].map(([name, board]) => [
    `[\`${name}\`](${name}.md)`,
    board.title,
    board.support == "tested" ? "tested" : "data only, untested",
    board.clockMHz === null ? "" : `${board.chip}, ${board.clockMHz} MHz`,
    grouped(board.variables.count),
    `${(board.storage.pageSize * board.storage.pages) / 1024} KiB`,
    board.flashing.methods.map(({ by }) => by).join(", "),
    updates(board.update.application),
  ]);
  return [
    "# Boards",
    "",
    WRITTEN,
    "",
    "A board is one file in `boards/`, checked against `boards/board.schema.json` and against itself whenever it is read.",
    "_Tested_ means: the tests build its image and run every command of its flashing, with stand-ins for the tools;",
    "on hardware nothing was run.",
    "_Updates_: of an application of 4 KiB over the air, until the board is flashed by wire again.",
    "",
    table(["board", "what it is", "support", "chip", "variables", "Storage", "flashed by", "updates"], rows),
    "",
  ].join("\n");
}

function updates(count: number | null): string {
  return count === null ? "no end" : `${count}`;
}

const WIFI = {
  absent: "none",
  none: "yes; no memory for TLS",
  unverified: "yes; TLS that verifies nothing",
  verified: "yes, with TLS that verifies",
} as const;

export function boardPage(name: string, board: BoardFile): string {
  const { storage, modem, interpreter, variables } = board;
  const facts: [string, string, string][] = [
    ["chip", board.clockMHz === null ? board.chip : `${board.chip}, ${board.clockMHz} MHz`, "chip"],
    ["interpreter", `${interpreter.boards.join(" or ")}, ${wantedText(interpreter)}: ${interpreter.note}`, "interpreter"],
    ["variables", `${grouped(variables.count)} of ${variables.bytes} bytes${variables.note ? `, ${variables.note}` : ""}`, "variables"],
    ["Storage", `${storage.pages} x ${grouped(storage.pageSize)} bytes at ${storage.address}`, "storage"],
    ["UARTs", board.uarts.map(({ name: uart, tx, rx, use }) => `${uart} (tx ${tx}, rx ${rx}): ${use}`).join("; "), "uarts"],
    ["input queue", `${grouped(board.inputQueue)} bytes`, "inputQueue"],
    ["module", `${modem.uart}, at most ${grouped(modem.maxBaud)} bit/s`, "modem"],
    ["console", `${board.console.device ?? "not moved"}: ${board.console.note}`, "console"],
    ["own hashes", board.hashes.join(", ") || "none: computed in JavaScript", "hashes"],
    ["own Wi-Fi", WIFI[board.wifi?.tls ?? "absent"], "chip"],
    ["flashing", board.flashing.methods.map(method).join("; "), "flashing"],
    [
      "over the air",
      `updates of an application of 4 KiB: ${updates(board.update.application)}; ` +
        `of the whole firmware: ${updates(board.update.whole)}. Space comes back ${board.update.space}`,
      "update",
    ],
  ];
  const boot = bootPreamble(board);
  return [
    `# ${board.title}`,
    "",
    WRITTEN,
    "",
    board.support == "tested"
      ? `\`--board ${name}\`. Tested without the hardware.`
      : `\`--board ${name}\`. **Untested**: data from its references, nothing was run.`,
    "",
    `![wiring](${name}.svg)`,
    "",
    table(
      ["board", "through", "module"],
      wiresOf(board).map(({ from, through, to }) => [from, through, to]),
    ),
    "",
    "## What to mind",
    "",
    ...board.warnings.map(({ text, source }) => `- ${text} (${source})`),
    "",
    "## Data, and where they are from",
    "",
    ...facts.map(([title, text, key]) => `- **${title}**: ${text} (${board.sources[key] as string})`),
    "",
    ...(boot ? ["## Before everything else", "", "`.boot0` holds:", "", `    ${boot}`, ""] : []),
    ...board.startup.map(({ pin, level, why }) => `- ${pin} = ${level}: ${why}`),
    ...(board.startup.length ? [""] : []),
  ].join("\n");
}

function method(method: FlashMethod): string {
  return "enter" in method ? `${method.by} (${method.enter})` : method.by;
}

function grouped(value: number): string {
  return value.toLocaleString("en-US");
}

function table(header: string[], rows: string[][]): string {
  return [header, header.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}
