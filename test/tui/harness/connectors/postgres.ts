export { default } from "../../../../connectors/postgres.ts";
