/** How a device's console is named: a path, or a network port. */

export interface NetworkAddress {
  host: string;
  port: number;
}

/** Of `tcp:HOST:PORT` or `tcp://HOST:PORT`; `undefined` for a path. @throws {Error} naming what is neither. */
export function networkAddress(where: string): NetworkAddress | undefined {
  if (where == "") throw new Error("a port has a name");
  if (!where.startsWith("tcp:")) return undefined;
  const [, host, port] = /^tcp:(?:\/\/)?([^/\s]+):(\d{1,5})$/.exec(where) ?? [];
  if (host === undefined || !(Number(port) >= 1 && Number(port) <= 65_535))
    throw new Error(`${where}: a network port is written tcp:HOST:PORT`);
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}
