/** How far a device has come, from what its module and its firmware say. */
import { OPERATOR } from "../broker/operator.ts";
import type { CloudEvent } from "../clouds/shared/events.ts";
import type { Modem } from "../modules/modem.ts";

export class Progress {
  /** Publishes that the device knows to be acknowledged. */
  published = 0;
  /** Messages that the module handed to the device. */
  received = 0;
  /** Milliseconds from the module's ready sign to the first acknowledgement; `null` before it. */
  onlineMs: number | null = null;
  private readyAt: number | null = null;
  /** The firmware began; over Wi-Fi there is no other ready sign. */
  private startedAt: number | null = null;
  private lastError = "";
  private failure = "";
  private readonly watchers = new Set<() => void>();

  private isOnline = false;

  constructor(private readonly now: () => number) {}

  watch(modem: Modem): void {
    modem.on("event", (event: { ev: string; [detail: string]: unknown }) => {
      if (event.ev == "ready") this.readyAt ??= this.now();
      if (event.ev == "published" && event["ok"] === true) {
        this.published++;
        this.onlineMs ??= Math.round(this.now() - (this.readyAt ?? this.now()));
      }
      // What a cloud sends while the device is still on its way (a registration's answer) is not for the application.
      if (event.ev == "message" && this.isOnline) this.received++;
      this.changed();
    });
  }

  /** Over Wi-Fi there is no module to ask: what the broker sees of the device. */
  brokerEvent(event: CloudEvent): void {
    if (!("client" in event) || event.client === OPERATOR) return;
    if (event.ev == "publish" && event.qos == 1) {
      this.published++;
      this.onlineMs ??= Math.round(this.now() - (this.startedAt ?? this.now()));
    } else if (event.ev == "ack" && this.isOnline) this.received++;
    this.changed();
  }

  /** A line that the firmware printed. */
  line(line: string): void {
    const state = /^link: \S+ -> (\S+)/.exec(line);
    if (state) this.isOnline = state[1] == "online";
    if (line.startsWith("link: off -> ")) this.startedAt ??= this.now();
    const error = /^error: ([a-z-]+: .*)$/.exec(line);
    if (error) this.lastError = error[1] as string;
  }

  /** Ends every wait. */
  fail(reason: string): void {
    this.failure ||= reason;
    this.changed();
  }

  /** Resolves to `""` after one acknowledged publish and one message, else to the named reason. */
  async done(limitMs: number): Promise<string> {
    const isDone = (): boolean => this.failure != "" || (this.published > 0 && this.received > 0);
    if (!isDone()) {
      await new Promise<void>((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          this.watchers.delete(look);
          resolve();
        };
        const look = (): void => {
          if (isDone()) end();
        };
        const timer = setTimeout(end, limitMs);
        this.watchers.add(look);
      });
    }
    if (this.failure) return this.failure;
    if (isDone()) return "";
    return (
      this.lastError ||
      `timeout: ${this.published ? "no message reached" : "no publish was acknowledged to"} the device within ${limitMs / 1000} s`
    );
  }

  /** Resolves to the reason when the run cannot go on; else never. */
  failed(): Promise<string> {
    return new Promise((resolve) => this.watchers.add(() => this.failure && resolve(this.failure)));
  }

  private changed(): void {
    this.watchers.forEach((look) => look());
  }
}
