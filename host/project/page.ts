/** Pages of `docs/` that commands write: in the form that `npm run lint` asks of those that people write. */
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { ROOT } from "./root.ts";

/** `path`: inside the project. */
export async function formattedPage(text: string, path: string): Promise<string> {
  const filepath = join(ROOT, path);
  return format(text, { ...(await resolveConfig(filepath)), filepath });
}
