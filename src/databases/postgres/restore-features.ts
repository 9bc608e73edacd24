import { quoteIdentifier, quoteLiteral } from "./identifiers.ts";
import type {
  ColumnFeatures,
  ConstraintFeatures,
  Grant,
  IndexFeatures,
  PolicyFeatures,
  TableFeatures,
} from "./table-features.ts";

const STORAGE: Record<string, string> = { p: "plain", e: "external", x: "extended", m: "main" };
const COMPRESSION: Record<string, string> = { p: "pglz", l: "lz4" };
const COMMANDS: Record<string, string> = { "*": "all", r: "select", a: "insert", w: "update", d: "delete" };
const REPLICA_IDENTITY: Record<string, string> = { f: "full", n: "nothing" };

/**
 * The statements that give a table, which holds its rows already, what another one has. Owner last: whoever gives a
 * table away may do nothing with it afterwards. Whether it all came out the same has to be looked at.
 */
export function restoreSql(wanted: TableFeatures, present: TableFeatures, quoted: string): string[] {
  const there = new Map(present.columns.map((column) => [column.name, column]));
  const columns = wanted.columns.flatMap((column) => columnSql(column, there.get(column.name), quoted));
  const [notNull, constraints] = notNullFirst(wanted, quoted);
  return [
    ...columns,
    ...notNull,
    ...optionsSql(wanted, quoted),
    ...constraints,
    ...wanted.indexes.flatMap((index) => indexSql(index, quoted)),
    ...commentsSql(wanted, quoted),
    ...wanted.policies.map((policy) => policySql(policy, quoted)),
    ...securitySql(wanted, quoted),
    ...grantsSql(wanted, present, quoted),
    ...(wanted.owner === present.owner ? [] : [`alter table ${quoted} owner to ${quoteIdentifier(wanted.owner)}`]),
  ];
}

/** A column that is not there is one that its users have added: it comes along, empty or with its default. */
function columnSql(column: ColumnFeatures, present: ColumnFeatures | undefined, quoted: string): string[] {
  const name = quoteIdentifier(column.name);
  const alter = `alter table ${quoted} alter column ${name}`;
  const collation = column.collation === null ? "" : ` collate ${column.collation}`;
  const byDefault = column.default === null ? "" : ` default ${column.default}`;
  const statements: string[] = [];
  if (present === undefined)
    statements.push(`alter table ${quoted} add column ${name} ${column.type}${collation}${byDefault}`);
  else if (column.default !== null && column.default !== present.default)
    statements.push(`${alter} set default ${column.default}`);
  if (column.statistics !== null) statements.push(`${alter} set statistics ${column.statistics}`);
  const storage = STORAGE[column.storage];
  if (present !== undefined && storage !== undefined && column.storage !== present.storage)
    statements.push(`${alter} set storage ${storage}`);
  const compression = COMPRESSION[column.compression];
  if (compression !== undefined) statements.push(`${alter} set compression ${compression}`);
  if (column.options !== null) statements.push(`${alter} set (${column.options.join(", ")})`);
  return statements;
}

/** A primary key makes its columns not null by itself, in its own words. Before Postgres 18 that was no constraint with a name. */
function notNullFirst({ columns, constraints }: TableFeatures, quoted: string): [string[], string[]] {
  const isNotNull = ({ definition }: ConstraintFeatures) => definition.startsWith("NOT NULL ");
  const add = ({ name, definition }: ConstraintFeatures) =>
    `alter table ${quoted} add constraint ${quoteIdentifier(name)} ${definition}`;
  const named = constraints.filter(isNotNull).map(add);
  const plain = columns
    .filter(({ notNull }) => notNull)
    .map(({ name }) => `alter table ${quoted} alter column ${quoteIdentifier(name)} set not null`);
  return [[...named, ...plain], constraints.filter((it) => !isNotNull(it)).map(add)];
}

function optionsSql({ options, toastOptions }: TableFeatures, quoted: string): string[] {
  const all = [...(options ?? []), ...(toastOptions ?? []).map((option) => `toast.${option}`)];
  return all.length === 0 ? [] : [`alter table ${quoted} set (${all.join(", ")})`];
}

function indexSql(index: IndexFeatures, quoted: string): string[] {
  const name = quoteIdentifier(index.name);
  return [
    ...(index.ofConstraint ? [] : [`${index.head}${quoted}${index.tail}`]),
    ...(index.clustered ? [`alter table ${quoted} cluster on ${name}`] : []),
    ...(index.replicaIdentity ? [`alter table ${quoted} replica identity using index ${name}`] : []),
  ];
}

function commentsSql(wanted: TableFeatures, quoted: string): string[] {
  const schema = quoted.slice(0, quoted.lastIndexOf(".") + 1);
  const comments: [string, string | null][] = [
    [`table ${quoted}`, wanted.comment],
    ...wanted.columns.map((it): [string, string | null] => [
      `column ${quoted}.${quoteIdentifier(it.name)}`,
      it.comment,
    ]),
    ...wanted.indexes.map((it): [string, string | null] => [`index ${schema}${quoteIdentifier(it.name)}`, it.comment]),
    ...wanted.constraints.map((it): [string, string | null] => [
      `constraint ${quoteIdentifier(it.name)} on ${quoted}`,
      it.comment,
    ]),
  ];
  return comments.flatMap(([what, text]) => (text === null ? [] : [`comment on ${what} is ${quoteLiteral(text)}`]));
}

function policySql(policy: PolicyFeatures, quoted: string): string {
  const name = quoteIdentifier(policy.name);
  const kind = `as ${policy.permissive ? "permissive" : "restrictive"} for ${COMMANDS[policy.command]}`;
  const using = policy.using === null ? "" : ` using (${policy.using})`;
  const check = policy.check === null ? "" : ` with check (${policy.check})`;
  const comment =
    policy.comment === null ? "" : `; comment on policy ${name} on ${quoted} is ${quoteLiteral(policy.comment)}`;
  return `create policy ${name} on ${quoted} ${kind} to ${policy.roles.map(roleSql).join(", ")}${using}${check}${comment}`;
}

function securitySql({ rowSecurity, forceRowSecurity, replicaIdentity }: TableFeatures, quoted: string): string[] {
  const identity = REPLICA_IDENTITY[replicaIdentity];
  return [
    ...(rowSecurity ? [`alter table ${quoted} enable row level security`] : []),
    ...(forceRowSecurity ? [`alter table ${quoted} force row level security`] : []),
    ...(identity === undefined ? [] : [`alter table ${quoted} replica identity ${identity}`]),
  ];
}

/** Default privileges may have given the new table some that the old one has not. */
function grantsSql(wanted: TableFeatures, present: TableFeatures, quoted: string): string[] {
  const others = (features: TableFeatures) => features.grants.filter(({ grantee }) => grantee !== features.owner);
  const revoked = new Set(others(present).map(({ grantee }) => `revoke all on ${quoted} from ${roleSql(grantee)}`));
  return [
    ...revoked,
    ...others(wanted).map((grant) => grantSql(grant, grant.privilege, quoted)),
    ...wanted.columns.flatMap(({ name, grants }) =>
      grants.map((grant) => grantSql(grant, `${grant.privilege} (${quoteIdentifier(name)})`, quoted)),
    ),
  ];
}

function grantSql({ grantee, grantable }: Grant, privilege: string, quoted: string): string {
  return `grant ${privilege} on ${quoted} to ${roleSql(grantee)}${grantable ? " with grant option" : ""}`;
}

function roleSql(role: string): string {
  return role === "" ? "public" : quoteIdentifier(role);
}
