/**
 * One thing that a person can do here. The dispatcher, the footer, the help (`?`) and the palette (`:`) all read this one
 * description, so that none of them can know less than another.
 */
export interface Action {
  /** Unique and lasting: `connections.run`. */
  id: string;
  /** See `Press.key`; the first is the one that is shown. Empty for what only the palette offers. */
  keys: readonly string[];
  /** One to three words, as the footer shows it. */
  title: string;
  /** A sentence that says what happens. */
  help: string;
  /** Place in the footer: the highest come first and are the last to be cut; without it the footer leaves it out. */
  footer?: number;
  /** Why it cannot be done now. It stays visible, and pressing its key says this. */
  disabled?: string | undefined;
  /** The command line that does the same. */
  command?: string | undefined;
  /** What is thrown becomes a notice. */
  run(): void | Promise<void>;
}
