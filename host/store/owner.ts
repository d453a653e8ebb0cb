/**
 * One process per file. The sign of ownership is a local socket that is listened on: the operating system takes it away together with its
 * process, however that ends, so nothing is left over that would have to be told from a living owner.
 */
import { createHash } from "node:crypto";
import { unlinkSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export interface Ownership {
  release(): Promise<void>;
}

/** @throws {Error} when a living process owns the file. */
export async function takeOwnership(file: string): Promise<Ownership> {
  const path = socketPath(file);
  const server = (await listening(path)) ?? (await afterTheDead(path));
  if (!server) throw new Error(`${file} is in use by another process`);
  return { release: () => new Promise((done) => server.close(() => done())) };
}

/** Short whatever the file is called: such paths end at about 100 characters. */
function socketPath(file: string): string {
  const name = `cloud-${createHash("sha256").update(resolve(file)).digest("hex").slice(0, 24)}`;
  return process.platform == "win32" ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

async function afterTheDead(path: string): Promise<Server | null> {
  if (await isAlive(path)) return null;
  unlinkSync(path);
  return listening(path);
}

/** @returns `null` when the path is taken. */
function listening(path: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => (error.code == "EADDRINUSE" ? resolve(null) : reject(error)));
    // It does not keep the process running.
    server.listen(path, () => resolve(server.unref()));
  });
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
