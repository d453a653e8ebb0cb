/**
 * Properties of the thing model on Aliyun (Alink protocol). The other files of this folder do the same on their clouds: an
 * application imports `#things`.
 */
export { postProperties } from "./report";
export { onProperties } from "./serve";
