import type { CommandSpec } from "../command.ts";

export const completion: CommandSpec = {
  name: "completion",
  summary: "Print a completion script for bash, zsh or fish",
  notes:
    "Put the line of your shell, from the examples, into ~/.bashrc or ~/.zshrc. Names of connections, streams and runs are looked up while you type.",
  arguments: [{ name: "shell", description: "the shell", candidates: ["bash", "zsh", "fish"] }],
  examples: [
    "source <(sluice completion bash)",
    "source <(sluice completion zsh)",
    "sluice completion fish > ~/.config/fish/completions/sluice.fish",
  ],
  run: async (_context, input) => (await import("../completion/scripts.ts")).completionScript(input.argument("shell")),
};
