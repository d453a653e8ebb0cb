/** The module's files: `UFS:` in flash, `RAM:` until the power goes (Quectel FILE AT manual). */

export type Storage = "UFS" | "RAM";

/** Bytes. What a BG770A reports for its flash; EC2x parts differ by memory fitted. */
const CAPACITY: Record<Storage, number> = { UFS: 3_776_512, RAM: 1_048_576 };
/** Bytes of a name, its prefix not counted. */
const NAME_LIMIT = 80;

export class FileStore {
  private readonly files = new Map<string, Buffer>();

  /** `UFS:name` or `RAM:name`; null: no valid name. No prefix means flash. */
  static key(name: string): string | null {
    const match = /^(?:(UFS|RAM):)?([^:"*]+)$/i.exec(name);
    if (!match || (match[2] as string).length > NAME_LIMIT) return null;
    return `${(match[1] ?? "UFS").toUpperCase()}:${match[2]}`;
  }

  /** Power is gone. */
  loseRam(): void {
    for (const key of this.files.keys()) if (key.startsWith("RAM:")) this.files.delete(key);
  }

  /** The file as named in a setting, or null. */
  read(name: string): Buffer | null {
    const key = FileStore.key(name);
    return (key !== null && this.files.get(key)) || null;
  }

  has(key: string): boolean {
    return this.files.has(key);
  }

  get(key: string): Buffer | undefined {
    return this.files.get(key);
  }

  set(key: string, data: Buffer): void {
    this.files.set(key, data);
  }

  delete(key: string): boolean {
    return this.files.delete(key);
  }

  /** Files that a pattern names: a name, `*`, `UFS:*`, `RAM:*`. */
  matching(pattern: string): { key: string; size: number }[] {
    const all = /^(?:(UFS|RAM):)?\*$/i.exec(pattern);
    const prefix = all ? `${(all[1] ?? "UFS").toUpperCase()}:` : null;
    const key = FileStore.key(pattern);
    return [...this.files].filter(([k]) => (prefix ? k.startsWith(prefix) : k === key)).map(([k, data]) => ({ key: k, size: data.length }));
  }

  space(storage: Storage): { free: number; total: number } {
    const used = [...this.files].reduce((sum, [key, data]) => (key.startsWith(storage) ? sum + data.length : sum), 0);
    return { free: CAPACITY[storage] - used, total: CAPACITY[storage] };
  }
}

/**
 * XOR of the 16-bit big-endian words; an odd last byte is the high half of a word. Lower-case hex without leading zeros
 * (Quectel FILE AT manual, QFUPL).
 */
export function checksum(data: Buffer): string {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum ^= (data[i] as number) << (i % 2 === 0 ? 8 : 0);
  return sum.toString(16);
}
