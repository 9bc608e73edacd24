import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { installPackage } from "../src/connector/external/python-package.ts";
import { type FreshDatabase, freshDatabase } from "../test/harness/postgres.ts";
import { adapterWorkspace } from "./adapter-workspace.ts";

/**
 * The messages by which Meltano's SDK tests its targets, out of the installed package. What is wanted is what that suite
 * asserts, and that every record is in its table; where ours differs the title says so, and docs/singer.md why.
 */
const SDK = "singer-sdk[testing]==0.54.9";

interface Wanted {
  title: string;
  /** By table, what a query for it gives. */
  rows?: Record<string, { sql: string; rows: unknown[] }>;
  status?: string;
  error?: RegExp;
}

const ids = (table: string, columns: string) => `select ${columns} from adapter.${table} order by 1`;

const WANTED: Record<string, Wanted> = {
  array_data: {
    title: "lists are kept",
    rows: {
      test_array_data: {
        sql: ids("test_array_data", "id::int, fruits"),
        rows: [
          { id: 1, fruits: ["apple", "orange", "pear"] },
          { id: 2, fruits: ["banana", "apple"] },
          { id: 3, fruits: ["pear"] },
          { id: 4, fruits: ["orange", "banana", "apple", "pear"] },
        ],
      },
    },
  },
  camelcase: {
    title: "CamelCase names become snake_case",
    rows: {
      test_camelcase: {
        sql: ids("test_camelcase", "id, client_name"),
        rows: [
          { id: "1", client_name: "Gitter Windows Desktop App" },
          { id: "2", client_name: "Gitter iOS App" },
        ],
      },
    },
  },
  camelcase_complex_schema: {
    title: "a schema without records makes its table",
    rows: {
      forecasting_type_to_category: {
        sql: "select count(*)::int as n, (select count(*)::int > 5 from information_schema.columns where table_name = 'forecasting_type_to_category') as wide from adapter.forecasting_type_to_category",
        rows: [{ n: 0, wide: true }],
      },
    },
  },
  duplicate_records: {
    title: "the last record of a key wins",
    rows: {
      test_duplicate_records: {
        sql: ids("test_duplicate_records", "id::int, metric::int"),
        rows: [
          { id: 1, metric: 100 },
          { id: 2, metric: 20 },
        ],
      },
    },
  },
  encoded_string_data: {
    title: "text of all scripts is kept; a NUL, which Postgres cannot hold, is replaced when the connection says so",
    rows: {
      test_strings: {
        sql: "select id::int, info from adapter.test_strings where id in (2, 5, 6, 10, 11) order by id",
        rows: [
          { id: 2, info: "απλή συμβολοσειρά" },
          { id: 5, info: 'quoted "string"' },
          { id: 6, info: 'various " \\ / \n escape sequences' },
          { id: 10, info: "Double quoting: \\u0000 \\u0041 \\u0001" },
          { id: 11, info: "Control Characters in string: \uFFFD A \u0001" },
        ],
      },
      test_strings_in_objects: {
        sql: "select count(*)::int as n from adapter.test_strings_in_objects",
        rows: [{ n: 11 }],
      },
      test_strings_in_arrays: {
        sql: "select id::int, strings from adapter.test_strings_in_arrays where id in (1, 6) order by id",
        rows: [
          { id: 1, strings: ["simple string", "απλή συμβολοσειρά", "简单的字串"] },
          { id: 6, strings: ["bbb", "Control Characters in string: \uFFFD A \u0001"] },
        ],
      },
    },
  },
  invalid_schema: {
    title: "differs: a schema without properties says nothing, and is no reason to fail",
    status: "success",
  },
  multiple_state_messages: {
    title: "the last state is kept, with the records before it; differs: so is a record after it",
    rows: {
      test_multiple_state_messages_a: {
        sql: ids("test_multiple_state_messages_a", "id::int, metric::int"),
        rows: [1, 2, 3, 4, 5, 6].map((id) => ({ id, metric: id * 100 })),
      },
      "the state": {
        sql: "select cursor -> 'state' as state from _sluice.state where scope = '*'",
        rows: [{ state: { test_multiple_state_messages_a: 5, test_multiple_state_messages_b: 6 } }],
      },
    },
  },
  no_primary_keys: {
    title: "without a key records are added",
    rows: {
      test_no_pk: {
        sql: ids("test_no_pk", "id::int, metric::int"),
        rows: [11, 22, 33].map((metric, i) => ({ id: i + 1, metric })),
      },
    },
  },
  no_primary_keys_append: {
    title: "and added again",
    rows: {
      test_no_pk: {
        sql: ids("test_no_pk", "id::int, metric::int"),
        rows: [101, 202, 303, 404, 505].map((metric, i) => ({ id: i + 1, metric })),
      },
    },
  },
  optional_attributes: {
    title: "attributes that are not there are null",
    rows: {
      test_optional_attributes: {
        sql: ids("test_optional_attributes", "id::int, optional"),
        rows: [
          { id: 1, optional: "This is optional" },
          { id: 2, optional: null },
          { id: 3, optional: "Also optional" },
          { id: 4, optional: null },
        ],
      },
    },
  },
  pk_updates: {
    title: "key properties inside of the schema are none: both records are added",
    rows: {
      example_stream: {
        sql: ids("example_stream", "id::int, name, email"),
        rows: [
          { id: 1, name: "Alice", email: "alice@example.com" },
          { id: 2, name: "Bob", email: "bob@example.com" },
        ],
      },
    },
  },
  record_before_schema: {
    title: "differs: a record before its schema is kept, with the types of its values",
    rows: {
      test_record_before_schema: {
        sql: ids("test_record_before_schema", "id::int, metric::int"),
        rows: [
          { id: 1, metric: 6719 },
          { id: 2, metric: 3728 },
        ],
      },
    },
  },
  record_missing_fields: {
    title: "fields that are missing are null",
    rows: {
      record_missing_fields: {
        sql: ids("record_missing_fields", "id::int, optional"),
        rows: [
          { id: 1, optional: "now you see me" },
          { id: 2, optional: null },
        ],
      },
    },
  },
  record_missing_key_property: {
    title: "a record without its key fails the run",
    status: "failed",
    error: /the key id is missing or null/,
  },
  record_missing_required_property: {
    title: "a record without a required property that is no key is kept",
    rows: {
      test_record_missing_required_property: {
        sql: "select id::int, metric::int from adapter.test_record_missing_required_property",
        rows: [{ id: null, metric: 3215 }],
      },
    },
  },
  schema_no_properties: {
    title: "objects are kept, whatever their schema says of their properties",
    rows: {
      test_object_schema_with_properties: {
        sql: ids("test_object_schema_with_properties", "object_store"),
        rows: [{ object_store: { id: 1, metric: 187 } }, { object_store: { id: 2, metric: 203 } }],
      },
      test_object_schema_no_properties: {
        sql: ids("test_object_schema_no_properties", "object_store"),
        rows: [{ object_store: { id: 1, metric: 1 } }, { object_store: { id: 2, metric: 2 } }],
      },
    },
  },
  schema_updates: {
    title: "a schema that grows adds its columns",
    rows: {
      test_schema_updates: {
        sql: ids("test_schema_updates", "id::int, a1::int, a2, a3, a4, a5, a6::int"),
        rows: [
          { id: 1, a1: 101, a2: "string1", a3: null, a4: null, a5: null, a6: null },
          { id: 2, a1: 102, a2: "string2", a3: true, a4: null, a5: null, a6: null },
          { id: 3, a1: 103, a2: "string3", a3: false, a4: { id: 1, value: 1 }, a5: ["banana", "apple"], a6: null },
          { id: 4, a1: 104, a2: "string4", a3: true, a4: { id: 2, value: 22 }, a5: ["orange", "pear"], a6: null },
          { id: 5, a1: 105, a2: "string5", a3: false, a4: { id: 3, value: 33 }, a5: ["apple"], a6: 985 },
          { id: 6, a1: 106, a2: "string6", a3: true, a4: { id: 4, value: 444 }, a5: ["banana", "orange"], a6: 341 },
        ],
      },
    },
  },
  special_chars_in_attributes: {
    title: "names with other characters become names that need no quotes",
    rows: {
      test_special_chars_in_attributes: {
        sql: "select _id, d from adapter.test_special_chars_in_attributes",
        rows: [{ _id: "a2e98886", d: { env: "prod", "agent:type": "desktop", "agent:os:version": "10.13.1" } }],
      },
    },
  },
  user_location_data: {
    title: "several streams in one file",
    rows: {
      test_users: {
        sql: ids("test_users", "id::int, name"),
        rows: ["Yannis", "Micael", "Jacob", "Josh", "Thomas"].map((name, i) => ({ id: i + 1, name })),
      },
      test_locations: {
        sql: ids("test_locations", "id::int, name"),
        rows: ["Philadelphia", "NY", "SF"].map((name, i) => ({ id: i + 1, name })),
      },
      test_user_in_location: { sql: "select count(*)::int as n from adapter.test_user_in_location", rows: [{ n: 3 }] },
    },
  },
};

test("every message file of the SDK is looked at", async () => {
  const files = readdirSync(await messages()).filter((file) => file.endsWith(".singer"));
  const known = [...Object.keys(WANTED), "user_location_upsert_data"].map((name) => `${name}.singer`);
  expect(files.sort()).toEqual(known.sort());
});

test.for(Object.entries(WANTED).map(([name, wanted]) => ({ name, ...wanted })))("$name: $title", async (wanted) => {
  await using database = await freshDatabase();
  await replay(database, wanted.name, wanted);
});

test("user_location_upsert_data: records of a key that is there replace it", async () => {
  await using database = await freshDatabase();
  await replay(database, "user_location_data", WANTED["user_location_data"] as Wanted);
  await replay(database, "user_location_upsert_data", {
    title: "",
    rows: {
      test_users: {
        sql: ids("test_users", "id::int, name"),
        rows: [
          [1, "Johny"],
          [2, "George"],
          [3, "Jacob"],
          [4, "Josh"],
          [5, "Jim"],
          [8, "Thomas"],
          [12, "Paul"],
          [13, "Mary"],
        ].map(([id, name]) => ({ id, name })),
      },
      test_locations: {
        sql: ids("test_locations", "id::int, name"),
        rows: [
          [1, "Philly"],
          [2, "NY"],
          [3, "San Francisco"],
          [6, "Colorado"],
          [8, "Boston"],
        ].map(([id, name]) => ({ id, name })),
      },
      test_user_in_location: { sql: "select count(*)::int as n from adapter.test_user_in_location", rows: [{ n: 5 }] },
    },
  });
});

async function replay(database: FreshDatabase, name: string, wanted: Wanted): Promise<void> {
  const ws = await adapterWorkspace(database.address);
  const options = { command: "cat", args: [join(await messages(), `${name}.singer`)], plain: true };
  await ws.use({ type: "singer", options, schema: { nul: "replace" } });
  const { result, output } = await ws.run();
  expect(result, output).toMatchObject({ status: wanted.status ?? "success" });
  if (wanted.error !== undefined) expect(JSON.stringify(result)).toMatch(wanted.error);
  for (const { sql, rows } of Object.values(wanted.rows ?? {})) {
    expect((await database.client.query(sql)).rows).toEqual(rows);
  }
}

/** The folder of the message files, wherever this version of the SDK has them. */
async function messages(): Promise<string> {
  const { root } = await adapterWorkspace({ host: "", port: 0, database: "", username: "" });
  const ctx = {
    ...{ connection: "adapter", workspace: root, signal: new AbortController().signal, defer: () => {}, log: () => {} },
  };
  const { bin } = await installPackage(ctx, { package: SDK });
  const found = readdirSync(join(bin, ".."), { recursive: true, encoding: "utf8" }).find((path) =>
    path.endsWith("target_test_streams/array_data.singer"),
  );
  if (found === undefined) throw new Error("the SDK brings no message files");
  return join(bin, "..", found, "..");
}
