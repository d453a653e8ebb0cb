/**
 * Updates of devices' software: one job per device and module, from the push until the device reports the new version
 * (Aliyun IoT Platform, "OTA").
 */
import { createHash, randomInt } from "node:crypto";
import type { Message } from "../../broker/rules.ts";
import type { Database, Row } from "../../store/database.ts";
import type { PlatformEvent } from "../shared/events.ts";
import { DEFAULT_MODULE } from "../alink/reports.ts";
import type { Files } from "./files.ts";
import { pathOf } from "./identifier.ts";
import type { DeviceNames } from "./identifier.ts";
import type { Records } from "./records.ts";

/** The only file of a stream. */
export const STREAM_FILE = 1;

/** `queued` until pushed; `upgrading` from the first progress; then one of the others for good. */
export type JobStatus = "queued" | "pushed" | "upgrading" | "succeeded" | "failed" | "cancelled";

export interface Package {
  version: string;
  content: Buffer;
  module?: string;
  /** Default SHA256. */
  signMethod?: "Md5" | "SHA256";
  /** Default https; `mqtt`: no address, the device asks for blocks (at most 16 MB, not checked). */
  transport?: "https" | "mqtt";
  isDiff?: boolean;
  extData?: Readonly<Record<string, unknown>>;
  /** The digest is another file's. */
  wrongDigest?: boolean;
}

export interface Job extends DeviceNames {
  id: number;
  module: string;
  version: string;
  status: JobStatus;
  /** The last progress: 1 to 100 per cent, or -1 to -4. */
  step: string;
  description: string;
}

interface Stored extends Job {
  file: number;
  stream: number;
  package: Omit<Package, "content"> & { size: number; sign: string };
}

const OPEN = "('queued', 'pushed', 'upgrading')";
const OF_MODULE = "product_key = ? AND device_name = ? AND module = ?";

export class Jobs {
  constructor(
    private readonly db: Database,
    private readonly files: Files,
    private readonly records: Records,
    private readonly tell: (event: PlatformEvent) => void,
  ) {}

  /** An open job of the same module is cancelled. */
  add(names: DeviceNames, { content, wrongDigest = false, ...wanted }: Package): Job {
    const { module = DEFAULT_MODULE, signMethod = "SHA256" } = wanted;
    const hash = createHash(signMethod == "Md5" ? "md5" : "sha256").update(wrongDigest ? Buffer.from("another file") : content);
    const details = JSON.stringify({ ...wanted, signMethod, size: content.length, sign: hash.digest("hex") });
    return this.db.atomically(() => {
      const open = this.open(names, module);
      if (open) this.change(open, "cancelled");
      const file = this.files.add(content);
      this.db.run(
        "INSERT INTO job (product_key, device_name, module, file, stream, package, status) VALUES (?, ?, ?, ?, ?, ?, 'queued')",
        ...[names.productKey, names.deviceName, module, file, randomInt(1_000_000, 10_000_000), details],
      );
      return this.job(Number(this.db.get("SELECT last_insert_rowid() AS id")?.["id"])) as Job;
    });
  }

  job(id: number): Job | undefined {
    const row = this.db.get("SELECT * FROM job WHERE id = ?", id);
    return row ? publicPart(jobOf(row)) : undefined;
  }

  /** What is to be pushed to a device that has come online. */
  pushes(names: DeviceNames): Message[] {
    const sql = `SELECT * FROM job WHERE product_key = ? AND device_name = ? AND status IN ${OPEN} ORDER BY id`;
    const open = this.db.all(sql, names.productKey, names.deviceName).map(jobOf);
    return open.filter((job) => this.isKnown(job)).map((job) => this.push(job));
  }

  /** What is to be pushed for one module, unless it was already. */
  firstPush(names: DeviceNames, module: string): Message[] {
    const job = this.open(names, module);
    return job?.status == "queued" && this.isKnown(job) ? [this.push(job)] : [];
  }

  /** Nothing is pushed before the device has said which version it has. */
  private isKnown(job: Job): boolean {
    return this.records.get(job, "version", job.module) !== undefined;
  }

  private push(job: Stored): Message {
    if (job.status == "queued") this.change(job, "pushed");
    const payload = { code: "1000", data: this.data(job), id: job.id, message: "success" };
    return { topic: `/ota/device/upgrade/${pathOf(job)}`, payload: Buffer.from(JSON.stringify(payload), "utf8"), qos: 1 };
  }

  /** What a device that asks is told. */
  query(names: DeviceNames, module: string): object {
    const job = this.open(names, module);
    if (!job) return {};
    if (job.status == "queued") this.change(job, "pushed");
    return this.data(job);
  }

  /** In the order seen on the wire (cloud reference, 4.2). */
  private data(job: Stored): object {
    const { size, version, sign, signMethod, isDiff, transport, extData } = job.package;
    const module = job.module == DEFAULT_MODULE ? {} : { module: job.module };
    const rest = { ...module, ...(isDiff && { isDiff: 1 }), ...(extData && { extData }) };
    const md5 = signMethod == "Md5" && { md5: sign };
    if (transport == "mqtt")
      return { size, streamId: job.stream, sign, dProtocol: "mqtt", version, signMethod, streamFileId: STREAM_FILE, ...md5, ...rest };
    return { size, version, url: this.files.url(job.file), ...md5, sign, signMethod, ...rest };
  }

  /** The file of a stream of this device. */
  stream({ productKey, deviceName }: DeviceNames, stream: number): Buffer | undefined {
    const sql = "SELECT file FROM job WHERE product_key = ? AND device_name = ? AND stream = ?";
    const row = this.db.get(sql, productKey, deviceName, stream);
    return row ? this.files.content(Number(row["file"])) : undefined;
  }

  /** Success is decided by this report alone. */
  informed(names: DeviceNames, module: string, version: string): void {
    this.records.set(names, "version", module, version);
    const job = this.open(names, module);
    if (job?.version == version) this.change(job, "succeeded");
  }

  progressed(names: DeviceNames, module: string, step: string, description: string): void {
    const job = this.open(names, module);
    if (job) this.change(job, Number(step) < 0 ? "failed" : "upgrading", step, description);
  }

  private open(names: DeviceNames, module: string): Stored | undefined {
    const row = this.db.get(`SELECT * FROM job WHERE ${OF_MODULE} AND status IN ${OPEN}`, names.productKey, names.deviceName, module);
    return row ? jobOf(row) : undefined;
  }

  private change(job: Stored, status: JobStatus, step = job.step, description = job.description): void {
    this.db.run("UPDATE job SET status = ?, step = ?, description = ? WHERE id = ?", status, step, description, job.id);
    this.tell({ ev: "job", device: pathOf(job), job: job.id, status, step });
  }
}

function publicPart({ id, productKey, deviceName, module, version, status, step, description }: Job): Job {
  return { id, productKey, deviceName, module, version, status, step, description };
}

function jobOf(row: Row): Stored {
  const details = JSON.parse(String(row["package"])) as Stored["package"];
  return {
    id: Number(row["id"]),
    productKey: String(row["product_key"]),
    deviceName: String(row["device_name"]),
    module: String(row["module"]),
    version: details.version,
    status: row["status"] as JobStatus,
    step: String(row["step"]),
    description: String(row["description"]),
    file: Number(row["file"]),
    stream: Number(row["stream"]),
    package: details,
  };
}
