/** `npm run ca`: the certificates that a broker presents, and the one to trust as a file. */
import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { Command, InvalidArgumentError } from "commander";
import { ROOT } from "../project/root.ts";
import { runCommandLine } from "../command-line/run.ts";
import { numberAbove } from "../command-line/values.ts";
import { presentedBy } from "./presented.ts";
import type { Server } from "./presented.ts";
import { chainProblem, day, rootOf, serverProblems } from "./trust.ts";
import type { Found, KnownRoot } from "./trust.ts";

interface Options {
  out: string;
  force?: true;
  serverName?: string;
  timeout: number;
}

/** Roots that come with the project. */
const CERTS = join(ROOT, "certs");

function address(text: string): Server {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (!host || Number(port) < 1 || Number(port) > 65_535)
    throw new InvalidArgumentError("It is HOST:PORT, as in mqtt.example.com:8883 or [2001:db8::1]:8883.");
  return { host, port: Number(port) };
}

const program = new Command("npm run ca --")
  .description("Shows the certificates that a broker presents, and writes the root that vouches for it as a CA file.")
  .argument("<host:port>", "the broker's TLS port", address)
  .option("--out <file>", "the CA file to write", "ca.pem")
  .option("--force", "overwrite the file")
  .option("--server-name <name>", "what the broker is called in its certificate, if not HOST: cloud.tls.serverName of the product")
  .option("--timeout <s>", "seconds until it must have presented its certificates", numberAbove(0, 3600, "a number of seconds"), 10)
  .action(run);

async function run(server: Server, { out, force, serverName, timeout }: Options): Promise<void> {
  // Before anything is asked for: the answer would be lost.
  if (!force && existsSync(out)) throw new Error(`${out} exists; --force overwrites it, --out names another`);
  const now = new Date();
  const name = serverName ?? server.host;
  const chain = await presentedBy({ ...server, serverName: name }, timeout * 1000);
  const found = rootOf(chain, knownRoots(), now);
  tellChain(server, chain, found);
  if (!found) {
    const top = chain.at(-1) as X509Certificate;
    throw new Error(
      `the root is missing: the server does not send it, and "${line(top.issuer)}" is neither a public root nor in certs/. ` +
        "Ask the broker's operator for the certificate of this authority, and name that file in cloud.tls.ca",
    );
  }
  const problem = chainProblem(found, now);
  if (problem) throw new Error(`${problem}: a device would never accept this server`);
  tellVerdict(found, name, now);
  write(out, found.root, force);
  console.log(`${out} written: ${line(found.root.subject)}, valid until ${day(found.root.validTo)}, SHA-256 ${found.root.fingerprint256}`);
}

function knownRoots(): KnownRoot[] {
  const own = readdirSync(CERTS).filter((file) => file.endsWith(".pem"));
  return [
    ...own.map((file) => ({ certificate: new X509Certificate(readFileSync(join(CERTS, file))), source: `certs/${file}` })),
    ...rootCertificates.map((pem) => ({ certificate: new X509Certificate(pem), source: "the public roots that Node.js knows" })),
  ];
}

function tellChain({ host, port }: Server, chain: readonly X509Certificate[], found: Found | null): void {
  console.log(`${host}:${port} presents:\n`);
  const isSent = (root: X509Certificate): boolean => chain.some((one) => one.fingerprint256 == root.fingerprint256);
  for (const [i, one] of chain.entries())
    tellCertificate(`${i + 1}.`, one, found?.root.fingerprint256 == one.fingerprint256 ? ", the root" : "");
  if (found && !isSent(found.root)) tellCertificate("not sent:", found.root, ", the root");
}

function tellCertificate(title: string, one: X509Certificate, remark: string): void {
  console.log(`${title} ${line(one.subject)}${remark}`);
  console.log(`   issuer   ${line(one.issuer)}`);
  console.log(`   valid    ${day(one.validFrom)} to ${day(one.validTo)}`);
  console.log(`   key      ${keyOf(one)}`);
  console.log(`   SHA-256  ${one.fingerprint256}\n`);
}

function tellVerdict(found: Found, name: string, now: Date): void {
  const problems = serverProblems(found, name, now);
  for (const problem of problems) console.log(`warning: a device will refuse this server: ${problem}`);
  if (!problems.length) console.log(`The chain fits the root, all dates are valid, and the name "${name}" is in the certificate.`);
  if (found.source) console.log(`The root is known from ${found.source}.`);
  else
    console.log(
      "warning: only the server itself vouches for this root, so it is as trustworthy as the network that it came over: " +
        "compare its SHA-256 with the one that the broker's operator tells you.",
    );
}

function write(out: string, root: X509Certificate, force: true | undefined): void {
  try {
    writeFileSync(out, root.toString(), { flag: force ? "w" : "wx" });
  } catch (error) {
    throw new Error(`${out}: ${(error as Error).message}`);
  }
}

function keyOf({ publicKey }: X509Certificate): string {
  const { asymmetricKeyType: type = "unknown", asymmetricKeyDetails: details } = publicKey;
  if (details?.modulusLength) return `${type.toUpperCase()}, ${details.modulusLength} bits`;
  return details?.namedCurve ? `${type.toUpperCase()}, ${details.namedCurve}` : type;
}

/** A distinguished name on one line. What a stranger wrote into it does not reach the terminal as control characters. */
function line(name: string): string {
  return name
    .trim()
    .split("\n")
    .join(", ")
    .replace(/[\x00-\x1f\x7f-\x9f]/g, "?");
}

await runCommandLine("ca", program);
