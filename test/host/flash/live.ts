/** A genuine interpreter whose console is a TCP port: what stands on a rig behind a bridge. Its Storage outlives its restarts. */
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { INTERPRETER } from "../../support/interpreter.ts";

export interface Live {
  /** For `--port`. */
  port: string;
  /** All that it printed. */
  printed(): string;
  /** It printed something that fits, at `from` or later; the test runner's time limit ends what never comes. */
  until(pattern: RegExp, from: number): Promise<void>;
  /** Power off and on. */
  powerCycle(): Promise<void>;
  close(): Promise<void>;
}

/** `folder`: holds `espruino.flash`. */
export async function startLive(folder: string): Promise<Live> {
  let child: ChildProcessWithoutNullStreams;
  let client: Socket | null = null;
  let printed = "";
  let isClosed = false;
  let look: () => void = () => {};
  const start = (): void => {
    child = spawn(INTERPRETER as string, [], { cwd: folder, stdio: "pipe" });
    child.stdin.on("error", () => {});
    child.stderr.resume();
    child.stdout.on("data", (bytes: Buffer) => {
      printed += bytes.toString("latin1");
      look();
      client?.write(bytes);
    });
    // It ends where a board restarts.
    child.on("exit", () => void (isClosed || start()));
  };
  const kill = (): Promise<void> => new Promise((resolve) => void (child.once("close", () => resolve()), child.kill("SIGKILL")));
  const server = createServer({ noDelay: true }, (socket) => {
    client?.destroy();
    client = socket;
    socket.on("data", (bytes) => void child.stdin.write(bytes));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => void (client === socket && (client = null)));
  });
  start();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: `tcp:127.0.0.1:${(server.address() as AddressInfo).port}`,
    printed: () => printed,
    until: (pattern, from) =>
      new Promise((resolve) => {
        look = () => void (pattern.test(printed.slice(from)) && resolve());
        look();
      }),
    powerCycle: kill,
    close: async () => {
      isClosed = true;
      client?.destroy();
      server.close();
      await kill();
    },
  };
}
