/**
 * `sluice/connector`: all that a connector needs. A connector is one file in `connectors/` whose default export is what
 * `defineConnector` returns; its name is the file's name.
 */

export { z } from "zod";
export type { EventLevel } from "../core/events.ts";
export type { JsonObject, JsonValue } from "../core/json.ts";
export type { RowLead } from "../databases/postgres/row-lead.ts";
export { airbyteOptions } from "./airbyte/airbyte-options.ts";
export { checkSource, readSourceJointly, sourceFields, sourceStreams } from "./airbyte/airbyte-source.ts";
export { ConnectorError, type ConnectorErrorCode } from "./connector-error.ts";
export type {
  Batch,
  CheckReport,
  Connector,
  ConnectorContext,
  ConnectorDefinition,
  ConnectorGuide,
  CopyBatch,
  JointContext,
  JointPart,
  LateFields,
  LateOption,
  Mode,
  NeededSecret,
  OAuthLogin,
  ReadContext,
  RecordBatch,
  Reject,
  Row,
  RowBatch,
  RowForm,
  SourceColumn,
  StreamDefinition,
  TableBatch,
} from "./define-connector.ts";
export { defineConnector } from "./define-connector.ts";
export { describeFileCursor } from "./file-source/file-cursor.ts";
export { type FileOptions, fileOptions, pathOption } from "./file-source/file-options.ts";
export type { FileStore, FoundFile, OpenFile, OpenHow } from "./file-source/file-store.ts";
export { fileStreams, findFiles } from "./file-source/file-streams.ts";
export { localStore } from "./file-source/local-store.ts";
export { type FilesContext, type FilesToRead, readFiles } from "./file-source/read-files.ts";
export type { FileSettings } from "./file-source/source-file.ts";
export { snakeCase, streamNameOf } from "./file-source/stream-name.ts";
export type * from "./http/http-auth.ts";
export type * from "./http/http-client.ts";
export { readPath, readPaths, recordsAt } from "./http/json-path.ts";
export type * from "./http/pagination/paginator.ts";
export { paginators } from "./http/pagination/paginators.ts";
export { programSecrets } from "./open-secrets.ts";
export { postgresSource, SESSION_ATTRIBUTES, SSL_MODES } from "./postgres-source.ts";
export { restSecrets } from "./rest/auth-options.ts";
export {
  apiAddress,
  defineRestConnector,
  type Identity,
  type RestApi,
  type RestConnectorDefinition,
} from "./rest/rest-connector.ts";
export { restOptions } from "./rest/rest-options.ts";
export { checkRest, restStreams } from "./rest/rest-source.ts";
export { openBucket, type S3Client } from "./s3/s3-client.ts";
export { s3Options, s3Secrets } from "./s3/s3-options.ts";
export { s3Store } from "./s3/s3-store.ts";
export { sftpOptions, sftpSecrets } from "./sftp/sftp-options.ts";
export { openSftp, type SftpSession } from "./sftp/sftp-session.ts";
export { sftpStore } from "./sftp/sftp-store.ts";
export { singerOptions } from "./singer/singer-options.ts";
export { checkTap, readTogether, tapStreams } from "./singer/singer-source.ts";
export { type StreamReading, type StreamTrial, tryStream } from "./testing/try-stream.ts";
