import type { Node, OpenApiDocument } from "./openapi-document.ts";

/** How requests are authorised, by the first security scheme that `rest_api` has a form for. */
export function draftAuth(document: OpenApiDocument): Record<string, unknown> | undefined {
  const schemes = document.at(document.root, "components", "securitySchemes");
  for (const name of Object.keys(schemes)) {
    const auth = authOf(document, document.at(schemes, name));
    if (auth !== undefined) return auth;
  }
  return undefined;
}

function authOf(document: OpenApiDocument, scheme: Node): Record<string, unknown> | undefined {
  const kind = scheme["type"];
  if (kind === "http") {
    const way = String(scheme["scheme"] ?? "").toLowerCase();
    return way === "bearer" || way === "basic" ? { type: way } : undefined;
  }
  if (kind === "apiKey") {
    const where = scheme["in"];
    const name = String(scheme["name"] ?? "");
    if (where === "header" && name.toLowerCase() === "authorization") return { type: "bearer" };
    return where === "header" || where === "query" ? { type: where, name } : undefined;
  }
  if (kind !== "oauth2") return undefined;
  const credentials = document.at(scheme, "flows", "clientCredentials")["tokenUrl"];
  if (typeof credentials === "string") return { type: "oauth2_client_credentials", token_url: credentials };
  const code = document.at(scheme, "flows", "authorizationCode")["tokenUrl"];
  return typeof code === "string" ? { type: "oauth2_refresh_token", token_url: code } : undefined;
}
