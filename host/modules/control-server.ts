/** The control port: JSON lines in (see control.ts), one JSON line per event out, to whoever is connected. */
import { createServer, type Server, type Socket } from "node:net";
import type { Modem, ModemEvent } from "./modem.ts";

/** Longer lines are no messages. */
const LINE_LIMIT = 65_536;

export interface ControlServer {
  port: number;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1. @throws when the port is taken. */
export async function serveControl(modem: Modem, port: number): Promise<ControlServer> {
  const peers = new Set<Socket>();
  const tell = (socket: Socket, event: ModemEvent): void => void socket.write(`${JSON.stringify(event)}\n`);
  modem.on("event", (event) => {
    for (const socket of peers) tell(socket, event);
  });

  const server: Server = createServer((socket) => {
    peers.add(socket);
    let rest = "";
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() as string;
      if (rest.length > LINE_LIMIT) {
        rest = "";
        tell(socket, { ev: "error", message: `a line is at most ${LINE_LIMIT} characters` });
      }
      for (const line of lines) if (line.trim() !== "") take(socket, line);
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => peers.delete(socket));
  });

  function take(socket: Socket, line: string): void {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch (error) {
      return tell(socket, { ev: "error", message: `not JSON: ${(error as Error).message}` });
    }
    modem.control(message);
  }

  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        for (const socket of peers) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
