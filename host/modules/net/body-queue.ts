/** A body between the connection and whoever reads it, with what faults do to it on the way. */
import type { BodyCut, BodyPause } from "../core/faults.ts";

export type Taken = { what: "bytes"; bytes: Buffer } | { what: "pause"; ms: number } | { what: "cut" } | { what: "nothing" };

export class BodyQueue {
  private chunks: Buffer[] = [];
  private taken = 0;

  constructor(
    private readonly cut: BodyCut | undefined,
    private pause: BodyPause | undefined,
  ) {}

  get empty(): boolean {
    return this.chunks.length === 0;
  }

  push(chunk: Buffer): void {
    if (chunk.length > 0) this.chunks.push(chunk);
  }

  /** The next bytes, or what happens instead of them. A cut is where bytes follow: a body that ends there is whole. */
  take(): Taken {
    const first = this.chunks[0];
    if (!first) return { what: "nothing" };
    if (this.cut && this.taken >= this.cut.bytes) return { what: "cut" };
    if (this.pause && this.taken >= this.pause.bytes) {
      const { ms } = this.pause;
      this.pause = undefined;
      return { what: "pause", ms };
    }
    const room = Math.min(this.cut?.bytes ?? Infinity, this.pause?.bytes ?? Infinity) - this.taken;
    const bytes = first.subarray(0, room);
    if (bytes.length === first.length) this.chunks.shift();
    else this.chunks[0] = first.subarray(bytes.length);
    this.taken += bytes.length;
    return { what: "bytes", bytes };
  }
}
