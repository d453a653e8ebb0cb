/** Signal strength, as a module tells it. */
import type { Channel } from "../api/channel";

/** 27.007, CSQ: -113 dBm + 2 n; 99 (or 199) is unknown; 100 to 191 are the TD-SCDMA range (EC2x AT manual). `null` while unknown. */
export function dbmOf(csq: string): number | null {
  const rssi = parseInt(csq);
  if (rssi <= 31) return 2 * rssi - 113;
  return rssi >= 100 && rssi <= 191 ? rssi - 216 : null;
}

/** `ms`: what the module takes at most. */
export function askRssi(channel: Channel, ms: number, then: (rssiDbm: number | null) => void): void {
  channel.send({ at: "AT+CSQ", want: "+CSQ: ", ms: ms }, (result) => then(dbmOf(result.text)));
}
