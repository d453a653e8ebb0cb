/** Text tables. */

/** A number with its unit, or none. */
const NUMERIC = /^(-|[\d.,]+( (s|ms|MHz))?|)$/;

/** The first column is text, numbers are set to the right. Lines end without a line end. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => (typeof cell == "number" ? number(cell) : cell)));
  const isNumeric = header.map((_, i) => rows.length > 0 && rows.every((row) => typeof row[i] == "number" || NUMERIC.test(String(row[i]))));
  const widths = header.map((_, i) => Math.max(...cells.map((row) => (row[i] ?? "").length)));
  return cells
    .map((row) =>
      row
        .map((cell, i) => (isNumeric[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** 1234567 is `1,234,567`; what is not whole keeps two digits. */
export function number(value: number): string {
  const [whole = "", fraction] = (Number.isInteger(value) ? String(value) : value.toFixed(2)).split(".");
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (fraction === undefined ? "" : `.${fraction}`);
}
