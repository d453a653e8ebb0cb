/** A pseudo-terminal as a UART: what one program writes to `path` comes out here, and the other way round. Linux and macOS. */
import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import type { ReadStream } from "node:tty";
import * as nodePty from "@lydell/node-pty";

export interface Pty {
  /** Of the end that the other program opens. */
  readonly path: string;
  onData(fn: (bytes: Buffer) => void): void;
  write(bytes: Buffer): void;
  /** Calling it again does nothing. */
  close(): void;
}

/** What `open` of node-pty returns; its type declarations leave it out. */
interface Terminal {
  master: ReadStream;
  slave: ReadStream;
  ptsName: string;
}

/** @throws when the system has no pseudo-terminal left, or no `stty`. */
export function openPty(): Pty {
  const { open } = nodePty as unknown as { open(options: { encoding: null }): Terminal };
  const { master, slave, ptsName: path } = open({ encoding: null });
  // Held open, so that the master does not end when the other program closes its side; not read, so that nothing is taken from it.
  const held = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  slave.destroy();
  execFileSync("stty", ["raw", "-echo"], { stdio: [held, "ignore", "pipe"] });
  let closed = false;
  return {
    path,
    onData: (fn) => void master.on("data", fn),
    write(bytes) {
      if (!closed) master.write(bytes);
    },
    close() {
      if (closed) return;
      closed = true;
      master.destroy();
      closeSync(held);
    },
  };
}
