/** Where the host names of an emulated cloud really are: on this PC. */
import { isIP } from "node:net";
import type { RunningCloud } from "./index.ts";

const LOCAL = "127.0.0.1";

/** `ports`: those of the real cloud, and where they are here. Other names are unknown, other addresses are what they are. */
export function placesOf(hosts: readonly string[], ports: ReadonlyMap<number, number>): RunningCloud["resolve"] {
  const known = [LOCAL, ...hosts.map((host) => host.toLowerCase())];
  return (host, port) => {
    if (known.includes(host.toLowerCase())) return { host: LOCAL, port: ports.get(port) ?? port };
    return isIP(host) ? { host, port } : "dns-failed";
  };
}
