/** Product and identity of a rig's device: the user's or the rig's own, led to the emulated cloud. */
import type { Identity, LinkKind } from "../../src/api/config.ts";
import type { ClientCertificate } from "../broker/certificates.ts";
import type { RunningCloud } from "../clouds/types.ts";

/** What is in files of a user. */
export interface UserFiles {
  product?: Record<string, unknown>;
  identity?: Identity;
  /** The identity's client certificate and key, PEM: the emulated cloud then asks for one. */
  client?: ClientCertificate;
}

export interface ProductPlan {
  /** Of the rig's own device. */
  name: string;
  user: UserFiles;
  /** Merged into the product; `cloud: { tls: null }` makes it plain TCP. */
  changes: Record<string, unknown>;
  model: string;
  link: LinkKind | LinkKind[];
  cloud: RunningCloud;
  /** The board's interpreter verifies TLS servers over Wi-Fi. */
  tlsVerifies: boolean;
  /** The board asks the PC's name service, which does not know the cloud. */
  onPcNetwork: boolean;
}

/** What the user's product, or the changes, say about the cloud before it is there. */
export function wantedSection(user: UserFiles, changes: Record<string, unknown>): { section: Record<string, unknown>; tls: boolean } {
  const own = (user.product?.["cloud"] ?? {}) as { tls?: object };
  const changed = (changes["cloud"] ?? {}) as { tls?: object | null };
  const tls = changed.tls === undefined ? user.product === undefined || own.tls !== undefined : changed.tls !== null;
  return { section: { ...own, ...changed }, tls };
}

/** On this PC's board, with the emulated module and the emulated cloud's certificate. */
export function productFor({ name, user, changes, model, link, cloud, tlsVerifies, onPcNetwork }: ProductPlan): Record<string, unknown> {
  const wanted = user.product ?? { name, version: "1.0.0", board: "linux" };
  const section = (wanted["cloud"] ?? {}) as { tls?: object };
  const modem = { ...(wanted["modem"] as object | undefined), model };
  const overWifi = isOverWifi(link);
  // The rig's own product is content with TLS that verifies nothing.
  const insecure = user.product === undefined && overWifi && !tlsVerifies;
  const tls = cloud.ca && { tls: { ...(insecure && { insecure: true }), ...section.tls, ca: cloud.ca.name } };
  const place = overWifi && onPcNetwork && { host: "127.0.0.1", port: cloud.broker.port };
  return merged({ ...wanted, link, modem, cloud: { ...section, ...cloud.product, ...tls, ...place } }, changes);
}

export function isOverWifi(link: LinkKind | LinkKind[]): boolean {
  return [link].flat().includes("wifi");
}

/** Names the device, where its identity does not: over Wi-Fi there is no IMEI. */
export function wifiIdentity(name: string): Required<Pick<Identity, "deviceName" | "wifi">> {
  return { deviceName: `${name}-device`, wifi: { ssid: name, password: `${name}-password` } };
}

/** Objects are merged field by field; `null` for `tls` leaves it out. */
function merged(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(over).map(([key, value]) => {
    const old = base[key];
    return [key, isObject(old) && isObject(value) ? merged(old, value) : value] as const;
  });
  const all = Object.entries({ ...base, ...Object.fromEntries(entries) });
  return Object.fromEntries(all.filter(([key, value]) => key != "tls" || value !== null));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value == "object" && value !== null && !Array.isArray(value);
}
