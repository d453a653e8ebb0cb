/** Rates of the platform (Aliyun IoT Platform, "Limits", document 30527); counted only while they are switched on. */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/** How much in how many milliseconds. */
const RATES = {
  connectsOfDevice: [5, MINUTE_MS],
  connectsOfAccount: [500, SECOND_MS],
  uplinkQos0: [30, SECOND_MS],
  uplinkQos1: [10, SECOND_MS],
  /** Bytes. */
  uplinkBytes: [1024 * 1024, SECOND_MS],
  downlink: [50, SECOND_MS],
  shadow: [20, SECOND_MS],
  broadcast: [1, MINUTE_MS],
} as const satisfies Record<string, readonly [number, number]>;

export type Rate = keyof typeof RATES;

export class Limits {
  /** When how much was taken, for each rate and who it counts for. */
  private readonly taken = new Map<string, { at: number; amount: number }[]>();

  constructor(
    private readonly on: () => boolean,
    private readonly now: () => number,
  ) {}

  /** @returns `""`, or why it is too much. */
  take(rate: Rate, who: string, amount = 1): string {
    if (!this.on()) return "";
    const [most, windowMs] = RATES[rate];
    const key = `${rate} ${who}`;
    const now = this.now();
    const recent = (this.taken.get(key) ?? []).filter(({ at }) => at > now - windowMs);
    this.taken.set(key, recent);
    if (recent.reduce((sum, one) => sum + one.amount, 0) + amount > most)
      return `over the limit: ${rate} ${most} per ${windowMs / SECOND_MS} s`;
    recent.push({ at: now, amount });
    return "";
  }

  connects(username: string): string {
    return this.take("connectsOfDevice", username) || this.take("connectsOfAccount", "");
  }

  uplink(device: string, qos: number, bytes: number): string {
    return this.take(qos == 0 ? "uplinkQos0" : "uplinkQos1", device) || this.take("uplinkBytes", device, bytes);
  }
}
