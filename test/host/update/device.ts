/** A device as the cloud reference, section 4, wants it, over a real broker: it shares no code with the server that it is to test. */
import { createHash } from "node:crypto";
import { connectAsync } from "mqtt";
import type { MqttClient } from "mqtt";

export interface DeviceOptions {
  port: number;
  /** Of its topics. */
  base: string;
  username?: string;
  password?: string;
  version?: string;
  /** Of a block. */
  blockBytes?: number;
  /**
   * What becomes of an update that was downloaded and is right. Default: it runs. `crash`: it restarts in the middle, once, and goes on.
   */
  end?: "runs" | "rolled-back" | "silent" | "crash" | "back-without-a-word";
  /** It says no to the push. */
  refuses?: string;
}

interface Push {
  size: number;
  streamId: number;
  sign: string;
  dProtocol: string;
  version: string;
  signMethod: string;
  streamFileId: number;
}

/** Until a block is asked for again. The PC answers in a few milliseconds. */
const PATIENCE_MS = 300;

export class FakeDevice {
  /** Everything that it was pushed, as it came. */
  readonly pushes: Record<string, unknown>[] = [];
  readonly answers: Record<string, unknown>[] = [];
  content = Buffer.alloc(0);
  /** What it saw that was not right, and asked for again or left alone. */
  readonly oddities: string[] = [];
  private job: Push | null = null;
  private id = 0;
  private timer: NodeJS.Timeout | undefined;
  private hasCrashed = false;

  private constructor(
    private readonly client: MqttClient,
    private readonly options: DeviceOptions,
  ) {}

  static async start(options: DeviceOptions): Promise<FakeDevice> {
    const { port, username, password } = options;
    const login = { ...(username !== undefined && { username }), ...(password !== undefined && { password }) };
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: "device", reconnectPeriod: 0, ...login }, false);
    const device = new FakeDevice(client, options);
    client.on("message", (topic, payload) => device.got(topic, payload));
    await client.subscribeAsync(
      ["upgrade", "get_reply", "download_reply"].map((leaf) => `${options.base}/ota/${leaf}`),
      { qos: 1 },
    );
    return device;
  }

  async close(): Promise<void> {
    clearTimeout(this.timer);
    await this.client.endAsync(true);
  }

  inform(version = this.options.version ?? "1.0.0"): void {
    this.say("inform", { version });
  }

  query(): void {
    this.say("get", {}, { version: "1.0", method: "thing.ota.firmware.get" });
  }

  progress(step: number, desc = ""): void {
    this.say("progress", { step: String(step), desc });
  }

  private say(leaf: string, params: object, rest: object = {}): void {
    this.client.publish(`${this.options.base}/ota/${leaf}`, JSON.stringify({ id: String(++this.id), params, ...rest }), { qos: 1 });
  }

  private got(topic: string, payload: Buffer): void {
    const leaf = topic.slice(this.options.base.length + "/ota/".length);
    if (leaf == "download_reply") return this.block(payload);
    const message = JSON.parse(payload.toString()) as { data: Push };
    if (leaf == "get_reply") return void this.answers.push(message as unknown as Record<string, unknown>);
    this.pushes.push(message as unknown as Record<string, unknown>);
    this.pushed(message.data);
  }

  private pushed(job: Push): void {
    if (this.options.refuses) return this.progress(-1, this.options.refuses);
    if (this.options.end == "back-without-a-word" && this.content.length == job.size) return;
    const isSame = this.job?.sign == job.sign && this.content.length > 0;
    this.job = job;
    if (isSame) return;
    this.ask();
  }

  private ask(): void {
    const { streamId, streamFileId } = this.job as Push;
    const fileBlock = { size: this.options.blockBytes ?? 256, offset: this.content.length };
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), PATIENCE_MS);
    this.say("download", { fileToken: "default", fileInfo: { streamId, fileId: streamFileId }, fileBlock }, { version: "1.0" });
  }

  private block(frame: Buffer): void {
    const length = frame.readUInt16BE(0);
    const { code, data } = JSON.parse(frame.toString("utf8", 2, 2 + length)) as {
      code: number;
      data?: { bSize: number; bOffset: number; fileLength: number };
    };
    if (code != 200 || !data) {
      clearTimeout(this.timer);
      if (frame.length != 2 + length) this.oddities.push("a refusal with bytes");
      return this.progress(-2, `code ${code}`);
    }
    const bytes = frame.subarray(2 + length, 2 + length + data.bSize);
    if (frame.length != 2 + length + data.bSize + 2) return void this.oddities.push("length");
    if (data.bOffset != this.content.length) return void this.oddities.push("offset");
    if (crcBitwise(bytes) != frame.readUInt16LE(frame.length - 2)) {
      this.oddities.push("crc");
      return this.ask();
    }
    this.content = Buffer.concat([this.content, bytes]);
    if (this.options.end == "crash" && !this.hasCrashed) {
      this.hasCrashed = true;
      this.job = null;
      this.content = Buffer.alloc(0);
      clearTimeout(this.timer);
      return this.inform();
    }
    if (this.content.length < (this.job as Push).size) return this.ask();
    clearTimeout(this.timer);
    this.downloaded(this.job as Push);
  }

  private downloaded(job: Push): void {
    if (createHash("sha256").update(this.content).digest("hex") != job.sign.toLowerCase()) return this.progress(-3, "wrong digest");
    this.progress(100);
    switch (this.options.end ?? "runs") {
      case "runs":
      case "crash":
        return this.inform(job.version);
      case "rolled-back":
        this.inform();
        return this.progress(-1, "it was never online");
      case "back-without-a-word":
        return this.inform();
      default:
    }
  }
}

/** CRC-16/ARC by its definition, most significant bit first and mirrored: another way than the one under test. */
function crcBitwise(bytes: Buffer): number {
  const mirrored = (value: number, bits: number): number => parseInt(value.toString(2).padStart(bits, "0").split("").reverse().join(""), 2);
  let crc = 0;
  for (const byte of bytes) {
    crc ^= mirrored(byte, 8) << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x8005 : crc << 1) & 0xffff;
  }
  return mirrored(crc, 16);
}
