/**
 * Serves one package to devices of a private broker: the messages of the cloud reference, section 4, on the topics `<base>/ota/…`. It knows
 * no connection: what devices publish is handed in, what they are sent is handed out.
 */
import { createHash } from "node:crypto";
import { blockFrame, blockOf, refusalFrame } from "../../alink/blocks.ts";
import type { BlockRequest } from "../../alink/blocks.ts";
import { takeFault } from "../../shared/strikes.ts";
import type { Software, UpdateEvent } from "../../types.ts";
import { NO_UPDATE_FAULTS } from "./faults.ts";
import type { UpdateFaults } from "./faults.ts";
import { UpdateState } from "../../alink/update-state.ts";
import { DEVICE_LEAVES, pushPayload, queryPayload, read } from "./messages.ts";
import type { DeviceLeaf, Said, UpdateData } from "./messages.ts";

export interface UpdateServerOptions {
  software: Software;
  send(topic: string, payload: Buffer, qos: 0 | 1): void;
  onEvent(event: UpdateEvent): void;
  faults?: Partial<UpdateFaults>;
}

/** The only file of the stream. */
const STREAM_FILE = 1;
/** Bytes of a block that are sent at most: as Aliyun's (cloud reference, 4.6, unconfirmed). */
const LARGEST_BLOCK = 128 * 1024;

export class UpdateServer {
  /** May change while it runs. */
  readonly faults: UpdateFaults;
  private readonly states = new Map<string, UpdateState>();
  /** By topic: a block that is to come too late. */
  private readonly late = new Map<string, Buffer>();
  private readonly digest: Buffer;
  private pushes = 0;

  constructor(private readonly options: UpdateServerOptions) {
    this.digest = createHash("sha256").update(options.software.data).digest();
    this.faults = { ...NO_UPDATE_FAULTS, ...options.faults };
  }

  /** Tells a device of the update; also again. */
  offer(base: string): UpdateState {
    const state = this.states.get(base) ?? new UpdateState(this.options.software.version);
    this.states.set(base, state);
    if (state.isOver || this.faults.silent) return state;
    state.pushed();
    this.options.send(`${base}/ota/upgrade`, pushPayload(++this.pushes, this.data()), 1);
    this.options.onEvent({ ev: "pushed", base });
    return state;
  }

  /** A message that somebody published; of other topics nothing happens. */
  message(topic: string, payload: Buffer): void {
    if (this.faults.silent) return;
    const [, base, leaf] = /^(.+)\/ota\/([a-z]+)$/.exec(topic) ?? [];
    if (base === undefined || !isDeviceLeaf(leaf)) return;
    const said = read(leaf, payload);
    const state = this.states.get(base);
    const reply = (answer: Buffer): void => this.options.send(`${topic}_reply`, answer, 0);
    switch (said.kind) {
      case "wrong":
        this.reject(base, topic, said.reason);
        if (leaf == "download") reply(refusalFrame(said.id, { code: said.code, message: said.reason }));
        return;
      case "get":
        state?.pushed();
        return reply(queryPayload(said.id, state && !state.isOver ? this.data() : null));
      case "download":
        return this.block(base, state, topic, said.request);
      default:
        this.report(base, state, said);
    }
  }

  /** A device says what it runs, or how far it is. */
  private report(base: string, state: UpdateState | undefined, said: Extract<Said, { kind: "inform" | "progress" }>): void {
    const { onEvent } = this.options;
    const wasOver = state?.isOver;
    if (said.kind == "inform") {
      state?.informed(said.version);
      onEvent({ ev: "inform", base, version: said.version });
    } else {
      state?.progressed(said.step, said.text);
      onEvent({ ev: "progress", base, step: said.step, text: said.text });
    }
    if (!state || wasOver) return;
    if (state.isOver) this.over(base, state);
    // It has started again, and knows nothing of a push that it did not store.
    else if (said.kind == "inform") this.offer(base);
  }

  /** Nothing more is waited for. `seconds`: how long it was. */
  expire(base: string, seconds: number): void {
    const state = this.states.get(base);
    if (!state || state.isOver) return;
    state.expired(seconds);
    this.over(base, state);
  }

  private over(base: string, state: UpdateState): void {
    if (state.status == "succeeded") this.options.onEvent({ ev: "succeeded", base, version: state.version ?? "" });
    else this.options.onEvent({ ev: "failed", base, reason: state.failure });
  }

  private block(base: string, state: UpdateState | undefined, topic: string, request: BlockRequest): void {
    const { send, onEvent } = this.options;
    const { data: file } = this.options.software;
    const { streamId, streamFileId } = this.data();
    const answer = `${topic}_reply`;
    const isOurs = state && request.streamId == streamId && request.fileId == streamFileId;
    const bytes = isOurs ? blockOf(file, request, LARGEST_BLOCK) : { code: 460, message: "no such stream and file" };
    if (!Buffer.isBuffer(bytes)) {
      this.reject(base, topic, "message" in bytes ? bytes.message : "");
      return send(answer, refusalFrame(request.id, bytes), 0);
    }
    const end = request.offset + bytes.length;
    state?.served(end, file.length);
    onEvent({ ev: "block", base, bytes: end, of: file.length });
    if (takeFault(this.faults, "lostReplies")) return;
    const frame = blockFrame(request, bytes, file.length, takeFault(this.faults, "corruptBlocks"));
    const before = this.late.get(answer);
    this.late.delete(answer);
    if (takeFault(this.faults, "lateReplies")) this.late.set(answer, frame);
    else {
      send(answer, frame, 0);
      if (takeFault(this.faults, "duplicateReplies")) send(answer, frame, 0);
    }
    if (before) send(answer, before, 0);
  }

  private data(): UpdateData {
    const { data: file, version } = this.options.software;
    const sign = this.faults.wrongSign ? createHash("sha256").update("another file").digest("hex") : this.digest.toString("hex");
    return {
      size: file.length + (this.faults.wrongSize ? 1 : 0),
      // Of the file, so that a device goes on where it was when the same package is pushed by another process.
      streamId: this.digest.readUInt32BE() >>> 1,
      sign,
      dProtocol: "mqtt",
      version,
      signMethod: "SHA256",
      streamFileId: STREAM_FILE,
    };
  }

  private reject(base: string, topic: string, reason: string): void {
    this.options.onEvent({ ev: "rejected", base, topic, reason });
  }
}

function isDeviceLeaf(leaf: string | undefined): leaf is DeviceLeaf {
  return (DEVICE_LEAVES as readonly (string | undefined)[]).includes(leaf);
}
