/**
 * The default application: telemetry, and commands answered. Yours replaces it.
 *
 * Publishes `{"seq":1,"uptimeS":3,"rssiDbm":-71}` to `~/up` when online and every `config.telemetryS` seconds.
 * The message `restart` on `~/down` restarts the board; any other is answered on `~/up` with `{"seq":1,"reply":<the message>}`.
 */
import type { Application, Device } from "../api/device";

interface Config {
  telemetryS?: number;
}

export function app(device: Device): Application {
  const config = device.config as Config;
  let seq = 0;
  let uptimeS = 0;

  function report(): void {
    seq++;
    device.publish("~/up", '{"seq":' + seq + ',"uptimeS":' + uptimeS + ',"rssiDbm":' + device.info().rssiDbm + "}", { qos: 1 });
  }

  const periodS = config.telemetryS || 60;
  device.on("online", report);
  device.every(periodS, () => {
    uptimeS += periodS;
    if (device.info().state == "online") report();
  });
  device.subscribe("~/down", 1, (payload) => {
    if (payload == "restart") return device.restart();
    device.log("command: " + payload.length + " bytes");
    // The command goes back as it came: its bytes must not pass through JSON.stringify, which knows no UTF-8 here.
    const isJson = payload[0] == "{" || payload[0] == "[";
    // Appended in place: a long message is not copied once more.
    let reply = '{"seq":' + seq + ',"reply":';
    reply += isJson ? payload : quote(payload);
    reply += "}";
    device.publish("~/up", reply, { qos: 1 });
  });

  function quote(text: string): string {
    return '"' + text.split("\\").join("\\\\").split('"').join('\\"') + '"';
  }

  return { health: () => seq > 0 };
}
