/** Applications that use services of a cloud (`src/cloud/aliyun/`), built as a user builds his: in place of `src/app/index.ts`. And a device that only remembers what they do. */
import { cpSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import vm from "node:vm";
import type { Device, DeviceError, Done, OnMessage, PublishOptions } from "../../src/api/device.ts";
import type * as report from "../../src/cloud/aliyun/report.ts";
import type * as request from "../../src/cloud/aliyun/request.ts";
import type * as serve from "../../src/cloud/aliyun/serve.ts";
import type * as time from "../../src/cloud/aliyun/time.ts";
import { bundle } from "../../host/compile/bundles.ts";
import { DEFAULT_CHOICE, MODULES } from "../../host/compile/modules.ts";
import { ROOT } from "../../host/project/root.ts";
import { VirtualClock } from "../../host/time/clock.ts";

export type Alink = typeof report & typeof request & typeof serve & typeof time;

const APP = MODULES.filter(({ name }) => name == "app");

/** The module `app` of an application with this source, for a product of this cloud. */
export async function bundleApp(source: string, cloud = DEFAULT_CHOICE.cloud): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), "alink-"));
  try {
    for (const path of ["src", "tsconfig.json", "host/compile/lib"]) {
      mkdirSync(join(root, path, ".."), { recursive: true });
      cpSync(join(ROOT, path), join(root, path), { recursive: true });
    }
    writeFileSync(join(root, "src/app/index.ts"), source);
    return (await bundle({ ...DEFAULT_CHOICE, cloud }, root, APP))[0]?.code ?? "";
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** All of the library. */
export function bundleAll(): Promise<string> {
  const files = ["report", "request", "serve", "time"].map((name) => `export * from "../cloud/aliyun/${name}";\n`);
  return bundleApp(`${files.join("")}export function app(): object {\n  return {};\n}\n`);
}

export interface Published {
  topic: string;
  payload: string;
  qos: number;
  done: Done | undefined;
}

export interface FakeDevice extends Device {
  clock: VirtualClock;
  published: Published[];
  subscribed: string[];
  logged: string[];
  /** Unix seconds. */
  time: number | null;
  state: string;
  /** The last message published, parsed, with its topic; it is forgotten. */
  take(): { topic: string; qos: number; value: Record<string, unknown> };
  /** A message for the subscription with exactly this topic, from `topic`. */
  receive(filter: string, payload: unknown, topic?: string): void;
  goOnline(): void;
}

/** A new copy of the library (or of another, bundled likewise), as after a boot, and a device for it. */
export function boot<Library = Alink>(code: string): { device: FakeDevice; alink: Library } {
  const device = fakeDevice();
  const context = vm.createContext({ exports: {}, JSON, Date: { now: () => 5000.25 + device.clock.now() } });
  vm.runInContext(code, context);
  return { device, alink: context["exports"] as Library };
}

function fakeDevice(): FakeDevice {
  const clock = new VirtualClock();
  const listeners: (() => void)[] = [];
  const subscriptions: [string, OnMessage][] = [];
  const device: FakeDevice = {
    ...{ clock, published: [], subscribed: [], logged: [], time: null, state: "online", config: {} },
    publish(topic: string, payload: string, options?: PublishOptions, done?: Done) {
      device.published.push({ topic, payload, qos: options?.qos ?? 0, done });
    },
    subscribe(topic, qos, onMessage) {
      device.subscribed.push(`${topic} ${qos}`);
      subscriptions.push([topic, onMessage]);
    },
    unsubscribe: () => {},
    on: (event, listener) => void (event == "online" && listeners.push(listener)),
    every(seconds, fn) {
      const again = (): void => {
        fn();
        clock.setTimeout(again, seconds * 1000);
      };
      clock.setTimeout(again, seconds * 1000);
      return () => {};
    },
    after(seconds, fn) {
      const id = clock.setTimeout(fn, seconds * 1000);
      return () => clock.clearTimeout(id);
    },
    now: () => device.time,
    setTime: (seconds) => (device.time = seconds),
    info: () => ({ imei: "", iccid: "", imsi: "", model: "", firmware: "", rssiDbm: null, state: device.state }),
    log: (text) => void device.logged.push(text),
    restart: () => {},
    take() {
      const { topic, payload, qos } = device.published.pop() as Published;
      return { topic, qos, value: JSON.parse(payload) as Record<string, unknown> };
    },
    receive(filter, payload, topic = filter) {
      for (const [subscribed, onMessage] of subscriptions)
        if (subscribed == filter) onMessage(typeof payload == "string" ? payload : JSON.stringify(payload), topic);
    },
    goOnline: () => listeners.forEach((listener) => listener()),
  };
  return device;
}

export const QUEUE_FULL: DeviceError = { name: "queue-full", message: "8 messages wait" };
