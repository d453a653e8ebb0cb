/** `npm run bench`: the figures that can be measured here, against their targets. What cannot be measured is said. */
import { Command } from "commander";
import { bundle } from "../build/build.ts";
import type { Choice } from "../build/modules.ts";
import { measure } from "../build/size.ts";
import { measureYardstick } from "./yardstick.ts";

interface Figure {
  name: string;
  target: string;
  /** `null`: not measured, for the reason in `note`. */
  now: number | null;
  note: string;
}

/** The product whose size counts: an EC20 and a cloud that signs, on a board without digests of its own. */
const MEASURED: Choice = { model: "ec20", cloud: "aliyun", hash: "sha256" };

async function sizeFigures(): Promise<Figure[]> {
  const bundles = await bundle(MEASURED);
  const sizes = bundles.map(({ module, code }) => measure(module, code)).filter((size) => size.life != "loader");
  const total = sizes.reduce((sum, size) => sum + size.bytes, 0);
  const resident = sizes.filter((size) => size.life == "resident").reduce((sum, size) => sum + size.functionsAtLoad, 0);
  const parts = sizes.map((size) => `${size.name} ${size.bytes}`).join(", ");
  return [
    { name: "bytes of all code files but the loader", target: "16384", now: total, note: parts },
    { name: "resident functions", target: "105", now: resident, note: "" },
  ];
}

async function yardstickFigure(): Promise<Figure> {
  const name = "instructions for one CSQ exchange and one message";
  const binary = process.env["ESPRUINO64"];
  if (!binary) return { name, target: "1900000", now: null, note: "ESPRUINO64 is not set: no interpreter to count on" };
  return { name, target: "1900000", now: await measureYardstick(binary), note: "callgrind, difference of two run lengths" };
}

function table(figures: readonly Figure[]): string {
  const rows = [["figure", "target", "now", ""], ...figures.map((one) => [one.name, one.target, String(one.now ?? "-"), one.note])];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const command = new Command("bench")
  .description("Measures the firmware. Instructions need ESPRUINO64 (a 64-bit Linux build of Espruino) and valgrind.")
  .option("--json", "the figures as JSON")
  .action(async (options: { json?: boolean }) => {
    const figures = [...(await sizeFigures()), await yardstickFigure()];
    console.log(options.json ? JSON.stringify(figures, null, 2) : table(figures));
  });

try {
  await command.parseAsync();
} catch (error) {
  console.error(`failed: ${(error as Error).message}`);
  process.exitCode = 1;
}
