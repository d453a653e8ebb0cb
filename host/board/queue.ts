/**
 * The queue that all inputs of a board share: UARTs and watched pins wait here for the idle loop.
 * A model of the ring buffer in Espruino 2v29, `src/jsdevices.c`: it decides in which pieces data arrives, and when bytes are lost.
 */

/** Bytes of head in front of each packet (length, flags). */
const HEAD = 2;
/** A packet never holds more (IOEVENT_MAX_LEN). */
const PACKET_LIMIT = 64;
/** Bytes that are never used ("leave a little spare", jshGetIOCharEventsFree). */
const SPARE = 4;

export interface Packet {
  /** What it came from: `Serial1`, or a pin's name. */
  source: string;
  bytes: number[];
}

export class InputQueue {
  private packets: Packet[] = [];
  private used = 0;

  /** @param size bytes, heads included: 1,024 on STM32, 4,096 on ESP32. */
  constructor(private readonly size: number) {}

  get length(): number {
    return this.packets.length;
  }

  /** Bytes in use, heads included. */
  get usedBytes(): number {
    return this.used;
  }

  /** Received bytes, one by one as from an interrupt. Returns how many were lost. */
  pushBytes(source: string, bytes: Buffer): number {
    let lost = 0;
    for (const byte of bytes) if (!this.pushByte(source, byte)) lost++;
    return lost;
  }

  /** A packet of its own, such as a pin's change. Returns whether there was room. */
  pushPacket(source: string, bytes: number[]): boolean {
    if (this.free < bytes.length + HEAD) return false;
    this.packets.push({ source, bytes });
    this.used += bytes.length + HEAD;
    return true;
  }

  pop(): Packet | undefined {
    const packet = this.packets.shift();
    if (packet) this.used -= packet.bytes.length + HEAD;
    return packet;
  }

  private get free(): number {
    return this.size - this.used - SPARE;
  }

  private pushByte(source: string, byte: number): boolean {
    const last = this.packets.at(-1);
    // The packet in front may be in work already: so the first chunk after silence has one byte.
    const open = last && this.packets.length > 1 && last.source == source && last.bytes.length + 1 < PACKET_LIMIT;
    if (!open || this.free <= 0) return this.pushPacket(source, [byte]);
    last.bytes.push(byte);
    this.used++;
    return true;
  }
}
