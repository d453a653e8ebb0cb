/** The main job, on the built firmware: emulated EC20, real TLS, real broker, virtual time. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { createBench, type Bench, type BenchOptions } from "../../host/runtime/bench.ts";

let bench: Bench;

async function online(options: BenchOptions = {}): Promise<Bench> {
  bench = await createBench(options);
  bench.board.boot();
  await bench.waitFor(/-> online/, 120_000);
  return bench;
}

afterEach(async () => {
  await bench.close();
});

describe("the main job", () => {
  it("goes from the power key to an acknowledged publish over verified TLS, and receives", async () => {
    await online();
    await bench.waitForMessage((m) => m.topic.endsWith("/up") && m.payload.toString().includes('"seq":1'), 30_000);
    await bench.operator.publish(bench.topic("down"), '{"set":1}');
    await bench.waitForMessage((m) => m.payload.toString() === '{"seq":1,"reply":{"set":1}}', 30_000);
    assert.ok(
      bench.events.some((e) => e.ev === "tls" && e.authorized === true),
      "the module verified the broker's certificate",
    );
  });

  it("carries any bytes unharmed both ways: quotes, line ends, OK, prompts, Ctrl-Z, ESC, NUL, Chinese text, 1,500 bytes", async () => {
    await online();
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    for (const payload of [
      Buffer.from('"quoted" \r\nOK\r\n\r\nERROR\r\n> \r\n+QMTRECV: 0,0,"x",1,"y"\r\n'),
      all,
      Buffer.from("温度：25℃，湿度：60％"),
      Buffer.concat([Buffer.from("["), Buffer.alloc(1500 - 24, 0x1a), Buffer.from("]")]),
    ]) {
      const start = bench.received.length;
      // A leading bracket: the default application then sends it back as it came.
      const sent = payload[0] === 0x5b ? payload : Buffer.concat([Buffer.from("["), payload]);
      await bench.operator.publish(bench.topic("down"), sent);
      const reply = await bench.waitForMessage((m) => m.payload.includes(sent), 60_000, start);
      assert.equal(reply.payload.toString("latin1"), `{"seq":1,"reply":${sent.toString("latin1")}}`);
    }
  });

  it("works in chunks of one byte, with noise between the lines", async () => {
    await online({ modem: { chunk: 1, noise: true, seed: 3 } });
    await bench.waitForMessage((m) => m.topic.endsWith("/up"), 30_000);
    await bench.operator.publish(bench.topic("down"), '{"n":1}');
    await bench.waitForMessage((m) => m.payload.toString().includes('"reply":{"n":1}'), 60_000);
  });

  for (const form of ["pubex", "pub-length", "pub-ctrlz"] as const) {
    it(`publishes with ${form}`, async () => {
      await online({ modem: { quirks: { publishForms: form } } });
      await bench.waitForMessage((m) => m.topic.endsWith("/up"), 30_000);
    });
  }

  it("subscribes and publishes as the product says, with a last will", async () => {
    await online({
      product: {
        cloud: { topicBase: "fleet/{imei}", keepaliveS: 60, will: { topic: "fleet/{imei}/gone", payload: "bye", qos: 1, retain: false } },
      },
    });
    await bench.waitForMessage((m) => m.topic === `fleet/${bench.imei}/up`, 30_000);
    bench.modem.control({ fault: "drop" });
    await bench.waitForMessage((m) => m.topic === `fleet/${bench.imei}/gone` && m.payload.toString() === "bye", 30_000);
  });

  it("sends a heartbeat when the application is silent", async () => {
    await online({ product: { app: { telemetryS: 100_000 }, cloud: { keepaliveS: 60 } } });
    const start = bench.received.length;
    await bench.waitForMessage((m) => m.topic.endsWith("/ping"), 70_000, start);
    await bench.waitForMessage((m) => m.topic.endsWith("/ping"), 70_000, bench.received.length);
  });

  it("says good-bye before it restarts: the will stays unsaid", async () => {
    await online({ product: { cloud: { will: { topic: "gone", payload: "bye", qos: 1, retain: false } } } });
    await bench.operator.publish(bench.topic("down"), "restart");
    await bench.waitFor(/off -> powering/, 30_000);
    await bench.waitFor(/-> online/, 120_000);
    assert.ok(!bench.received.some((m) => m.topic === "gone"));
  });
});
