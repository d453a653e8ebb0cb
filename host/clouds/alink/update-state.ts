/** How far one device is with an update, by its own reports. */

/** Why it failed, in a word. `refused`: before it asked for a block. */
export type FailureName =
  "refused" | "update-failed" | "download-failed" | "verification-failed" | "flashing-failed" | "rolled-back" | "timeout";

export type Status =
  /** Nobody has told the device yet. */
  | "waiting"
  | "pushed"
  /** It has asked for a block or reported progress. */
  | "downloading"
  /** It has all of it. */
  | "installing"
  | "succeeded"
  | "failed";

export class UpdateState {
  status: Status = "waiting";
  /** `""` until it failed: the name of the failure, and what the device says. */
  failure = "";
  /** Per cent, the highest that was reported or served. */
  percent = 0;
  /** The last that the device reported; `null`: none. */
  version: string | null = null;
  /** With everything there it started again, and its old version runs. */
  private isBack = false;

  constructor(private readonly target: string) {}

  get isOver(): boolean {
    return this.status == "succeeded" || this.status == "failed";
  }

  pushed(): void {
    if (this.status == "waiting") this.status = "pushed";
  }

  /** Success is decided by this report alone. */
  informed(version: string): void {
    this.version = version;
    if (this.isOver) return;
    if (version == this.target) this.status = "succeeded";
    else if (this.status == "installing") this.isBack = true;
  }

  /** `step`: 1 to 100 per cent, or -1 to -4. */
  progressed(step: number, text: string): void {
    if (this.isOver) return;
    if (step < 0) return this.fail(this.nameOf(step), text);
    this.reached(step);
  }

  /** The device has the file up to this byte. */
  served(bytes: number, of: number): void {
    // The last per cent is the device's to report: it has still to look at what it got.
    if (!this.isOver) this.reached(Math.min(99, Math.floor((100 * bytes) / of)));
  }

  /** `seconds`: how long was waited. */
  expired(seconds: number): void {
    if (this.isOver) return;
    if (this.isBack) return this.fail("rolled-back", "");
    const texts: Partial<Record<Status, string>> = {
      downloading: `it stopped at ${this.percent} %`,
      installing: "it has the update, but does not report that it runs",
    };
    this.fail("timeout", `${texts[this.status] ?? "the device does not answer"}, after ${seconds} s`);
  }

  private reached(percent: number): void {
    this.percent = Math.max(this.percent, percent);
    if (percent >= 100) this.status = "installing";
    else if (this.status != "installing") this.status = "downloading";
  }

  private fail(name: FailureName, text: string): void {
    const runs = name == "rolled-back" && this.version !== null ? `the device runs ${this.version} again` : "";
    this.failure = `${name}: ${[runs, text].filter(Boolean).join(": ") || "no reason given"}`;
    this.status = "failed";
  }

  private nameOf(step: number): FailureName {
    if (step == -2) return "download-failed";
    if (this.status == "waiting" || this.status == "pushed") return "refused";
    if (step == -3) return "verification-failed";
    if (step == -4) return "flashing-failed";
    return this.status == "installing" ? "rolled-back" : "update-failed";
  }
}
