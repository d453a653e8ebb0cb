import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadBoard } from "../../../host/config/board.ts";
import { planFlash } from "../../../host/flash/flash.ts";
import type { Chosen, FlashJob } from "../../../host/flash/job.ts";
import { runSteps } from "../../../host/flash/steps.ts";
import type { StepRecord } from "../../../host/flash/steps.ts";

export function textFiles(entries: Record<string, string>): Map<string, Buffer> {
  return new Map(Object.entries(entries).map(([name, text]) => [name, Buffer.from(text, "latin1")]));
}

/** A firmware that is small enough to be read. */
export const FIRMWARE: Readonly<Record<string, string>> = {
  ".boot0": "// boot",
  ".bootcde": "load everything",
  at: "a".repeat(900),
  core: "c".repeat(1300),
  app: "the application",
  board: "{}",
  product: '{"name":"demo"}',
};

export function jobOf(boardName: string, port: string, more: Partial<FlashJob> = {}): FlashJob {
  return {
    boardName,
    board: loadBoard(boardName),
    port,
    product: { name: "demo", version: "1.0.0" } as FlashJob["product"],
    files: textFiles(FIRMWARE),
    own: new Map(),
    appOnly: false,
    fresh: false,
    onlineMs: 5000,
    rescue: join(tmpdir(), `rescue-${process.pid}.bin`),
    ...more,
  };
}

export interface Ran {
  told: string[];
  records: StepRecord[];
  error: Error | undefined;
}

/** Runs a flash to its end. */
export async function run(job: FlashJob, chosen: Chosen, toolMs?: number): Promise<Ran> {
  const told: string[] = [];
  const tell = (text: string): void => void told.push(text);
  const plan = planFlash(job, chosen, { tell, onLine: tell, ...(toolMs === undefined ? {} : { toolMs }) });
  const records: StepRecord[] = [];
  try {
    await runSteps(plan.steps, records, tell);
    return { told, records, error: undefined };
  } catch (error) {
    return { told, records, error: error as Error };
  } finally {
    await plan.close();
  }
}
