import { checkShare } from "./conformance.ts";

await checkShare(4, 4);
