/** QoS 1 messages that went to a client and are not acknowledged. */
import type { IPublishPacket } from "mqtt-packet";
import type { Time } from "../time/wall.ts";

export class InFlight {
  private readonly waiting = new Map<number, () => void>();

  constructor(
    private readonly time: Time,
    private readonly resend: (packet: IPublishPacket) => void,
  ) {}

  get size(): number {
    return this.waiting.size;
  }

  /** Unless it is acknowledged within `ms` milliseconds it is to be sent again, marked as a duplicate (MQTT 3.1.1, 3.3.1.1). */
  sent(packet: IPublishPacket, ms: number): void {
    const id = packet.messageId as number;
    this.waiting.get(id)?.();
    this.waiting.set(
      id,
      this.time.after(ms, () => this.resend({ ...packet, dup: true })),
    );
  }

  acknowledged(id: number): void {
    this.waiting.get(id)?.();
    this.waiting.delete(id);
  }

  clear(): void {
    for (const cancel of this.waiting.values()) cancel();
    this.waiting.clear();
  }
}
