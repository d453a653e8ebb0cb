/** An update for the one device of an emulated platform: a job of its owner. */
import type { CloudEvent } from "../shared/events.ts";
import type { RunningUpdate, UpdatePush } from "../types.ts";
import type { AliyunApi } from "./api.ts";

export class Updates {
  private readonly watchers = new Set<(event: CloudEvent) => void>();

  /** What the platform tells. */
  event(event: CloudEvent): void {
    for (const watch of this.watchers) watch(event);
  }

  push(api: AliyunApi, { software }: UpdatePush): RunningUpdate {
    const { version, data: content } = software;
    const [product] = api.products();
    const { productKey } = product as { productKey: string };
    const [deviceName = ""] = api.devices(productKey);
    // It may be pushed before the next line.
    let job = -1;
    const over = new Promise<string>((resolve) =>
      this.watchers.add((event) => {
        if (event.ev != "job" || event.job != job) return;
        if (event.status == "succeeded") resolve("");
        if (event.status == "failed") resolve(failure(api, job));
      }),
    );
    job = api.update({ productKey, deviceName }, { version, content, transport: "mqtt" }).id;
    return { over, message: () => {} };
  }
}

function failure(api: AliyunApi, job: number): string {
  const { step, description } = api.job(job);
  return `update-failed: step ${step}: ${description || "no reason given"}`;
}
