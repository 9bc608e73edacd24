import { checkRest, defineConnector, restOptions, restSecrets, restStreams } from "sluice/connector";

export default defineConnector({
  name: "rest_api",
  title: "REST API",
  description: "Any API with JSON answers, declared in options: login, streams, pages, cursors, parents and children.",
  options: restOptions(),
  secrets: restSecrets(),
  check: checkRest,
  streams: restStreams,
});
