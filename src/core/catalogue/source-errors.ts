import type { CatalogueEntry } from "./catalogue-entry.ts";

/** Of what is read, and of rows that do not fit where they go. */
export const sourceErrors = {
  source_not_found: {
    stage: "read",
    recovery: "stop_stream",
    exit: 1,
    meaning: "What the connection reads does not exist.",
    remedy: "Check the path or address in the connection's options.",
  },
  source_unreadable: {
    stage: "read",
    recovery: "stop_stream",
    exit: 1,
    meaning: "What the connection reads could not be opened.",
    remedy: "Check the permissions.",
  },
  source_format: {
    stage: "read",
    recovery: "stop_stream",
    exit: 1,
    meaning: "The source is not in the format it was said to be in.",
    remedy: "Mend the place that the message names, or the connection's format options.",
  },
  source_encoding: {
    stage: "read",
    recovery: "stop_stream",
    exit: 1,
    meaning: "The source is not in the text encoding it was said to be in.",
    remedy: "Set the connection's `encoding` option.",
  },
  source_truncated: {
    stage: "read",
    recovery: "stop_stream",
    exit: 1,
    meaning: "The source ends too early.",
    remedy: "Get the whole file again.",
  },
  source_changed: {
    stage: "read",
    recovery: "stop_stream",
    exit: 1,
    meaning: "What was already loaded has changed at the source.",
    remedy: "Reset the stream's state, or load by merge or replace.",
  },
  source_changed_while_read: {
    stage: "read",
    recovery: "retry",
    exit: 1,
    meaning: "The source changed while it was being read.",
    remedy: "Run again when the writer has finished.",
  },
  source_failed: {
    stage: "read",
    recovery: "retry",
    exit: 1,
    meaning: "The connector failed while reading.",
    remedy: "The message and its causes say why.",
  },
  credentials_rejected: {
    stage: "read",
    recovery: "stop_run",
    exit: 3,
    meaning: "The source refused the credentials.",
    remedy: "Set new ones with `sluice secrets set`.",
  },

  too_many_rejects: {
    stage: "transform",
    recovery: "stop_stream",
    exit: 1,
    meaning: "More rows than allowed could not be stored.",
    remedy: "Look at _sluice_rejects, mend the source, or raise `max_rejects`.",
  },
  schema_frozen: {
    stage: "transform",
    recovery: "stop_stream",
    exit: 1,
    meaning: "The source's columns changed and the connection forbids that.",
    remedy: "Change the table yourself, or set `drift` to another policy.",
  },
  schema_unsupported: {
    stage: "transform",
    recovery: "stop_stream",
    exit: 1,
    meaning: "The table cannot hold what is to be loaded.",
    remedy: "The message names the columns and what to change.",
  },
  primary_key_missing: {
    stage: "config",
    recovery: "stop_stream",
    exit: 3,
    meaning: "`merge` needs a primary key and the stream has none.",
    remedy: "Set `primary_key` for the stream.",
  },
} satisfies Record<string, CatalogueEntry>;
