import { checkShare } from "./conformance.ts";

await checkShare(3, 4);
