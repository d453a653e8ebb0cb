/** Calls from the cloud to a device that wait for its answer. */
import type { Time } from "../../time/wall.ts";

/** Why a call to a device failed. */
export class CallError extends Error {
  constructor(
    readonly kind: "timeout" | "offline" | "busy",
    message: string,
  ) {
    super(message);
  }
}

interface Waiting {
  resolve(answer: Buffer): void;
  reject(error: CallError): void;
}

export class Calls {
  private readonly waiting = new Map<string, Waiting>();

  constructor(private readonly time: Time) {}

  /** `key`: what the answer will have. @throws {CallError} when it has not come after `ms` milliseconds. */
  answer(key: string, ms: number): Promise<Buffer> {
    return new Promise<Buffer>((resolve, reject) => {
      const cancel = this.time.after(ms, () => end(() => reject(new CallError("timeout", `the device did not answer within ${ms} ms`))));
      const end = (settle: () => void): void => {
        cancel();
        this.waiting.delete(key);
        settle();
      };
      this.waiting.set(key, { resolve: (answer) => end(() => resolve(answer)), reject: (error) => end(() => reject(error)) });
    });
  }

  /** @returns whether somebody waits for it. */
  answered(key: string, answer: Buffer): boolean {
    const waiting = this.waiting.get(key);
    waiting?.resolve(answer);
    return waiting !== undefined;
  }

  /** Nobody answers any more. */
  close(): void {
    for (const { reject } of this.waiting.values()) reject(new CallError("offline", "the cloud is closed"));
  }
}
