/** Pushes an update through an emulated Aliyun (`npm run cloud`): its owner's commands over HTTP, and its events. */
import { unlessStopped } from "../../command-line/signals.ts";
import type { Job } from "./jobs.ts";
import type { CommandsPush, Outcome } from "../types.ts";
import { UpdateState } from "../alink/update-state.ts";

/** The commands of the emulated cloud are for this PC: asking is cheap. */
const POLL_MS = 200;

class CloudError extends Error {}

export async function pushByCommands(options: CommandsPush): Promise<Outcome> {
  const { control, deviceName, transport, timeoutMs } = options;
  try {
    const productKey = await productOf(control, deviceName);
    const { version, data } = options.software;
    const software = { version, content: { base64: data.toString("base64") }, transport };
    const startedMs = Date.now();
    let job = (await command(control, "update", { productKey, deviceName, ...software })) as Job;
    const device = new UpdateState(version);
    let shown = "";
    for (;;) {
      const state = `${job.status} ${job.step}`;
      if (state != shown) options.onProgress(job);
      shown = state;
      if (job.step) device.progressed(Number(job.step), job.description);
      if (job.status == "succeeded") return { version: job.version, ms: Date.now() - startedMs };
      if (job.status == "failed") return { reason: device.failure };
      if (job.status == "cancelled") return { reason: "cancelled: another update was pushed to this device" };
      if (Date.now() - startedMs > timeoutMs) {
        device.expired(Math.round(timeoutMs / 1000));
        return { reason: device.failure };
      }
      await unlessStopped(new Promise((resolve) => setTimeout(resolve, POLL_MS)), options.stop);
      job = (await command(control, "job", { id: job.id })) as Job;
    }
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return { reason: error.message };
  }
}

/** @throws {CloudError} */
async function productOf(control: string, deviceName: string): Promise<string> {
  const products = (await command(control, "products", {})) as { productKey: string }[];
  for (const { productKey } of products) {
    const devices = (await command(control, "devices", { productKey })) as string[];
    if (devices.includes(deviceName)) return productKey;
  }
  throw new CloudError(`unknown-device: no product of this cloud has a device "${deviceName}"`);
}

/** @throws {CloudError} */
async function command(control: string, name: string, fields: object): Promise<unknown> {
  let response: Response;
  try {
    const headers = { "Content-Type": "application/json" };
    response = await fetch(`${control.replace(/\/$/, "")}/${name}`, { method: "POST", headers, body: JSON.stringify(fields) });
  } catch (error) {
    const cause = (error as { cause?: { message?: string; code?: string } }).cause;
    throw new CloudError(`connect-failed: ${control}: ${cause?.message || cause?.code || (error as Error).message}`);
  }
  const value = (await response.json().catch(() => null)) as { error?: string } | null;
  if (!response.ok) throw new CloudError(`cloud-refused: ${name}: ${value?.error ?? `HTTP status ${response.status}`}`);
  return value;
}
