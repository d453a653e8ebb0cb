/** Where the host names of an emulated cloud really are: on this PC. */
import { isIP } from "node:net";

const LOCAL = "127.0.0.1";

/** Where a name and port of the firmware really are. */
export type Resolve = (host: string, port: number) => { host: string; port: number } | "dns-failed";

/** `ports`: those of the real cloud, and where they are here. Other names are unknown, other addresses are what they are. */
export function placesOf(hosts: readonly string[], ports: ReadonlyMap<number, number>): Resolve {
  const known = [LOCAL, ...hosts.map((host) => host.toLowerCase())];
  return (host, port) => {
    if (known.includes(host.toLowerCase())) return { host: LOCAL, port: ports.get(port) ?? port };
    return isIP(host) ? { host, port } : "dns-failed";
  };
}
