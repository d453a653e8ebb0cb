/** `npm run ca` as somebody types it, at real servers on this PC. */
import "reflect-metadata";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer as createTcp } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { join } from "node:path";
import { createServer } from "node:tls";
import type { TlsOptions } from "node:tls";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { PemConverter, X509CertificateGenerator } from "@peculiar/x509";
import { LOADER } from "../../../host/loader/loader.ts";
import { makeAuthority } from "../../../host/broker/certificates.ts";
import type { Authority, ServerCertificate } from "../../../host/broker/certificates.ts";
import { ROOT } from "../../../host/project/root.ts";
import { temporaryFolder } from "../../support/interpreter.ts";

const DAY_MS = 86_400_000;

let authority: Authority;
let good: ServerCertificate;
let folder: ReturnType<typeof temporaryFolder>;
let out: string;
let files = 0;
const servers: { server: Server; sockets: Set<Socket> }[] = [];

before(async () => {
  authority = await makeAuthority({ name: "Factory Authority" });
  good = await authority.issue({ names: ["localhost"], ips: ["127.0.0.1"] });
  folder = temporaryFolder();
});
after(() => folder.remove());
beforeEach(() => {
  out = join(folder.path, `ca-${++files}.pem`);
});
afterEach(async () => {
  for (const { server, sockets } of servers.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

interface Result {
  code: number | null;
  out: string;
  err: string;
  /** Of what was printed. */
  last: string;
}

function ca(...args: string[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", LOADER, "host/ca/cli.ts", ...args], { cwd: ROOT });
    const text = { out: "", err: "" };
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text.out += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (text.err += chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...text, last: (text.err || text.out).trimEnd().split("\n").pop() ?? "" }));
  });
}

/** @returns its port. */
async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push({ server, sockets });
  return (server.address() as AddressInfo).port;
}

function serve({ cert, key }: ServerCertificate, options: TlsOptions = {}): Promise<number> {
  return listen(createServer({ cert, key, ...options }));
}

/** A certificate that vouches for itself and is no authority, on an elliptic curve. */
async function selfSigned(): Promise<ServerCertificate> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const cert = await X509CertificateGenerator.createSelfSigned({ name: "CN=localhost", keys, signingAlgorithm: algorithm });
  return { cert: cert.toString("pem"), key: PemConverter.encode(await crypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY") };
}

/** A server that sends the root too. */
const serveAll = ({ cert, key }: ServerCertificate, { pem }: Authority = authority): Promise<number> => serve({ cert: cert + pem, key });

describe("npm run ca", () => {
  it("shows the chain and writes the root that the server sends, with a warning that nobody else vouches for it", async () => {
    const port = await serveAll(good);
    const result = await ca(`localhost:${port}`, "--out", out);
    assert.equal(result.code, 0, result.err);
    const root = new X509Certificate(authority.pem);
    const server = new X509Certificate(good.cert);
    const until = new Date(root.validTo).toISOString().slice(0, 10);
    assert.equal(readFileSync(out, "utf8"), authority.pem);
    assert.equal(result.last, `${out} written: CN=Factory Authority, valid until ${until}, SHA-256 ${root.fingerprint256}`);
    for (const text of [
      `localhost:${port} presents:`,
      "1. CN=localhost\n   issuer   CN=Factory Authority\n",
      "2. CN=Factory Authority, the root\n   issuer   CN=Factory Authority\n",
      "key      RSA, 2048 bits",
      `SHA-256  ${server.fingerprint256}`,
      'the name "localhost" is in the certificate',
      "warning: only the server itself vouches for this root",
    ])
      assert.ok(result.out.includes(text), `${text}\nis not in\n${result.out}`);
    assert.ok(!result.out.includes("will refuse"));
  });

  it("writes nothing where the root is missing, and says whom to ask", async () => {
    const port = await serve(good);
    const result = await ca(`localhost:${port}`, "--out", out);
    assert.equal(result.code, 1);
    assert.match(result.last, /^ca failed: the root is missing: .*"CN=Factory Authority" is neither .* Ask the broker's operator/);
    assert.match(result.out, /1\. CN=localhost\n/);
    assert.ok(!existsSync(out));
  });

  it("warns of an expired certificate, and one that is not valid yet", async () => {
    for (const [from, to, text] of [
      [-3, -1, "expired on"],
      [1, 3, "is not valid before"],
    ] as const) {
      const at = (days: number): Date => new Date(Date.now() + days * DAY_MS);
      const port = await serveAll(await authority.issue({ names: ["localhost"], from: at(from), to: at(to) }));
      const result = await ca(`localhost:${port}`, "--out", out, "--force");
      assert.equal(result.code, 0, result.err);
      const day = at(from < 0 ? to : from)
        .toISOString()
        .slice(0, 10);
      assert.ok(result.out.includes(`warning: a device will refuse this server: certificate 1 ${text} ${day}`), result.out);
      assert.equal(readFileSync(out, "utf8"), authority.pem);
    }
  });

  it("writes no root that expired", async () => {
    const old = await makeAuthority({ name: "Old", from: new Date(Date.now() - 3 * DAY_MS), to: new Date(Date.now() - DAY_MS) });
    const port = await serveAll(await old.issue({ names: ["localhost"] }), old);
    const result = await ca(`localhost:${port}`, "--out", out);
    assert.equal(result.code, 1);
    assert.match(result.last, /^ca failed: the root expired on .*: a device would never accept this server$/);
    assert.ok(!existsSync(out));
  });

  it("warns of a wrong name, unless the server is called by its own", async () => {
    const port = await serveAll(await authority.issue({ names: ["broker.test"] }));
    const wrong = await ca(`127.0.0.1:${port}`, "--out", out);
    assert.equal(wrong.code, 0, wrong.err);
    assert.ok(wrong.out.includes('will refuse this server: the name "127.0.0.1" is not in its certificate (DNS:broker.test)'), wrong.out);
    const right = await ca(`127.0.0.1:${port}`, "--out", out, "--force", "--server-name", "broker.test");
    assert.ok(right.out.includes('the name "broker.test" is in the certificate'), right.out);
  });

  it("takes a self-signed server's certificate for the root that it is", async () => {
    const port = await serve(await selfSigned(), { maxVersion: "TLSv1.2" });
    const result = await ca(`localhost:${port}`, "--out", out);
    assert.equal(result.code, 0, result.err);
    assert.match(result.out, /1\. CN=localhost, the root\n[^]*key {6}EC, prime256v1\n/);
    assert.match(result.last, / written: CN=localhost, /);
  });

  it("shows the chain of a server that asks for a client certificate", async () => {
    const port = await serve({ cert: good.cert + authority.pem, key: good.key }, { requestCert: true, ca: authority.pem });
    assert.equal((await ca(`localhost:${port}`, "--out", out)).code, 0);
  });

  it("overwrites nothing unless it is told to, and says so before it asks", async () => {
    writeFileSync(out, "mine");
    const port = await serveAll(good);
    const result = await ca(`localhost:${port}`, "--out", out);
    assert.equal(result.code, 1);
    assert.equal(result.last, `ca failed: ${out} exists; --force overwrites it, --out names another`);
    assert.equal(result.out, "");
    assert.equal(readFileSync(out, "utf8"), "mine");
    assert.equal((await ca(`localhost:${port}`, "--out", out, "--force")).code, 0);
    assert.equal(readFileSync(out, "utf8"), authority.pem);
  });

  it("names what is in the way", async () => {
    const talking = await listen(createTcp((socket) => socket.write("220 hello, this is no TLS\r\n")));
    const closing = await listen(createTcp((socket) => socket.once("data", () => socket.end())));
    const silent = await listen(createTcp(() => {}));
    const closed = await listen(createTcp());
    await new Promise((resolve) => servers.pop()?.server.close(resolve));
    for (const [host, why, ...more] of [
      [`localhost:${talking}`, /: not TLS: .* without TLS$/],
      [`localhost:${closing}`, /: ended the connection during the handshake: .* without TLS/],
      [`localhost:${silent}`, /: timeout: no TLS handshake within 0\.5 s; .* without TLS$/, "--timeout", "0.5"],
      [`localhost:${closed}`, /: refused: nothing listens on this port$/],
      ["nobody.invalid:8883", /: DNS: no such host name/],
    ] as const) {
      const result = await ca(host, "--out", out, ...more);
      assert.equal(result.code, 1, result.err);
      assert.ok(result.last.startsWith(`ca failed: ${host}: `), result.last);
      assert.match(result.last, why);
      assert.ok(!existsSync(out));
    }
  });

  it("knows how it is used", async () => {
    for (const args of [
      [],
      ["localhost"],
      ["localhost:0"],
      ["localhost:70000"],
      ["a:1", "b:2"],
      ["a:1", "--timeout", "0"],
      ["a:1", "--what"],
    ]) {
      const result = await ca(...args);
      assert.equal(result.code, 2, args.join(" "));
      assert.match(result.err, /^error: /);
    }
    const help = await ca("--help");
    assert.equal(help.code, 0);
    assert.match(help.out, /Exit codes: 0 done, 1 failed/);
  });
});
