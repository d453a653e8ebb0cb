/** `npm run console` at a device on a TCP port. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { LOADER } from "../../../host/loader/loader.ts";
import { ROOT } from "../../../host/project/root.ts";
import { temporaryFolder } from "../../support/interpreter.ts";

const COMMAND = ["--import", LOADER, "host/console/cli.ts"];

describe("npm run console", () => {
  it("shows what a device prints, decoded and without secrets, also after it was away; and sends nothing", async () => {
    const folder = temporaryFolder();
    const identity = join(folder.path, "identity.json");
    writeFileSync(identity, '{"password":"nobody-sees-this"}');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const received: Buffer[] = [];
    const connection = (): Promise<Socket> =>
      new Promise((resolve) => {
        server.once("connection", (socket: Socket) => {
          socket.on("data", (bytes) => received.push(bytes));
          socket.on("error", () => {});
          resolve(socket);
        });
      });
    const first = connection();
    const port = `tcp:127.0.0.1:${(server.address() as AddressInfo).port}`;
    const child = spawn(process.execPath, [...COMMAND, "--port", port, "--identity", identity], { cwd: ROOT });
    let out = "";
    let look: () => void = () => {};
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      look();
    });
    const shown = (pattern: RegExp): Promise<void> =>
      new Promise((resolve) => {
        look = () => void (pattern.test(out) && resolve());
        look();
      });

    const socket = await first;
    const again = connection();
    socket.end(Buffer.from(">\r\x1b[Japp: 温度 nobody-sees-this\r\nerror flags: FIFO_FULL\r\n"));
    await shown(/was closed; waiting for it/);
    (await again).write("online: 1/2 variables\r\n");
    await shown(/online/);
    child.kill("SIGTERM");
    const code = await new Promise((resolve) => child.once("close", resolve));
    server.close();
    (await again).destroy();
    folder.remove();
    assert.equal(code, 0);
    assert.match(out, /^\d\d:\d\d:\d\d\.\d{3} app: 温度 \*\*\*\n\S+ error flags: FIFO_FULL \(input came faster/);
    assert.match(out, /\d online: 1\/2 variables\n$/);
    assert.deepEqual(received, []);
  });

  it("fails with a named reason, and tells wrong usage", () => {
    const run = (...args: string[]): { code: number | null; lastError: string } => {
      const { status, stderr } = spawnSync(process.execPath, [...COMMAND, ...args], { cwd: ROOT, encoding: "utf8" });
      return { code: status, lastError: stderr.trimEnd().split("\n").at(-1) ?? "" };
    };
    assert.match(run("--port", "/dev/none").lastError, /^console failed: \/dev\/none: .*; is the board plugged in/);
    assert.equal(run("--port", "x", "--board", "uno").code, 2);
    assert.equal(run("--port", "tcp:nowhere").code, 2);
    assert.equal(run().code, 2);
    assert.equal(run("--port", "x", "--baud", "fast").code, 2);
    assert.equal(run("--help").code, 0);
  });
});
