/** What a run looks like on the screen: one line per event, with the milliseconds since its start and who it was. */

export type Who = "board" | "module" | "broker" | "operator" | "run";

export class Timeline {
  private readonly startMs: number;

  constructor(
    private readonly now: () => number,
    private readonly write: (line: string) => void,
  ) {
    this.startMs = now();
  }

  add(who: Who, text: string): void {
    this.write(`${String(Math.round(this.now() - this.startMs)).padStart(8)} ms  ${who.padEnd(8)}  ${printable(text)}`);
  }
}

/** Bytes as text where they are UTF-8, and what a terminal would obey as `\xNN`. */
export function printable(text: string): string {
  const bytes = Buffer.from(text, "latin1");
  const decoded = /^[\0-\xff]*$/.test(text) ? bytes.toString("utf8") : text;
  return (decoded.includes("\ufffd") ? text : decoded).replace(
    /[\0-\x1f\x7f-\x9f]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** Payloads are told in short. */
export function shortened(payload: Buffer, limit = 120): string {
  const text = payload.toString("latin1");
  return text.length > limit ? `${text.slice(0, limit)}… (${text.length} bytes)` : text;
}
