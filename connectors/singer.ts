import { checkTap, defineConnector, readTogether, singerOptions, singerSecrets, tapStreams } from "sluice/connector";

export default defineConnector({
  name: "singer",
  title: "Singer tap",
  description: "Any Singer tap: a program of yours, or a Python package that is installed for the workspace.",
  options: singerOptions(),
  secrets: singerSecrets(),
  check: checkTap,
  streams: tapStreams,
  readJointly: readTogether,
});
