/** What only some actions of screens that are there from the beginning need: read when it is, or once there is time. */
export const rarelyNeeded = {
  deletion: () => import("./connections/delete-connection.ts"),
  editRaw: () => import("./connections/edit-raw.ts"),
  editSettings: () => import("./connections/edit-settings.ts"),
  resetState: () => import("./connections/reset-state.ts"),
};
