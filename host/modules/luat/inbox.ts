/** Received messages: told at once, or kept in four slots until they are asked for (Luat AT manual V1.6.3, MQTTMSGSET, MQTTMSGGET). */
import type { IPublishPacket } from "mqtt-packet";
import { ok, type CommandTable } from "../core/command.ts";
import type { Core } from "../core/core.ts";
import type { LuatState } from "./state.ts";

const SLOTS = 4;

interface Kept {
  line: string;
  /** Counts messages: the lowest is the oldest. */
  order: number;
}

export interface Inbox {
  commands: CommandTable;
  take(packet: IPublishPacket): void;
  reset(): void;
}

export function makeInbox(core: Core, state: LuatState): Inbox {
  const { quirks } = core.settings;
  let slots: (Kept | null)[] = Array.from({ length: SLOTS }, () => null);
  let order = 0;

  /** Topic, count and payload as they are: nothing is escaped, the count is of the payload's bytes. */
  function line({ topic, payload }: IPublishPacket): string {
    const bytes = payload as Buffer;
    const head = `+MSUB: "${Buffer.from(topic).toString("latin1")}",${bytes.length}`;
    if (quirks.msubHex && state.session.settings["+MQTTMODE"] === 1) return `${head},"${bytes.toString("hex").toUpperCase()}"`;
    return `${head} byte,${bytes.toString("latin1")}`;
  }

  /** The first free slot, or the one of the oldest message, which is lost. */
  function nextSlot(): number {
    const free = slots.indexOf(null);
    if (free >= 0) return free;
    const orders = slots.map((kept) => (kept as Kept).order);
    return orders.indexOf(Math.min(...orders));
  }

  const commands: CommandTable = {
    "+MQTTMSGGET": {
      test: () => [],
      read: () => ok(...slots.map((kept, i) => `+MQTTMSGGET: ${i},${kept ? "VALID" : "INVALID"}`)),
      run() {
        const kept = slots.filter((slot) => slot !== null).sort((a, b) => a.order - b.order);
        slots = slots.map(() => null);
        return ok(...kept.map((message) => message.line));
      },
    },
  };

  return {
    commands,
    take(packet) {
      const payload = packet.payload as Buffer;
      const lost = payload.length > quirks.receiveLimit;
      const details = { client: 0, topic: packet.topic, qos: packet.qos, bytes: payload.length, payload: payload.toString("latin1") };
      core.emit({ ev: lost ? "message-lost" : "message", ...details });
      if (lost) return;
      if (state.session.settings["+MQTTMSGSET"] === 0) return core.port.urc(line(packet));
      const slot = nextSlot();
      slots[slot] = { line: line(packet), order: order++ };
      core.port.urc(`+MSUB: ${slot}`);
    },
    reset: () => void (slots = slots.map(() => null)),
  };
}
