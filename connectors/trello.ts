import { apiAddress, defineRestConnector, z } from "sluice/connector";

const options = z.strictObject({
  board_ids: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe("Ids of the boards to read. All boards that the member sees unless given."),
  api_url: apiAddress("https://api.trello.com/1"),
});

const secrets = z.strictObject({
  api_key: z.string().min(1).describe("API key of a Power-Up; made at trello.com/power-ups/admin, API key."),
  token: z.string().min(1).describe("Token that a member has granted to that key, with the scope `read`."),
});

export default defineRestConnector({
  name: "trello",
  title: "Trello",
  description: "Boards, lists, cards, checklists, labels, members and actions of Trello.",
  options,
  secrets,
  guide: {
    credentials: `1. At <https://trello.com/power-ups/admin> make a Power-Up (or take one that you have) and generate an API key.
2. Open \`https://trello.com/1/authorize?expiration=never&scope=read&response_type=token&key=<the key>\` as the member
   whose boards are to be read, and allow it. The scope \`read\` is all that is needed.
3. Set both: \`sluice secrets set <connection> api_key\` and \`sluice secrets set <connection> token\`.`,
    limits:
      "Trello takes 100 requests in 10 seconds from a token, and 100 in 15 minutes below `/members`. At most 90 in 10 seconds are sent, and the list of boards is one request for each stream. A 429 is waited out.",
    deletes:
      "Cards that were deleted are rows of `deleted_cards`, as the boards' actions tell of them. Archived cards, lists and boards stay and have `closed`.",
    notes:
      "Trello has no filter for changed cards. Cards and checklists are read again for the boards whose `dateLastActivity` has moved, the others are not asked for. Both are sent in a header, so neither key nor token is in an address.",
    example: { board_ids: ["5f1a0c7e9b1d4a2f3c6e8d90"] },
  },
  auth: ({ secrets: { api_key, token } }) => ({
    type: "header",
    name: "authorization",
    value: `OAuth oauth_consumer_key="${api_key}", oauth_token="${token}"`,
    parts: [api_key, token],
    secret: "token",
  }),
  identity: {
    path: "/members/me",
    params: { fields: "fullName,username" },
    says: "logged in as {fullName} (@{username})",
  },
  api: ({ api_url, board_ids }) => {
    const boards = {
      stream: "boards",
      keys: { board: "id" },
      include: { idBoard: "id" },
      ...(board_ids === undefined ? {} : { where: { id: board_ids } }),
    };
    const older = { type: "cursor" as const, param: "before", least_record: "id", size: 1000 };
    return {
      base_url: api_url,
      rate_limit: { requests: 90, per_s: 10 },
      retries: 6,
      defaults: { records: "", paginate: { type: "none" }, primary_key: ["id"] },
      streams: {
        boards: {
          description: "Boards that the member sees, closed ones too.",
          path: "/members/me/boards",
          params: { filter: "all" },
          cursor: { field: "dateLastActivity" },
        },
        lists: {
          description: "Lists of the boards, archived ones too.",
          path: "/boards/{board}/lists",
          params: { filter: "all" },
          parent: boards,
        },
        labels: {
          description: "Labels of the boards.",
          path: "/boards/{board}/labels",
          params: { limit: 1000 },
          parent: boards,
        },
        members: {
          description: "Members by board: one row for each board that a member is on.",
          path: "/boards/{board}/members",
          primary_key: ["idBoard", "id"],
          parent: boards,
        },
        cards: {
          description: "Cards, archived ones too, of the boards where something has happened.",
          path: "/boards/{board}/cards",
          params: { filter: "all", limit: 1000 },
          paginate: older,
          parent: { ...boards, changed: true },
        },
        checklists: {
          description: "Checklists with their items, of the boards where something has happened.",
          path: "/boards/{board}/checklists",
          parent: { ...boards, changed: true },
        },
        actions: {
          description: "What has happened on the boards. Never changed once it is there.",
          path: "/boards/{board}/actions",
          params: { limit: 1000 },
          paginate: older,
          cursor: { field: "date", param: "since", ordered: "desc" },
          parent: boards,
        },
        deleted_cards: {
          description: "Cards that were deleted, as `card_id`: one row for each deletion.",
          path: "/boards/{board}/actions",
          params: { limit: 1000, filter: "deleteCard" },
          paginate: older,
          cursor: { field: "date", param: "since", ordered: "desc" },
          fields: { select: ["id", "date"], lift: { card_id: "data.card.id", deleted_by: "idMemberCreator" } },
          parent: boards,
        },
      },
    };
  },
});
