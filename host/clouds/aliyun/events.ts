/** What the platform tells about itself besides what its broker tells. Nothing of it is secret. */
import type { RejectedEvent } from "../shared/events.ts";

export type AliyunEvent =
  /** Its first connection: it cannot register any more. */
  | { ev: "activated"; device: string }
  /** It was given a new secret, or a login. */
  | { ev: "registered"; device: string; how: "https" | "register" | "regnwl" }
  | RejectedEvent
  /** An update of its software has come further. */
  | { ev: "job"; device: string; job: number; status: string; step: string }
  /** Lines of its log. */
  | { ev: "log"; device: string; lines: unknown[] };
