/** A private broker has no thing model of its own: it speaks Aliyun's. */
export { onProperties, postProperties } from "../aliyun/properties";
