/** The board's own network: Wi-Fi where it has one (on Linux the computer's network is there already), TCP and TLS. */
import type { World } from "../api/world";

interface Wifi {
  connect(ssid: string, options: { password: string }, done: (error: unknown) => void): void;
  disconnect(): void;
  getDetails(done: (details: { rssi: number }) => void): void;
  on(event: "disconnected", fn: (details: { msg: string }) => void): void;
  removeAllListeners(event: "disconnected"): void;
}

interface NetSocket {
  write(bytes: string): boolean;
  end(): void;
  on(event: "data", fn: (chunk: string) => void): void;
  on(event: "error", fn: (error: { message: string }) => void): void;
  on(event: "close", fn: () => void): void;
}

interface Net {
  connect(options: object, onOpen: () => void): NetSocket;
}

declare function require(name: string): unknown;
declare function getSerial(): string;

/** `null` on Linux: there is no such library. */
function wifiOf(): Wifi | null {
  try {
    return require("Wifi") as Wifi;
  } catch {
    return null;
  }
}

export function withWifi(world: World): void {
  const radio = wifiOf();
  world.serial = getSerial;
  world.join = (ssid, password, done, onLost) => {
    if (!radio) return done("");
    radio.removeAllListeners("disconnected");
    radio.connect(ssid, { password: password }, (error) => {
      if (!error) radio.on("disconnected", (details) => onLost(details.msg));
      done(error ? "" + error : "");
    });
  };
  world.leave = () => {
    if (radio) radio.disconnect();
  };
  world.rssi = (then) => {
    if (radio) radio.getDetails((details) => then(details.rssi));
  };
  world.connect = (options, events) => {
    let reason = "closed";
    // Without `ca` the key must be absent.
    const to: Record<string, unknown> = { host: options.host, port: options.port };
    if (options.ca) to["ca"] = options.ca;
    const socket = (require(options.tls ? "tls" : "net") as Net).connect(to, events.open);
    socket.on("data", events.data);
    socket.on("error", (error) => (reason = error.message));
    socket.on("close", () => events.close(reason));
    return socket;
  };
}
