import { SluiceError } from "../../core/errors.ts";
import type { Answer } from "../command.ts";

/** A script that asks `sluice __complete` for what may stand at the cursor, so that it never goes out of date. */
export function completionScript(shell: string): Answer {
  const script = scripts.get(shell);
  if (script === undefined) {
    throw new SluiceError(
      "usage",
      `There is no completion for "${shell}". Take one of: ${[...scripts.keys()].join(", ")}.`,
    );
  }
  return { data: { shell, script }, text: script };
}

const bash = `_sluice() {
  local line IFS=$'\\n'
  COMPREPLY=()
  for line in $("$1" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null); do
    case $line in
      :file) COMPREPLY+=($(compgen -f -- "$2")) ;;
      :folder) COMPREPLY+=($(compgen -d -- "$2")) ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done
}
complete -F _sluice sluice`;

const zsh = `#compdef sluice
_sluice() {
  local line
  local -a found
  for line in "\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :file) _files ;;
      :folder) _files -/ ;;
      *) found+=("\${\${line%%$'\\t'*}//:/\\\\:}\${\${(M)line:#*$'\\t'*}:+:\${line#*$'\\t'}}") ;;
    esac
  done
  (( \${#found} )) && _describe 'sluice' found
}
compdef _sluice sluice`;

const fish = `function __sluice_complete
    set -l before (commandline -opc)
    for line in ($before[1] __complete $before[2..] (commandline -ct) 2>/dev/null)
        switch $line
            case :file
                __fish_complete_path (commandline -ct)
            case :folder
                __fish_complete_directories (commandline -ct)
            case '*'
                echo $line
        end
    end
end
complete -c sluice -f -a '(__sluice_complete)'`;

const scripts = new Map([
  ["bash", bash],
  ["zsh", zsh],
  ["fish", fish],
]);
