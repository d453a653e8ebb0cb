/** No HTTPS: files come in blocks over MQTT. */
import type { OtaTools } from "../../api/ota";

export const HAS_RANGES: boolean = false;
export const LARGEST_RANGE = 0;

export function getRange(_tools: OtaTools, _url: string, _offset: number, _size: number, then: (data: string) => void): void {
  then("");
}
