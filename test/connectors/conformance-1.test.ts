import { checkShare } from "./conformance.ts";

await checkShare(1, 4);
