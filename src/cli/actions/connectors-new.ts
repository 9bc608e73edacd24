import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { SluiceError } from "../../core/errors.ts";
import { NAME_PATTERN } from "../../core/ids.ts";
import { writeFileExclusive } from "../../system/atomic-file.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { openRegistry } from "../open-registry.ts";

/** Writes a connector that works as it is, with its test, for its author to change. */
export async function createConnector(context: CommandContext, input: CommandInput): Promise<Answer> {
  const name = input.argument("name");
  if (!NAME_PATTERN.test(name)) {
    throw new SluiceError(
      "usage",
      `"${name}" cannot be a connector's name: lower case letters, digits and single underscores.`,
    );
  }
  if ((await openRegistry(context)).names().includes(name)) {
    throw new SluiceError("usage", `There is a connector "${name}" already. Choose another name; nothing was written.`);
  }
  const { root, paths } = await context.workspace();
  const connector = join(paths.connectors, `${name}.ts`);
  const test = join(root, "test", "connectors", `${name}.test.ts`);
  await mkdir(paths.connectors, { recursive: true });
  await mkdir(join(root, "test", "connectors"), { recursive: true });
  if (await exists(test)) throw new SluiceError("usage", `${test} exists already; nothing was written.`);
  await writeFileExclusive(connector, connectorSource(name));
  const own = root === context.product.root;
  await writeFileExclusive(test, testSource(name, own ? "vitest" : "node:test"));
  const register = join(context.product.root, "dist", "register-kit.js");
  // The Node on the PATH may be too old to run TypeScript.
  const tryIt = own ? `npx vitest run ${test}` : `${process.execPath} --import ${register} --test ${test}`;
  const text = [
    `Wrote ${connector}`,
    `Wrote ${test}`,
    `Test it: ${tryIt}`,
    `Use it:  sluice connections add my_${name} --type ${name}`,
  ];
  return { data: { name, files: [connector, test], test: tryIt }, text: text.join("\n") };
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function titleOf(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function connectorSource(name: string): string {
  return `import { defineConnector, z } from "sluice/connector";

const options = z.strictObject({
  up_to: z.number().int().positive().default(10).describe("The last number to load."),
});

const secrets = z.strictObject({});

export default defineConnector({
  name: "${name}",
  title: "${titleOf(name)}",
  description: "Says in one sentence what is read.",
  options,
  secrets,

  async check({ options }) {
    return { message: \`\${options.up_to} numbers\` };
  },

  streams: [
    {
      name: "numbers",
      primaryKey: ["id"],
      // Every batch carries a cursor, and rows come in its order: a run that was stopped goes on after the last one.
      ordered: true,
      async *read({ options, cursor, signal }) {
        for (let id = Number(cursor ?? 0) + 1; id <= options.up_to; id++) {
          signal.throwIfAborted();
          yield { rows: [{ id, square: id * id }], cursor: String(id) };
        }
      },
    },
  ],
});
`;
}

/** Sluice's own connectors are tested with vitest, others with what Node brings along. */
function testSource(name: string, runner: "vitest" | "node:test"): string {
  const [kit, test] = ['import { tryStream } from "sluice/connector";', `import { test } from "${runner}";`];
  // In the order that Biome puts them in: Node's own modules come first.
  const imports = (runner === "vitest" ? [kit, test] : [test, kit]).join("\n");
  return `import assert from "node:assert/strict";
${imports}
import connector from "../../connectors/${name}.ts";

const options = { up_to: 3 };

test("it reads everything from the beginning", async () => {
  const { rows, cursor } = await tryStream(connector, { options });
  assert.deepEqual(
    rows,
    [1, 2, 3].map((id) => ({ id, square: id * id })),
  );
  assert.equal(cursor, "3");
});

test("it goes on after its cursor", async () => {
  const { rows } = await tryStream(connector, { options, cursor: "2" });
  assert.deepEqual(rows, [{ id: 3, square: 9 }]);
});
`;
}
