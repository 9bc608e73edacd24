import { isSluiceError } from "../../src/core/errors.ts";
import { writeFileAtomic } from "../../src/system/atomic-file.ts";

/** Writes more than its parent allows it to, and says how that ended. */
try {
  await writeFileAtomic(process.argv[2] as string, "x".repeat(1_000_000));
  process.stdout.write("written\n");
} catch (error) {
  process.stdout.write(isSluiceError(error) ? `${error.code} ${error.details.errno}\n` : `${error}\n`);
}
