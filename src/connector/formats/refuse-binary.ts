import { ConnectorError } from "../connector-error.ts";

const ZIP = Buffer.from("PK\x03\x04", "latin1");
/** Of a zip without a file in it. */
const EMPTY_ZIP = Buffer.from("PK\x05\x06", "latin1");
/** Documents of Office before 2007. */
const OLE = Buffer.from("d0cf11e0a1b11ae1", "hex");

const SPREADSHEET_NAME = /\.(xls|xlsx|xlsm|xlsb|ods|numbers)$/i;
/** What the names at the beginning of the zip say: of Excel's own, and of OpenDocument. */
const SPREADSHEET_PARTS = ["xl/", "opendocument.spreadsheet"];

const EXPORT = "Save each of its sheets as CSV, and name those files in the option `path`.";
const UNPACK =
  "Unpack it, and name its files in the option `path`. Files packed with gzip or zstd are read as they are.";

/** Refuses what people take for a table and what no text can be read from, before its bytes are called wrong text. */
export function refuseBinary(name: string, head: Buffer): void {
  if (!beginsWith(head, ZIP) && !beginsWith(head, EMPTY_ZIP) && !beginsWith(head, OLE)) return;
  const isOffice = beginsWith(head, OLE);
  const isSpreadsheet = SPREADSHEET_NAME.test(name) || SPREADSHEET_PARTS.some((part) => head.includes(part));
  const what = isSpreadsheet ? "a spreadsheet" : isOffice ? "a document of Microsoft Office" : "a zip archive";
  const remedy = isSpreadsheet || isOffice ? EXPORT : UNPACK;
  throw new ConnectorError("source_format", `reading ${name}: it is ${what}, not text. ${remedy}`, {
    details: { file: name },
  });
}

function beginsWith(bytes: Buffer, mark: Buffer): boolean {
  return bytes.subarray(0, mark.length).equals(mark);
}
