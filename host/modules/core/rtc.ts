/** The module's clock: it starts in 1980 and counts; the network or CCLK may set it. */

/** GPS epoch, where the clock of a Qualcomm modem starts. */
const EPOCH_MS = Date.UTC(1980, 0, 6);
const QUARTER_MS = 15 * 60_000;
/** Two-digit years below are in this century. */
const CENTURY_PIVOT = 70;

export class Rtc {
  /** Quarter hours east of UTC. */
  zone = 0;
  /** When the network gave the time last, UTC milliseconds. */
  networkMs: number | null = null;
  private startMs: number;

  constructor(private readonly now: () => number) {
    this.startMs = EPOCH_MS - now();
  }

  /** UTC, Unix milliseconds. */
  get utcMs(): number {
    return this.startMs + this.now();
  }

  /** The battery is gone. */
  reset(): void {
    this.startMs = EPOCH_MS - this.now();
    this.zone = 0;
    this.networkMs = null;
  }

  set(utcMs: number, zone: number): void {
    this.startMs = utcMs - this.now();
    this.zone = zone;
  }

  /** `yy/MM/dd,hh:mm:ss+zz`, local time, zone in quarter hours (3GPP TS 27.007, 8.15). */
  get cclk(): string {
    const { year, rest } = fields(this.utcMs + this.zone * QUARTER_MS);
    return `${pad(year % 100)}/${rest}${zoneText(this.zone)}`;
  }

  /** @returns whether `text` is a time. */
  setCclk(text: string): boolean {
    const match = /^(\d\d)\/(\d\d)\/(\d\d),(\d\d):(\d\d):(\d\d)([+-]\d{1,2})?$/.exec(text);
    if (!match) return false;
    const [yy, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
    const zone = Number(match[7] ?? 0);
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59 || Math.abs(zone) > 96) return false;
    const year = yy < CENTURY_PIVOT ? 2000 + yy : 1900 + yy;
    this.set(Date.UTC(year, month - 1, day, hour, minute, second) - zone * QUARTER_MS, zone);
    return true;
  }

  /** `yyyy/MM/dd,hh:mm:ss+zz,dst` as QLTS writes it; local for mode 2. */
  static longText(utcMs: number, zone: number, local: boolean): string {
    const { year, rest } = fields(utcMs + (local ? zone * QUARTER_MS : 0));
    return `${year}/${rest}${zoneText(zone)},0`;
  }
}

function fields(ms: number): { year: number; rest: string } {
  const d = new Date(ms);
  const date = `${pad(d.getUTCMonth() + 1)}/${pad(d.getUTCDate())}`;
  return { year: d.getUTCFullYear(), rest: `${date},${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}:${pad(d.getUTCSeconds())}` };
}

function zoneText(zone: number): string {
  return (zone < 0 ? "-" : "+") + pad(Math.abs(zone));
}

function pad(n: number): string {
  return String(n).padStart(2, "0");
}
