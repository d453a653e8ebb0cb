/** A line to a device's console: a serial device, a pseudo-terminal, or a TCP port (a network console, a bridge). */
import { connect } from "node:net";
import { SerialPort } from "serialport";
import { networkAddress } from "../command-line/address.ts";

export interface Port {
  /** As the user wrote it. */
  readonly where: string;
  onData(fn: (bytes: Buffer) => void): void;
  /** The other side went away; `error` if the system says why. */
  onClose(fn: (error?: Error) => void): void;
  /** Does nothing once it is closed. */
  write(bytes: Buffer): void;
  /** Calling it again does nothing. */
  close(): Promise<void>;
}

/** Time to reach a network console. */
const CONNECT_MS = 10_000;

/**
 * `where`: a path, `tcp:HOST:PORT` or `tcp://HOST:PORT`; `baud`: of a serial device.
 * @throws {Error} naming `where`.
 */
export async function openPort(where: string, baud: number): Promise<Port> {
  const address = networkAddress(where);
  return address ? openTcp(where, address.host, address.port) : openSerial(where, baud);
}

/** What to do about what the system says. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/no such file|ENOENT/i, "is the board plugged in, and is this its name? `ls /dev/tty*` lists what is there"],
  [/permission denied|EACCES/i, "this user may not use it: `sudo usermod -a -G dialout $USER` (on some systems uucp), then log in again"],
  [/cannot lock|busy|temporarily unavailable/i, "another program has it open: close the terminal, or the IDE"],
  [/inappropriate ioctl|ENOTTY/i, "this is no serial device"],
  [/ECONNREFUSED/, "nothing listens there: is the bridge, or the network console, running, and is this its port?"],
  [/ENOTFOUND|EAI_AGAIN/, "no such host: is the name right?"],
  [/no connection within|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT/, "is it switched on, and on this network?"],
];

function withHint(why: string): string {
  const hint = HINTS.find(([pattern]) => pattern.test(why))?.[1];
  return hint === undefined ? why : `${why}; ${hint}`;
}

function openTcp(where: string, host: string, port: number): Promise<Port> {
  const socket = connect({ host, port, noDelay: true });
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      socket.destroy();
      reject(new Error(`${where}: ${withHint(why)}`));
    };
    const guard = setTimeout(() => fail(`no connection within ${CONNECT_MS / 1000} s`), CONNECT_MS);
    socket.once("error", (error) => {
      clearTimeout(guard);
      fail(error.message);
    });
    socket.once("connect", () => {
      clearTimeout(guard);
      let failure: Error | undefined;
      socket.removeAllListeners("error").on("error", (error) => (failure = error));
      resolve({
        where,
        onData: (fn) => void socket.on("data", fn),
        onClose: (fn) => void socket.on("close", () => fn(failure)),
        write: (bytes) => void (socket.writable && socket.write(bytes)),
        close: async () => void socket.destroy(),
      });
    });
  });
}

async function openSerial(where: string, baud: number): Promise<Port> {
  const line = new SerialPort({ path: where, baudRate: baud, autoOpen: false });
  await new Promise<void>((resolve, reject) =>
    line.open((error) => (error ? reject(new Error(`${where}: ${withHint(error.message.replace(/^Error: /, ""))}`)) : resolve())),
  );
  let failure: Error | undefined;
  line.on("error", (error) => (failure = error));
  return {
    where,
    onData: (fn) => void line.on("data", fn),
    onClose: (fn) => void line.on("close", (error?: Error) => fn(error ?? failure)),
    write: (bytes) => void (line.isOpen && line.write(bytes)),
    close: () => new Promise((resolve) => (line.isOpen ? line.close(() => resolve()) : resolve())),
  };
}
