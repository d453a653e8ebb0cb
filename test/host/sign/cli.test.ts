/** `npm run sign` as somebody types it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { moduleChecksum } from "../../../host/config/tls.ts";
import { LOADER } from "../../../host/loader/loader.ts";
import { MODELS } from "../../../host/modules/find.ts";
import { ROOT } from "../../../host/project/root.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { temporaryFolder } from "../../support/interpreter.ts";
import { triple } from "../clouds/aliyun-data.ts";

const FIXTURES = join(ROOT, "test/fixtures/sign");
let folder: ReturnType<typeof temporaryFolder>;

before(async () => {
  folder = temporaryFolder();
  const year = new Date().getFullYear();
  writeFileSync(join(folder.path, "ca.pem"), await makeCertificate(`${year - 1}-01-01`, `${year + 1}-12-31`));
});
after(() => folder.remove());

interface Result {
  code: number | null;
  out: string[];
  err: string[];
}

function sign(...args: string[]): Result {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", LOADER, "host/sign/cli.ts", ...args], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return { code: status, out: stdout.trimEnd().split("\n"), err: stderr.trimEnd().split("\n") };
}

/** What is typed: the lines that begin with AT. */
function typed({ out }: Result): string[] {
  return out.filter((line) => line.startsWith("AT"));
}

function file(name: string, content: unknown): string {
  const path = join(folder.path, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

const IDENTITY = { deviceName: "d", deviceSecret: "top-secret" };
let products = 0;
function product(modem: object, cloud: object): string {
  return file(`product-${++products}.json`, { name: "p", version: "1", board: "linux", modem, cloud });
}

describe("npm run sign", () => {
  for (const [article, lines] of [
    [
      "article002",
      [
        'AT+MCONFIG="868488076506128|securemode=3,signmethod=hmacmd5|","868488076506128&k1hipglLdjU","0f655b12adf519b9a7a2b0a990f398b6"',
        'AT+MIPSTART="k1hipglLdjU.iot-as-mqtt.cn-shanghai.aliyuncs.com",1883',
        "AT+MCONNECT=1,120",
      ],
    ],
    [
      "article003",
      [
        'AT+CSTT="3GWAP"',
        "AT+CIICR",
        "AT+CIFSR",
        'AT+MCONFIG="test|securemode=3,signmethod=hmacsha1,timestamp=1544257319|","test&a1hahpgAs3s","c65de7069643b59fc972e8884fede9aaffeada38"',
        'AT+MIPSTART="a1hahpgAs3s.iot-as-mqtt.cn-shanghai.aliyuncs.com","1883"',
        "AT+MCONNECT=1,600",
      ],
    ],
  ] as const) {
    it(`makes of the device of ${article} what the article has`, () => {
      const result = sign("--product", join(FIXTURES, `${article}.product.json`), "--identity", join(FIXTURES, `${article}.identity.json`));
      assert.equal(result.code, 0, result.err.join("\n"));
      const { clientId, username, password, deviceSecret } = triple(`${article}.direct.mqtt`);
      assert.deepEqual(result.out.slice(0, 3), [`clientId: ${clientId}`, `username: ${username}`, `password: ${password}`]);
      assert.deepEqual(
        typed(result).filter((line) => lines.some((one) => one.split("=")[0] == line.split("=")[0])),
        lines,
      );
      assert.ok(!result.out.join("\n").includes(deviceSecret));
    });
  }

  it("types TLS and a will into each module as its manual says", () => {
    const tls = { tls: { ca: "ca.pem" }, host: "mqtt.example.com", will: { topic: "gone/{deviceName}", payload: "bye", qos: 1 } };
    const identity = file("identity.json", { username: "user", password: "top-secret" });
    const size = readFileSync(join(folder.path, "ca.pem")).length;
    const ec20 = sign("--product", product({ model: "ec20", apn: "net" }, tls), "--identity", identity, "--imei", "861551056136351");
    assert.equal(ec20.code, 0, ec20.err.join("\n"));
    assert.deepEqual(typed(ec20).slice(2), [
      'AT+QICSGP=1,1,"net","","",0',
      "AT+QIACT=1",
      'AT+QFDEL="UFS:ca.pem"',
      `AT+QFUPL="UFS:ca.pem",${size},100`,
      'AT+QSSLCFG="seclevel",2,1',
      'AT+QSSLCFG="sslversion",2,3',
      'AT+QSSLCFG="cacert",2,"UFS:ca.pem"',
      'AT+QSSLCFG="ciphersuite",2,0XFFFF',
      'AT+QSSLCFG="sni",2,1',
      'AT+QSSLCFG="ignorelocaltime",2,1',
      'AT+QMTCFG="ssl",0,1,2',
      'AT+QMTCFG="version",0,4',
      'AT+QMTCFG="keepalive",0,120',
      'AT+QMTCFG="session",0,1',
      'AT+QMTCFG="recv/mode",0,0,1',
      'AT+QMTCFG="will",0,1,1,0,"gone/861551056136351","bye"',
      'AT+QMTOPEN=0,"mqtt.example.com",8883',
      'AT+QMTCONN=0,"861551056136351","user","<password>"',
      'AT+QMTSUB=0,1,"devices/861551056136351/down",1',
      'AT+QMTPUBEX=0,2,1,0,"devices/861551056136351/up",5',
    ]);
    assert.ok(!ec20.out.join("\n").includes("top-secret"), "a password that is a secret is not shown");
    assert.equal(ec20.out[2], `password: <password> (as in ${identity})`);

    const air = sign(
      "--product",
      product({ model: "air780ep", receive: "cached" }, tls),
      "--identity",
      identity,
      "--imei",
      "861551056136351",
    );
    const name = `"ca${moduleChecksum(readFileSync(join(folder.path, "ca.pem")))}.pem"`;
    assert.deepEqual(typed(air), [
      "AT+CGATT?",
      "AT+MQTTMSGSET=1",
      `AT+FSDEL=${name}`,
      `AT+FSCREATE=${name}`,
      `AT+FSWRITE=${name},0,${size},20`,
      'AT+SSLCFG="seclevel",88,1',
      'AT+SSLCFG="sslversion",88,3',
      `AT+SSLCFG="cacert",88,${name}`,
      'AT+SSLCFG="ciphersuite",88,0XFFFF',
      'AT+SSLCFG="hostname",88,"mqtt.example.com"',
      'AT+SSLCFG="ignorelocaltime",88,1',
      'AT+MCONFIG="861551056136351","user","<password>",1,0,"gone/861551056136351","bye"',
      'AT+SSLMIPSTART="mqtt.example.com",8883',
      "AT+MCONNECT=1,120",
      'AT+MSUB="devices/861551056136351/down",1',
      'AT+MPUB="devices/861551056136351/up",1,0,"hello"',
      'AT+MPUBEX="devices/861551056136351/up",1,0,5',
    ]);
  });

  it("says securemode 2 over TLS, checks nobody where that is switched off, and warns of a root that ends", () => {
    const identity = file("identity.json", IDENTITY);
    const secure = sign(
      "--product",
      product({ model: "air720", apn: "a", apnUser: "u", apnPassword: "p" }, { type: "aliyun", productKey: "pk", tls: {}, port: 443 }),
      "--identity",
      identity,
    );
    assert.equal(secure.code, 0, secure.err.join("\n"));
    assert.match(secure.out[0] ?? "", /^warning: cloud\.tls: port 443 .*2028-01-28/);
    assert.equal(secure.out[1], "clientId: d|securemode=2,signmethod=hmacsha256|");
    assert.ok(typed(secure).includes('AT+CSTT="a","u","p"'));
    assert.ok(typed(secure).includes('AT+SSLMIPSTART="pk.iot-as-mqtt.cn-shanghai.aliyuncs.com","443"'));
    const blind = { type: "aliyun", productKey: "pk", tls: { insecure: true, checkDate: "always" } };
    for (const [model, level] of [
      ["air720", 'AT+SSLCFG="seclevel",88,0'],
      ["ec20", 'AT+QSSLCFG="seclevel",2,0'],
    ] as const) {
      const lines = typed(sign("--product", product({ model }, blind), "--identity", identity));
      assert.ok(lines.includes(level), model);
      assert.ok(!lines.some((line) => /cacert|FSWRITE|QFUPL/.test(line)), model);
    }
    assert.ok(!secure.out.join("\n").includes("top-secret"));
  });

  it("signs for Tuya and OneNET at the time it is given", () => {
    const tuya = sign(
      ...["--product", product({ model: "ec20" }, { type: "tuya", tls: {} }), "--time", "1607837283", "--identity"],
      file("tuya.json", { deviceName: "6c828cba434ff40c074wF2", deviceSecret: "demoSecret012345" }),
    );
    assert.equal(tuya.code, 0, tuya.err.join("\n"));
    const lines = typed(tuya);
    for (const line of [
      'AT+QMTOPEN=0,"m1.tuyacn.com",8883',
      'AT+QMTCONN=0,"tuyalink_6c828cba434ff40c074wF2","6c828cba434ff40c074wF2|signMethod=hmacSha256,timestamp=1607837283,secureMode=1,accessType=1","ee39b9d32ba6ed591abf7b3604b7af21ec1f7a34997961048bf807c28d9c7198"',
      'AT+QMTSUB=0,1,"tylink/6c828cba434ff40c074wF2/channel/raw/down",1',
    ])
      assert.ok(lines.includes(line), lines.join("\n"));
    assert.ok(!tuya.out.join("\n").includes("demoSecret012345"));

    const key = "KuF3NT/jUBJ62LNBB/A8XZA9CqS3Cu79B/ABmfA1UCw=";
    const onenet = sign(
      ...[
        "--product",
        product({ model: "air780ep" }, { type: "onenet", productId: "Ck2AF9QD2K", signMethod: "sha1" }),
        "--time",
        "32469523200",
      ],
      ...["--identity", file("onenet.json", { deviceName: "test", deviceSecret: key })],
    );
    assert.equal(onenet.code, 0, onenet.err.join("\n"));
    assert.ok(
      typed(onenet).includes(
        'AT+MCONFIG="test","Ck2AF9QD2K","version=2018-10-31&res=products%2FCk2AF9QD2K%2Fdevices%2Ftest&et=32472115200&method=sha1&sign=onzQlILHFFNqIY%2BdOXYM3lthLT8%3D"',
      ),
    );
    assert.ok(typed(onenet).includes('AT+MIPSTART="mqtts.heclouds.com",1883'));
    assert.ok(!onenet.out.join("\n").includes(key));
  });

  it("fails with a named reason as its last line", () => {
    const good = product({}, { type: "aliyun", productKey: "pk" });
    const failures: [string[], RegExp][] = [
      [["--product", "none.json", "--identity", "none.json"], /^sign failed: none\.json: no such file$/],
      [["--product", good, "--identity", file("bad.json", { deviceName: "d" })], /^sign failed: .*bad\.json: deviceSecret: missing/],
      [
        ["--product", product({ model: "sim900" }, { type: "aliyun", productKey: "pk" }), "--identity", file("i.json", IDENTITY)],
        new RegExp(`modem\\.model: there is no module "sim900"; there are ${MODELS.join(", ")}$`),
      ],
    ];
    for (const [args, message] of failures) {
      const { code, err } = sign(...args);
      assert.equal(code, 1);
      assert.match(err.at(-1) ?? "", message);
      assert.ok(!err.join("\n").includes("top-secret"));
    }
  });

  it("tells wrong usage from failure, and helps", () => {
    const identity = file("unnamed.json", { deviceSecret: "top-secret" });
    const args = ["--product", product({}, { type: "aliyun", productKey: "pk" }), "--identity", identity];
    for (const [wrong, message] of [
      [["--product", "x"], /required option '--identity <file>'/],
      [[...args, "extra"], /argument/],
      [[...args, "--imei", "12345"], /It must be a number of 15 digits/],
      [[...args, "--time", "now"], /It must be a number of 10 to 11 digits/],
      [args, /--imei is needed/],
    ] as const) {
      const { code, err } = sign(...wrong);
      assert.equal(code, 2, wrong.join(" "));
      assert.match(err.at(-1) ?? "", message);
    }
    assert.equal(sign(...args, "--imei", "861551056136351").code, 0);
    const help = sign("--help");
    assert.equal(help.code, 0);
    assert.match(help.out.join("\n"), /--imei <number>[^]*Exit codes: 0 done/);
  });
});
