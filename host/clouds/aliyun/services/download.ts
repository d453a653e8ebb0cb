/** A file in blocks over MQTT (Aliyun IoT Platform, "Download files over MQTT"). */
import type { Message } from "../../../broker/rules.ts";
import { blockFrame, blockOf, parseBlockRequest, refusalFrame } from "../../alink/blocks.ts";
import { takeFault } from "../../shared/strikes.ts";
import type { DeviceNames } from "../identifier.ts";
import { STREAM_FILE } from "../jobs.ts";
import type { World } from "../world.ts";
import { badParameter } from "../../alink/messages.ts";

export function blockAnswer({ topic, payload }: Message, names: DeviceNames, world: World): Message[] {
  return [{ topic: `${topic}_reply`, payload: answer(payload, names, world), qos: 0 }];
}

function answer(payload: Buffer, names: DeviceNames, { jobs, switches, faults }: World): Buffer {
  const request = parseBlockRequest(payload);
  const { id } = request;
  if ("wrong" in request) return refusalFrame(id, request.wrong);
  const file = request.fileId === STREAM_FILE ? jobs.stream(names, request.streamId) : undefined;
  if (!file) return refusalFrame(id, badParameter("no such stream and file of this device"));
  const bytes = blockOf(file, request, switches.largestBlock);
  if (!Buffer.isBuffer(bytes)) return refusalFrame(id, bytes);
  return blockFrame(request, bytes, file.length, takeFault(faults, "corruptBlocks"));
}
