/** What an Aliyun device says about itself in CONNECT (Aliyun IoT Platform, "Establish MQTT connections over TCP", document 73742). */

export interface Identifier {
  /** The part before the first `|`: free text, signed. */
  clientId: string;
  /** `securemode`, `signmethod`, `timestamp` … in any order; unknown ones are statistics of SDKs. */
  parameters: ReadonlyMap<string, string>;
}

/**
 * `{clientId}|{key}={value},{key}={value}|`. Empty items are skipped: the Link SDK for C ends its list with a comma. So is white space
 * around them: `aliyun-iot-device-sdk` 1.0.1 puts a line end and eight spaces before each.
 * @returns `null` for anything else.
 */
export function parseIdentifier(text: string): Identifier | null {
  const [, clientId, list] = /^([^|]*)\|(.*)\|$/s.exec(text) ?? [];
  if (clientId === undefined || list === undefined) return null;
  const parameters = new Map<string, string>();
  for (const item of list.split(",").map((one) => one.trim())) {
    if (!item) continue;
    const at = item.indexOf("=");
    if (at < 1) return null;
    parameters.set(item.slice(0, at), item.slice(at + 1));
  }
  return { clientId, parameters };
}

/** `{deviceName}&{productKey}`. @returns `null` for anything else. */
export function parseUsername(text: string): DeviceNames | null {
  const [deviceName, productKey, ...more] = text.split("&");
  return deviceName && productKey && !more.length ? { deviceName, productKey } : null;
}

export interface DeviceNames {
  productKey: string;
  deviceName: string;
}

/** As topics have it. */
export function pathOf({ productKey, deviceName }: DeviceNames): string {
  return `${productKey}/${deviceName}`;
}

/** Characters of a device's name (Aliyun IoT Platform, "Create a device"); how many it may have is not certain. */
export function isDeviceName(text: string): boolean {
  return /^[\w\-@.:]{1,32}$/.test(text);
}
