import type { ConnectorErrorCode } from "../connector-error.ts";
import type { Call } from "./client-core.ts";
import { type Failure, failed, type Subject } from "./failure.ts";
import type { ReceivedAnswer } from "./http-answer.ts";
import type { HttpVerdict } from "./http-client.ts";
import { networkFailure } from "./network-failure.ts";
import { statusFailure } from "./status-failure.ts";
import { quotable, vendorMessage } from "./vendor-message.ts";

export interface Judging {
  /** Made only when something has to be said. */
  subject(): Subject;
  now: number;
}

export type Judged = { items: number | undefined } | { failure: Failure };

/** Whether an answer is one: first by the connector's word, then by its status, then by its body. */
export function judgeAnswer(answer: ReceivedAnswer, call: Call, judging: Judging): Judged {
  for (const judge of call.judges) {
    const verdict = judge(answer.judged);
    if (verdict?.action === "accept") return count(answer, call, judging);
    if (verdict !== undefined) return { failure: verdictFailure(answer, verdict, judging) };
  }
  const { status, fields } = answer;
  const fine = (status >= 200 && status < 300) || call.request.accept?.includes(status);
  if (fine) return count(answer, call, judging);
  const refusal = { status, fields, body: answer.parseOr(undefined), text: answer.beginning, now: judging.now };
  return { failure: statusFailure(refusal, judging.subject()) };
}

/** Items are counted in a body that is in memory; that it is JSON is known then. */
function count(answer: ReceivedAnswer, { request }: Call, { subject }: Judging): Judged {
  if (request.countItems === undefined) return { items: undefined };
  let body: unknown;
  try {
    body = answer.parse();
  } catch (cause) {
    return { failure: networkFailure(cause, subject(), answer.status) };
  }
  return { items: body === undefined ? undefined : request.countItems(body) };
}

type Refusing = Exclude<HttpVerdict, { action: "accept" }>;

function verdictFailure(answer: ReceivedAnswer, verdict: Refusing, judging: Judging): Failure {
  const { status } = answer;
  const subject = judging.subject();
  const again = verdict.action === "retry";
  const code: ConnectorErrorCode = verdict.code ?? (again ? "source_failed" : "source_refused");
  const said =
    verdict.reason === undefined
      ? vendorMessage(answer.parseOr(undefined), answer.beginning, subject.secrets)
      : quotable(verdict.reason, subject.secrets);
  const quoted = said === undefined ? "" : `: "${said}"`;
  const message = `${subject.doing}: ${status} from ${subject.host}${quoted}. ${verdict.remedy ?? remedy(code, subject)}`;
  const error = failed(code, message, { status, url: subject.url });
  const wait = again && verdict.wait_ms !== undefined ? { wait_ms: verdict.wait_ms } : {};
  return { error, status, passing: again, harmless: again, ...wait };
}

function remedy(code: ConnectorErrorCode, { renewal }: Subject): string {
  if (code === "credentials_rejected") return `The credentials are not accepted: ${renewal}.`;
  if (code === "source_not_found") return "Check the address and the ids in the connection's options.";
  if (code === "source_failed") return "The fault is the source's: run again later.";
  return "The source does not accept the request: correct the connection's options.";
}
