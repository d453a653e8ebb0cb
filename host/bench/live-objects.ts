/** How many objects of a program on a board in Node are in use: exact, because the engine collects garbage and counts. */
import { Session } from "node:inspector";

interface Context {
  id: number;
  name: string;
}

/** Objects, arrays and functions of the board that was started last. Takes a while. @throws {Error} where no board was started. */
export function liveObjects(): number {
  const session = new Session();
  session.connect();
  try {
    const contexts: Context[] = [];
    session.on("Runtime.executionContextCreated", ({ params }) => contexts.push(params.context));
    post(session, "Runtime.enable");
    // The main program has no Modules; what is left of boards that were restarted has a smaller number.
    const boards = contexts.filter(
      ({ id }) => post(session, "Runtime.evaluate", { expression: "typeof Modules", contextId: id }) == "object",
    );
    const contextId = Math.max(...boards.map(({ id }) => id));
    if (!boards.length) throw new Error("no board was started");
    const prototype = reference(session, "Runtime.evaluate", { expression: "Object.prototype", contextId });
    const objects = reference(session, "Runtime.queryObjects", { prototypeObjectId: prototype });
    const length = { objectId: objects, functionDeclaration: "function(){return this.length}", returnByValue: true };
    return Number(post(session, "Runtime.callFunctionOn", length));
  } finally {
    session.disconnect();
  }
}

interface Reply {
  result?: { value?: unknown; objectId?: string };
  objects?: { objectId?: string };
}

/** The inspector of one's own process answers at once. */
function ask(session: Session, method: string, params?: object): Reply {
  let reply: Reply = {};
  let failure: Error | null = null;
  session.post(method, params, (error: Error | null, answer?: object) => {
    failure = error;
    reply = answer ?? {};
  });
  if (failure) throw failure as Error;
  return reply;
}

function post(session: Session, method: string, params?: object): unknown {
  return ask(session, method, params).result?.value;
}

function reference(session: Session, method: string, params: object): string {
  const { result, objects } = ask(session, method, params);
  return (result ?? objects)?.objectId ?? "";
}
