/** The databases that the test file at hand has asked for. Apart from the rest so that files without one load no driver. */
export const openedDatabases = new Map<string, () => Promise<void>>();
