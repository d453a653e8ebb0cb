/** `npm run sign`: what a device of this product connects with, and how to try it by hand. */
import { Command } from "commander";
import { runCommandLine, UsageError } from "../command-line/run.ts";
import { digits } from "../command-line/values.ts";
import type { Triple } from "../clouds/types.ts";
import type { Connection, Line } from "../modules/by-hand.ts";
import type { Unit } from "./triple.ts";

interface Options extends Unit {
  product: string;
  identity: string;
}

const program = new Command("npm run sign --")
  .description("Shows client id, user name and password of a device, and the AT lines to connect its module by hand.")
  .requiredOption("--product <file>", "what the device is and where it connects")
  .requiredOption("--identity <file>", "secrets of the unit; none of them is shown")
  .option("--imei <number>", "the module's IMEI, 15 digits: its name unless the identity has a deviceName", digits(15))
  .option("--iccid <number>", "the SIM's number, where the product uses {iccid}", digits(18, 20))
  .option("--time <seconds>", "Unix time at which the device connects, for clouds where the time is signed (default: now)", digits(10, 11))
  .action(run);

/** Stands for a password that is the identity's own. */
const HIDDEN = "<password>";

async function run({ product: productFile, identity: identityFile, ...unit }: Options): Promise<void> {
  const { loadIdentity, loadProduct } = await import("../config/product.ts");
  const { moduleNamed } = await import("../modules/find.ts");
  const { filler, tripleOf, UnitError } = await import("./triple.ts");
  try {
    const { product, ca, warnings } = loadProduct(productFile, { now: new Date() });
    const { modem, cloud } = product;
    const identity = loadIdentity(identityFile, product);
    const triple = await tripleOf(product, identity, unit);
    const fill = filler(identity, unit);
    const lines = await moduleNamed(modem.model).byHand({
      modem,
      cloud,
      ...shown(triple),
      topicBase: fill(cloud.topicBase),
      willTopic: fill(cloud.will?.topic ?? ""),
      ...(ca && { ca }),
    });
    for (const warning of warnings) console.log(`warning: ${warning}`);
    tellTriple(triple, identityFile);
    console.log(`\n${modem.model}, each line when the one before it was answered:\n`);
    for (const line of lines) console.log(`${line.at}\n    -> ${expectation(line)}`);
  } catch (error) {
    throw error instanceof UnitError ? new UsageError(error.message) : error;
  }
}

/** What to wait for, in words. */
function expectation({ answer, send, note }: Line): string {
  const parts = [answer && (send ? `${answer} (then send ${send.name}), ${send.answer}` : answer), note ?? ""];
  return parts.filter((part) => part).join("; ");
}

function shown({ clientId, username, password, passwordIsSecret }: Triple): Pick<Connection, "clientId" | "username" | "password"> {
  return { clientId, username, password: passwordIsSecret && password ? HIDDEN : password };
}

function tellTriple(triple: Triple, identityFile: string): void {
  const { clientId, username, password } = shown(triple);
  console.log(`clientId: ${clientId}\nusername: ${username}\npassword: ${password}${password == HIDDEN ? ` (as in ${identityFile})` : ""}`);
}

await runCommandLine("sign", program);
