/** The module's files: a LittleFS in flash, with folders (Luat AT manual V1.6.3, FS commands). It survives everything. */

/** Bytes for files: what FSMEM of an Air780EP V1007 tells, with the 10 bytes that were stored then. */
const CAPACITY = 64_110;
/** Bytes of a name with its folders. */
const NAME_LIMIT = 64;

export class FileSystem {
  private readonly files = new Map<string, Buffer>();
  private readonly folders = new Set<string>([""]);

  /** `a`, `/a`, `C:/a` and `/a/` are the same; null: no valid name. */
  static path(name: string): string | null {
    const path = name
      .replaceAll("\\", "/")
      .replace(/^C:/i, "")
      .replace(/^\/+|\/+$/g, "");
    return name.length > NAME_LIMIT || /["*:]|\/\//.test(path) ? null : path;
  }

  get free(): number {
    return CAPACITY - [...this.files.values()].reduce((sum, data) => sum + data.length, 0);
  }

  read(path: string): Buffer | undefined {
    return this.files.get(path);
  }

  write(path: string, data: Buffer): void {
    this.files.set(path, data);
  }

  remove(path: string): boolean {
    return this.files.delete(path);
  }

  hasFolder(path: string): boolean {
    return this.folders.has(path);
  }

  /** Whether something of that name could be made. */
  roomFor(path: string): boolean {
    return path !== "" && !this.files.has(path) && !this.folders.has(path) && this.folders.has(folderOf(path));
  }

  addFolder(path: string): void {
    this.folders.add(path);
  }

  removeFolder(path: string): void {
    this.folders.delete(path);
  }

  /** What a folder holds, files first; folders end with a backslash. */
  list(folder: string): string[] {
    const inside = (path: string): boolean => path !== "" && folderOf(path) === folder;
    const name = (path: string): string => path.slice(folder === "" ? 0 : folder.length + 1);
    return [...[...this.files.keys()].filter(inside).map(name), ...[...this.folders].filter(inside).map((path) => `${name(path)}\\`)];
  }
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
