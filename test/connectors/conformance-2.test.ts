import { checkShare } from "./conformance.ts";

await checkShare(2, 4);
