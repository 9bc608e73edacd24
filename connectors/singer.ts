import { checkTap, defineConnector, programSecrets, readTogether, singerOptions, tapStreams } from "sluice/connector";

export default defineConnector({
  name: "singer",
  title: "Singer tap",
  description: "Any Singer tap: a program of yours, or a Python package that is installed for the workspace.",
  options: singerOptions(),
  secrets: programSecrets(),
  check: checkTap,
  streams: tapStreams,
  readJointly: readTogether,
});
