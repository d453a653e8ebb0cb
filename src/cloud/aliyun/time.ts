/** The time from the cloud, for networks that do not tell it (Aliyun IoT Platform, "NTP service"). */
import type { Device } from "../../api/device";
import { parsed } from "../../text/read-json";

/** Seconds until an unknown time is asked for again. */
const AGAIN_S = 3600;
/** 2017-07-14, in Unix milliseconds: what is earlier is no answer of the service. */
const EARLIEST_MS = 1.5e12;

/** Asks for the time whenever the device is online and its clock unknown. Right to half the time that question and answer take. */
export function keepTime(device: Device): void {
  const start = Date.now();
  let sent = "";

  /** Milliseconds since `start`: the service only sends them back. */
  function elapsedMs(): number {
    return Math.round(Date.now() - start);
  }

  function ask(): void {
    if (device.now() !== null || device.info().state != "online") return;
    // Not 0, which the link's own heartbeat sends.
    sent = "" + (elapsedMs() + 1);
    device.publish("/ext/ntp/~/request", '{"deviceSendTime":"' + sent + '"}');
  }

  device.subscribe("/ext/ntp/~/response", 0, (payload) => {
    const times = parsed(payload);
    if (device.now() !== null || times["deviceSendTime"] != sent) return;
    const server = parseFloat("" + times["serverRecvTime"]) + parseFloat("" + times["serverSendTime"]);
    const now = (server + elapsedMs() + 1 - parseFloat(sent)) / 2;
    if (now > EARLIEST_MS) device.setTime(now / 1000);
  });
  device.on("online", ask);
  device.every(AGAIN_S, ask);
}
