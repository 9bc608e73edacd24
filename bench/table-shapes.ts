import { COLUMNS } from "./data-set.ts";

/** A table to copy, made by SQL. */
export interface TableShape {
  table: string;
  rows: number;
  /** Each with its type and its value in row `i`. */
  columns: readonly (readonly [name: string, type: string, value: string])[];
}

/** The two columns that Sluice adds, so that both fill identical tables; for the limit as cheaply as can be. */
export const ADDED_COLUMNS =
  "_sluice_loaded_at timestamptz default now(), _sluice_run_id uuid default '019aa4d0-0000-7000-8000-000000000001'::uuid";

const ORDER_VALUES: Record<(typeof COLUMNS)[number][0], string> = {
  id: "i",
  name: "'Ada ' || i",
  email: "'ada.' || i || '@example.com'",
  amount: "(i * 7919 % 10000000) / 100.0",
  quantity: "i % 100",
  active: "i % 10 < 7",
  created_at: "timestamptz '2020-01-01' + (i * 7919 % 172800000) * interval '1 second'",
  day: "date '2020-01-01' + (i % 2000)::int",
  note: "nullif(repeat('paid by transfer ', (i % 3)::int), '')",
  code: "'SKU-' || to_hex(i * 7919 % 1000000)",
};

export const ORDERS: TableShape = {
  table: "orders",
  rows: 2_000_000,
  columns: COLUMNS.map(([name, type]) => [name, type, ORDER_VALUES[name]]),
};

/** Large enough that the start and the end of a run hardly count. */
export const MANY_ORDERS: TableShape = { ...ORDERS, table: "many_orders", rows: 10_000_000 };

/** From one number a row, where what a row costs counts most, to fifty long texts, where bytes do. */
export const OTHER_SHAPES: readonly TableShape[] = [
  { table: "one_narrow", rows: 8_000_000, columns: numbers(1) },
  { table: "one_wide", rows: 1_200_000, columns: texts(1, 800) },
  { table: "ten_wide", rows: 1_200_000, columns: [...numbers(1), ...texts(9, 90)] },
  { table: "fifty_narrow", rows: 1_200_000, columns: numbers(50) },
  { table: "fifty_wide", rows: 400_000, columns: [...numbers(1), ...texts(49, 40)] },
];

function numbers(count: number): TableShape["columns"] {
  return Array.from({ length: count }, (_, at) => [`number_${at + 1}`, "bigint", `i * ${at + 1}`]);
}

/** Texts that the server does not pack: only longer ones are worth its while. */
function texts(count: number, length: number): TableShape["columns"] {
  const value = (at: number) => `left(repeat(md5((i + ${at})::text), ${Math.ceil(length / 32)}), ${length})`;
  return Array.from({ length: count }, (_, at) => [`text_${at + 1}`, "text", value(at)]);
}

export function namesOf({ columns }: TableShape): string[] {
  return columns.map(([name]) => name);
}

/** SQL that makes the table and fills it, without any index. */
export function makeTableSql({ table, columns }: TableShape, rows: number): string {
  const definitions = columns.map(([name, type]) => `${name} ${type}`).join(", ");
  const values = columns.map(([, , value]) => value).join(", ");
  return `create table ${table} (${definitions}); insert into ${table} select ${values} from generate_series(1, ${rows}::int8) i`;
}
