import {
  airbyteOptions,
  checkSource,
  defineConnector,
  programSecrets,
  readSourceJointly,
  sourceFields,
  sourceStreams,
} from "sluice/connector";

export default defineConnector({
  name: "airbyte",
  title: "Airbyte source",
  description:
    "Any Airbyte source: a Python package that is installed for the workspace, a container image, or a program.",
  options: airbyteOptions(),
  secrets: programSecrets(),
  check: checkSource,
  late: { option: "config", ask: sourceFields },
  streams: sourceStreams,
  readJointly: readSourceJointly,
});
