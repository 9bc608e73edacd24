import { registerKit } from "./connector/resolve-hook.ts";

/* For `node --import`: a workspace's own tests find `sluice/connector` without having it installed. */
registerKit();
