/** How another program reaches an emulated module: a pseudo-terminal, a TCP port, a real serial port. */
import { createServer, type Socket } from "node:net";
import { SerialPort } from "serialport";
import type { Modem } from "./modem.ts";
import { openPty } from "./pty.ts";

export interface Transport {
  /** What a user needs to connect: `pty /dev/pts/3`, `tcp 127.0.0.1:7000`, `serial /dev/ttyUSB0`. */
  where: string;
  close(): Promise<void>;
}

export function overPty(modem: Modem): Transport {
  const pty = openPty();
  modem.on("data", (bytes) => pty.write(bytes));
  pty.onData((bytes) => modem.receive(bytes));
  return { where: `pty ${pty.path}`, close: async () => pty.close() };
}

/** One host at a time: a new connection takes the place of the old one. */
export async function overTcp(modem: Modem, port: number): Promise<Transport> {
  let host: Socket | null = null;
  const server = createServer({ noDelay: true }, (socket) => {
    host?.destroy();
    host = socket;
    socket.on("data", (bytes) => modem.receive(bytes));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      if (host === socket) host = null;
    });
  });
  modem.on("data", (bytes) => void host?.write(bytes));
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  const address = server.address();
  return {
    where: `tcp 127.0.0.1:${typeof address === "object" && address ? address.port : port}`,
    close: () =>
      new Promise((resolve) => {
        host?.destroy();
        server.close(() => resolve());
      }),
  };
}

/** The line's rate follows the module's. */
export async function overSerial(modem: Modem, path: string): Promise<Transport> {
  const line = new SerialPort({ path, baudRate: modem.baud, autoOpen: false });
  await new Promise<void>((resolve, reject) => line.open((error) => (error ? reject(error) : resolve())));
  line.on("data", (bytes: Buffer) => modem.receive(bytes));
  modem.on("data", (bytes) => void line.write(bytes));
  modem.on("event", ({ ev, baud }) => {
    if (ev === "baud") line.update({ baudRate: baud as number });
  });
  return { where: `serial ${path}`, close: () => new Promise((resolve) => line.close(() => resolve())) };
}
