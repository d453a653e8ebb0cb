/** A Wi-Fi network that a board in Node can join, as far as `require("Wifi")` shows it. */

export interface AccessPointOptions {
  ssid: string;
  /** `""`: an open network. */
  password: string;
  /** Of the signal, dBm. */
  rssi?: number;
}

export class AccessPoint {
  isUp = true;
  readonly rssi: number;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly options: AccessPointOptions) {
    this.rssi = options.rssi ?? -55;
  }

  /** `""`, or the reason as the interpreter's port for ESP32 words it (`wifiReasonToString`). */
  refusal(ssid: string, password: string): string {
    if (!this.isUp || ssid != this.options.ssid) return "NO_AP_FOUND";
    return password == this.options.password ? "" : "4WAY_HANDSHAKE_TIMEOUT";
  }

  /** Pulls its plug, or puts it in again. */
  power(isUp: boolean): void {
    this.isUp = isUp;
    if (!isUp) for (const listener of [...this.listeners]) listener();
  }

  /** @returns what ends it. */
  onDown(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
