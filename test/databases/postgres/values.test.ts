import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeCopyText, typedEncoder, untypedEncoder } from "../../../src/databases/postgres/cell-encoder.ts";
import { type ColumnType, parseColumnType, plainType } from "../../../src/databases/postgres/column-types.ts";
import { startCopy } from "../../../src/databases/postgres/copy.ts";
import { normaliseName } from "../../../src/databases/postgres/names.ts";
import { isBigintBytes, isNumericBytes } from "../../../src/databases/postgres/number-bytes.ts";
import { isBigintText, isNumericText, writtenOut } from "../../../src/databases/postgres/number-text.ts";
import { temporalBytes } from "../../../src/databases/postgres/temporal-bytes.ts";
import { temporalType } from "../../../src/databases/postgres/temporal-text.ts";
import { freshDatabase } from "../../harness/postgres.ts";

const numberLike = fc.oneof(
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc.stringMatching(/^[-+]?[0-9]{0,22}(\.[0-9]{0,20})?(e[0-9])?$/),
  fc.constantFrom(
    "",
    "-",
    ".",
    "-0",
    "-0.0",
    "0.0",
    "00",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
  ),
);

test("a text is taken for a number exactly when Postgres gives it back as it was", async () => {
  await using db = await freshDatabase();
  const returned = async (type: string, texts: string[]) => {
    const { rows } = await db.client.query(
      `select t, case when pg_input_is_valid(t, '${type}') then t::${type}::text end as back from unnest($1::text[]) t`,
      [texts],
    );
    return new Map(rows.map((row) => [row.t, row.back]));
  };
  await fc.assert(
    fc.asyncProperty(fc.array(numberLike, { minLength: 50, maxLength: 200 }), async (texts) => {
      const bigint = await returned("bigint", texts);
      const numeric = await returned("numeric", texts);
      for (const text of texts) {
        expect([text, isBigintText(text)]).toEqual([text, bigint.get(text) === text]);
        expect([text, isNumericText(text)]).toEqual([text, numeric.get(text) === text]);
      }
    }),
    { numRuns: 15 },
  );
});

test("a number is taken for the same in bytes as it is in text, whatever stands around it", () => {
  const long = fc
    .tuple(
      fc.constantFrom("", "-"),
      fc.constantFrom("9", "0"),
      fc.constantFrom(131_071, 131_072, 131_073),
      fc.boolean(),
    )
    .map(([sign, digit, count, hasPoint]) => `${sign}${digit.repeat(count)}${hasPoint ? ".5" : ""}`);
  const fine = fc
    .tuple(fc.constantFrom("0", "-0", "7"), fc.constantFrom("0", "1"), fc.constantFrom(16_383, 16_384))
    .map(([whole, digit, count]) => `${whole}.${digit.repeat(count)}`);
  const any = fc.oneof(
    { weight: 50, arbitrary: numberLike },
    { weight: 50, arbitrary: fc.stringMatching(/^-?92233720368547758[0-9]{1,2}$/) },
    long,
    fine,
  );
  fc.assert(
    fc.property(any, fc.constantFrom("", "0", "-", "."), (text, around) => {
      const bytes = Buffer.from(around + text + around);
      const [start, end] = [around.length, around.length + text.length];
      expect([text, isBigintBytes(bytes, start, end)]).toEqual([text, isBigintText(text)]);
      expect([text, isNumericBytes(bytes, start, end)]).toEqual([text, isNumericText(text)]);
    }),
    { numRuns: 5000 },
  );
});

const timeLike = fc.oneof(
  fc.stringMatching(/^[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,7})?$/),
  fc.constantFrom(
    "24:00:00",
    "24:00:00.5",
    "9:00:00",
    "09:00",
    "09:00:00 ",
    "09:00:00+02",
    "T09:00:00",
    "allballs",
    "",
    "09:00:00.50",
  ),
);

test("a text goes into a time column exactly when Postgres gives it back as it was", async () => {
  await using db = await freshDatabase();
  const time = parseColumnType("time") as ColumnType;
  await fc.assert(
    fc.asyncProperty(fc.array(timeLike, { minLength: 50, maxLength: 200 }), async (texts) => {
      const { rows } = await db.client.query(
        "select t, case when pg_input_is_valid(t, 'time') then t::time::text end = t as same from unnest($1::text[]) t",
        [texts],
      );
      for (const { t, same } of rows) {
        const cell = same === true ? t : undefined;
        expect([t, untypedEncoder(time)(t), typedEncoder(time)(t)]).toEqual([t, cell, cell]);
      }
    }),
    { numRuns: 15 },
  );
});

const temporalLike = fc.oneof(
  fc.stringMatching(/^(19|20|00)[0-9]{2}-[01][0-9]-[0-3][0-9]$/),
  fc.stringMatching(
    /^20[0-9]{2}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,8})?(Z|[+-][01][0-9](:?[0-6][0-9])?)?$/,
  ),
  fc.constantFrom(
    "2024-02-29",
    "2023-02-29",
    "0000-01-01",
    "infinity",
    "2026-01-02T24:00:00",
    "2026-1-2",
    "2026-01-02T03:04",
  ),
);

test("a text taken for a date or time is one that Postgres reads as the same instant", async () => {
  await using db = await freshDatabase();
  await fc.assert(
    fc.asyncProperty(fc.array(temporalLike, { minLength: 50, maxLength: 200 }), async (texts) => {
      const taken = texts.filter((text) => temporalType(text) !== undefined);
      const { rows } = await db.client.query(
        `select t, pg_input_is_valid(t, 'timestamptz') as valid, to_char(t::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') as utc
         from unnest($1::text[]) t where pg_input_is_valid(t, 'timestamptz')`,
        [taken],
      );
      expect(rows.length).toBe(taken.length);
      for (const { t, utc } of rows) {
        const withZone = temporalType(t) === "timestamptz" ? t : `${t.length === 10 ? `${t}T00:00:00` : t}Z`;
        const iso = withZone
          .replace(" ", "T")
          .replace(/([+-]\d\d)$/, "$1:00")
          .replace(/([+-]\d\d)(\d\d)$/, "$1:$2");
        expect(utc.slice(0, 23)).toBe(new Date(iso).toISOString().slice(0, 23));
      }
    }),
    { numRuns: 15 },
  );
});

test("a date or time is the same in bytes as it is in text, wherever it stands among them", () => {
  const edited = fc
    .tuple(temporalLike, fc.nat(30), fc.constantFrom("", "0", ":", "Z", "+", "x", "é"))
    .map(([text, at, put]) => text.slice(0, at) + put + text.slice(at + 1));
  fc.assert(
    fc.property(fc.oneof(temporalLike, edited), fc.constantFrom("", "0", "1Z"), (text, behind) => {
      const bytes = Buffer.from(`"${text}${behind}`);
      expect(temporalBytes(bytes, 1, 1 + Buffer.byteLength(text))).toBe(temporalType(text));
    }),
    { numRuns: 5000 },
  );
});

test("any text that Postgres can hold comes through COPY as it was", async () => {
  await using db = await freshDatabase();
  await db.client.query("create table t (n bigint, v text)");
  const text = fc.string({ unit: "binary", maxLength: 40 }).filter((it) => !it.includes("\0") && it.isWellFormed());
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(text, fc.constantFrom("\\", "\\.", "\\N", "\n", "\r\n", "\t", "")), { minLength: 1 }),
      async (texts) => {
        await db.client.query("truncate t");
        const copy = startCopy(db.client, "t", ["n", "v"]);
        for (const [n, value] of texts.entries()) await copy.write(Buffer.from(`${n}\t${escapeCopyText(value)}\n`));
        expect(await copy.end()).toBe(texts.length);
        const { rows } = await db.client.query("select v from t order by n");
        expect(rows.map((row) => row.v)).toEqual(texts);
      },
    ),
    { numRuns: 30 },
  );
});

test("a COPY that the server refuses throws its reason and leaves the client usable", async () => {
  await using db = await freshDatabase();
  await db.client.query("create table t (n bigint)");
  const copy = startCopy(db.client, "t", ["n"]);
  const feed = async () => {
    for (let i = 0; i < 200; i++) await copy.write(Buffer.from("not a number\n".repeat(10_000)));
    await copy.end();
  };
  await expect(feed()).rejects.toThrow(/invalid input syntax for type bigint/);
  await copy.abort();
  expect((await db.client.query("select count(*)::int as n from t")).rows).toEqual([{ n: 0 }]);
});

test("a COPY that is given up stores nothing", async () => {
  await using db = await freshDatabase();
  await db.client.query("create table t (n bigint)");
  const copy = startCopy(db.client, "t", ["n"]);
  await copy.write(Buffer.from("1\n2\n"));
  await copy.abort();
  expect((await db.client.query("select count(*)::int as n from t")).rows).toEqual([{ n: 0 }]);
});

test("limits of a type keep out what would be cut or rounded", () => {
  const encode = (sql: string, value: unknown) => typedEncoder(parseColumnType(sql) as never)(value);
  expect(encode("varchar(3)", "abc")).toBe("abc");
  expect(encode("varchar(3)", "abcd")).toBeUndefined();
  expect(encode("varchar(2)", "🚀🚀")).toBe("🚀🚀");
  expect(encode("numeric(5,2)", 123.45)).toBe("123.45");
  expect(encode("numeric(5,2)", 1234.5)).toBeUndefined();
  expect(encode("numeric(5,2)", 1.234)).toBeUndefined();
  expect(encode("integer", 2 ** 31)).toBeUndefined();
  expect(encode("smallint", -32_768)).toBe("-32768");
  expect(untypedEncoder(plainType("double"))("0.1")).toBe("0.1");
  expect(untypedEncoder(plainType("double"))("0.10")).toBeUndefined();
  expect(parseColumnType("polygon")).toBeUndefined();
});

test("untidy names become snake_case, and long ones stay apart", () => {
  const names = {
    "US Gross": "us_gross",
    dateLastActivity: "date_last_activity",
    "1st": "_1st",
    "Größe (cm)": "größe_cm",
    HTTPStatus: "http_status",
    "": "unnamed",
    "%": "unnamed",
    _id: "_id",
  };
  for (const [source, name] of Object.entries(names)) expect(normaliseName(source)).toBe(name);
  const long = "a".repeat(100);
  expect(normaliseName(`${long}1`)).not.toBe(normaliseName(`${long}2`));
  expect(Buffer.byteLength(normaliseName(`ü${long}`))).toBeLessThanOrEqual(63);
});

test("numbers with exponents are written out as Postgres itself writes them", async () => {
  await using db = await freshDatabase();
  const json = fc
    .double()
    .map((number) => JSON.stringify(number))
    .filter((text) => text !== "null");
  const sourceText = fc.stringMatching(/^-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,12})?([eE][-+]?[0-9]{1,3})?$/);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(json, sourceText), { minLength: 50, maxLength: 100 }), async (texts) => {
      const { rows } = await db.client.query("select t, t::numeric::text as back from unnest($1::text[]) t", [texts]);
      for (const { t, back } of rows) expect([t, writtenOut(t)]).toEqual([t, back]);
    }),
    { numRuns: 20 },
  );
  expect(writtenOut("1e400000")).toBeUndefined();
});
