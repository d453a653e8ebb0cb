/** What the bring-up scripts of all dialects are made of. Cold. */
import type { Result } from "../../api/command";
import type { Script, Step } from "../../api/script";

/**
 * A module that has just started may still answer an `AT` of before, and would go on answering one command late. The question for the IMEI
 * tells: its `OK` comes without one. After this rest the answers are in step again.
 */
export const IN_STEP_MS = 500;
const BREATH_MS = 10;

/** A question: its answer is all that comes before the final result code, so `then` looks for what it wants. */
export function ask(at: string, then: (r: Result) => Script, ms?: number): Step {
  return { at: at, like: /./, ms: ms as number, then: then };
}

/**
 * Commands in one line, with `;` between them (V.250, 5.4.4). Is the line refused, because the firmware lacks one of them or the `;`, they go
 * one by one; of the first `needed` each refusal is a `failure` then. `then` gets the answers of all.
 */
export function inOneLine(commands: string[], then?: (text: string) => Script, failure?: string, needed?: number): Step {
  /** Where nobody wants the answer, a URC is one. */
  function line(at: string, done: (r: Result) => Script): Step {
    return { at: "AT" + at, like: then && /./, then: done };
  }

  return line(commands.join(";"), (r) => {
    // Answers to many questions are looked at in a slice of their own.
    if (!r.error) return then && [BREATH_MS, () => then(r.text)];
    let text = "";
    return [
      commands.map((command, i) =>
        line(command, (one) => {
          text += one.text + "\n";
          return one.error && i < (needed as number) && refused(failure as string, command, one);
        }),
      ),
      () => then && then(text),
    ];
  });
}

/** A command without which it cannot go on. */
export function must(command: string, failure: string): Step {
  return { at: "AT" + command, then: (r) => r.error && refused(failure, command, r) };
}

/** The command's arguments may be secret: only the first is told. */
function refused(failure: string, command: string, r: Result): string {
  return failure + ": the module refused " + command.split(",")[0] + because(r);
}

/** The line that is nothing but a number; some makers' builds quote it. */
export function numberIn(answer: string): string {
  const numbers = answer.split('"').join("").split("\n");
  return numbers.find((line) => /^[0-9]+$/.test(line)) || "";
}

/** Is there this line in the answer? */
export function has(answer: string, line: string): boolean {
  return answer.split("\n").indexOf(line) >= 0;
}

/** A text argument. What it cannot hold never reaches the module: the builder refuses such settings, this is the last gate. */
export function quote(text: string): string {
  if (/[\x00-\x1f"]/.test(text)) throw "a setting holds a quote or a control character";
  return '"' + text + '"';
}

/** ", CME 30" and the like, for messages. */
export function because(r: Result): string {
  return r.code >= 0 ? ", CME " + r.code : r.error && ", " + r.error;
}
