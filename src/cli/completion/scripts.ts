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

/*
 * Bash hands words over as they were typed, quotes and backslashes included, and puts candidates in as they are: they are
 * quoted here unless a quote is open. File names it quotes by itself once it knows that they are such.
 */
const bash = `_sluice() {
  local line word current open='' IFS=$'\\n'
  local -a words=()
  COMPREPLY=()
  current=\${COMP_WORDS[COMP_CWORD]}
  case $current in [\\"\\']*) open=1 ;; esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    word=\${word//[\\"\\']/}
    words+=("\${word//\\\\/}")
  done
  for line in $("\${1/#\\~/$HOME}" __complete "\${words[@]}" 2>/dev/null); do
    case $line in
      :file) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "$2")) ;;
      :folder) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -d -- "$2")) ;;
      *)
        word=\${line%%$'\\t'*}
        [ -n "$open" ] || printf -v word %q "$word"
        COMPREPLY+=("$word")
        ;;
    esac
  done
}
complete -F _sluice sluice`;

/*
 * Works both ways that zsh users know: sourced, and as a file `_sluice` in a folder of `fpath`, where zsh runs it at the
 * first TAB as the completion itself.
 */
const zsh = `#compdef sluice
_sluice() {
  local line
  local -a found
  for line in "\${(@f)$("\${(Q)words[1]/#\\~/$HOME}" __complete "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :file) _files ;;
      :folder) _files -/ ;;
      *) found+=("\${\${line%%$'\\t'*}//:/\\\\:}\${\${(M)line:#*$'\\t'*}:+:\${line#*$'\\t'}}") ;;
    esac
  done
  (( \${#found} )) && _describe 'sluice' found
}
if [ "$funcstack[1]" = _sluice ]; then
  _sluice "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
  compdef _sluice sluice
fi`;

const fish = `function __sluice_complete
    set -l before (commandline -opc)
    set -l current (string replace -ra '[\\\\\\\\"\\']' '' -- (commandline -ct))
    for line in ($before[1] __complete $before[2..] "$current" 2>/dev/null)
        switch $line
            case :file
                __fish_complete_path (commandline -ct)
            case :folder
                __fish_complete_directories (commandline -ct)
            case '*'
                printf '%s\\n' $line
        end
    end
end
complete -c sluice -f -a '(__sluice_complete)'`;

const scripts = new Map([
  ["bash", bash],
  ["zsh", zsh],
  ["fish", fish],
]);
