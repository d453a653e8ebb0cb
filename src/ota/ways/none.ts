/** A product without updates over the air. */
export const HAS_UPDATES: boolean = false;
export const INFORM = "";
export const PROGRESS = "";
export const UPGRADE = "";
export const GET = "";
export const GET_REPLY = "";
export const DOWNLOAD = "";
export const DOWNLOAD_REPLY = "";
