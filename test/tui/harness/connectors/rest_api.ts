export { default } from "../../../../connectors/rest_api.ts";
