/** AT round trips from the power key to the first publish that is acknowledged, and how much of that time is the module's own. */
import { formattedPage } from "../project/page.ts";
import { MODELS, moduleNamed } from "../modules/find.ts";
import type { ModelName } from "../modules/find.ts";
import type { CommandNotes } from "../modules/types.ts";
import type { Part } from "./figure.ts";
import { RIG } from "./origin.ts";
import { purposeOf } from "./purposes.ts";
import { owedMs, recordSession } from "./session.ts";
import type { Session } from "./session.ts";
import { table } from "./table.ts";

const COUNT = { name: "round-trips", title: "AT round trips, power key to first publish, EC20 with TLS", target: null, unit: "" };
const AGAIN = { name: "round-trips-again", title: "of them asked before", target: 0, unit: "" };
const RATIO = {
  name: "online-ratio",
  title: "time from RDY to the first acknowledged publish, over the EC20's own latencies",
  target: 1.05,
  unit: "",
};

export const roundTrips: Part = {
  name: "round-trips",
  title: "From power key to first publish, no network time",
  figures: [COUNT, AGAIN, RATIO],
  on: "Node, virtual time, emulated modules",
  sources: RIG,
  missing: () => "",
  run: async ({ progress }) => {
    const sessions = await recordAll(progress);
    const rows = sessions.map(({ model, session }) => {
      const total = session.acknowledgedMs - session.readyMs;
      return [
        model,
        session.exchanges.length,
        again(session).length,
        Math.round(total),
        Math.round(owedMs(session)),
        total / owedMs(session),
      ];
    });
    const [first] = rows as [(string | number)[]];
    return {
      values: { [COUNT.name]: Number(first[1]), [AGAIN.name]: Number(first[2]), [RATIO.name]: Number(first[5]) },
      details: table(["module", "round trips", "asked before", "RDY to acknowledgement, ms", "module's own, ms", "ratio"], rows),
    };
  },
};

interface Recorded {
  model: ModelName;
  session: Session;
}

async function recordAll(progress: (text: string) => void): Promise<Recorded[]> {
  const sessions: Recorded[] = [];
  for (const model of MODELS) {
    progress(model);
    sessions.push({ model, session: await recordSession(model) });
  }
  return sessions;
}

/** Numbers of the exchanges whose command was sent before. */
function again({ exchanges }: Session): number[] {
  return exchanges.flatMap(({ command }, i) => (exchanges.findIndex((one) => one.command == command) < i ? [i] : []));
}

export const ROUND_TRIPS_PAGE = "docs/round-trips.md";

/** Every exchange of each module and what it is for. The same firmware makes the same page. */
export async function roundTripsPage(progress: (text: string) => void = () => {}): Promise<string> {
  const recorded = await recordAll(progress);
  const sections = await Promise.all(recorded.map(async ({ model, session }) => section(model, session, await moduleNamed(model).notes())));
  const head = `# AT round trips

Every command from the power key to the first publish that the broker acknowledges: the default product on a broker with
TLS, with a module that was off and has never seen the certificate, and a network that takes no time. Recorded from the
firmware and the emulated modules by \`npm run bench -- --record\`; a test compares. Commands that a module does not hear
because it is still off are not counted.

A module that has the certificate and the settings from last time is asked for them, and told nothing.
`;
  return formattedPage([head, ...sections].join("\n"), ROUND_TRIPS_PAGE);
}

function section(model: ModelName, session: Session, notes: CommandNotes): string {
  const repeated = again(session);
  const rows = session.exchanges.map(({ state, command, answer }, i) => {
    const purpose = purposeOf(command, notes) + (repeated.includes(i) ? " (asked before)" : "");
    return `| ${i + 1} | ${state} | ${code(command)} | ${purpose} | ${answer ? code(answer) : ""} |`;
  });
  const share = repeated.length ? `, ${repeated.length} of them asked before` : "";
  return `## ${model}: ${session.exchanges.length} round trips${share}

| # | state | command | for | ends with |
| - | - | - | - | - |
${rows.join("\n")}
`;
}

function code(text: string): string {
  return `\`${text.replace(/\|/g, "\\|")}\``;
}
