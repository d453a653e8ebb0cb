/** Runs the scripts of the way up, a step at a time. Cold: part of each module with such scripts. */
import type { Result } from "../api/command";
import type { Script, Step } from "../api/script";

/** What is still to be done, and the step in hand. */
let script: Script[];
let step: Step;
let commandMs = 0;

/** `ms`: for a command that has no time of its own. */
export function begin(part: Script, ms: number): Step | string {
  commandMs = ms;
  script = [];
  return proceed(part);
}

export function next(result: Result): Step | string {
  return proceed(() => step.then && step.then(result));
}

/** Up to the next step, the script's end or a failure. */
function proceed(part: Script): Step | string {
  try {
    for (;;) {
      if (Array.isArray(part)) {
        script = part.concat(script);
        part = "";
      } else if (typeof part == "function") part = part();
      else if (!part) {
        if (!script.length) return "";
        part = script.shift();
      } else if (typeof part == "number") part = { waitMs: part };
      else if (typeof part != "string") break;
      else if (part.startsWith("AT")) part = { at: part };
      else return part;
    }
  } catch (e) {
    return "payload-refused: " + e;
  }
  step = part;
  // Each further command of a line is given a second.
  if (step.at && !step.ms) step.ms = commandMs + (step.at.split(";").length - 1) * 1000;
  return step;
}
