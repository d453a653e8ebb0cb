/** An update for a device of the emulated broker: the operator is its server. */
import type { RunningUpdate, UpdateEvent, UpdatePush } from "../../types.ts";
import { UpdateServer } from "./server.ts";

export function serveUpdate({ software, base, send, tell }: UpdatePush): RunningUpdate {
  let finish: (reason: string) => void = () => {};
  const over = new Promise<string>((resolve) => (finish = resolve));
  const server = new UpdateServer({
    ...{ software, send },
    onEvent: (event) => {
      tell(textOf(event));
      if (event.ev == "succeeded") finish("");
      if (event.ev == "failed") finish(event.reason);
    },
  });
  server.offer(base);
  return { over, message: (topic, payload) => server.message(topic, payload) };
}

/** What messages and blocks do not tell by themselves. */
function textOf(event: UpdateEvent): string {
  if (event.ev == "block") return `sends the block up to byte ${event.bytes} of ${event.of}`;
  return event.ev == "rejected" ? `rejects ${event.topic}: ${event.reason}` : "";
}
