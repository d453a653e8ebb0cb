// `npx rollup -c` bundles the default product's modules into dist/modules. `npm run build` does that for a board,
// checks them and makes its files.
import { tsImport } from "tsx/esm/api";

const { checkedBuilds } = await tsImport("./host/compile/checked.ts", import.meta.url);
const { DEFAULT_CHOICE } = await tsImport("./host/compile/modules.ts", import.meta.url);

export default checkedBuilds({ choice: DEFAULT_CHOICE }, "dist/modules");
