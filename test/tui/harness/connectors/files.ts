export { default } from "../../../../connectors/files.ts";
