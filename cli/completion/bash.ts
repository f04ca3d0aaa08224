import { flagsWithValue, wordsOf, type CompletedCommand, type Completion, type Values } from './tree.ts';

/** Completion for bash 3.2 and later, without the package bash-completion. */
export const bashScript = (completion: Completion): string => `\
# Completion of sealroot for bash. Load it: eval "$(sealroot completion bash)"
_sealroot() {
    local current=\${COMP_WORDS[COMP_CWORD]} at='' flag='' program=0 values='' word i
    # Words are split at "=", so --format=json is three of them.
    if [[ $current == '=' ]]; then current=''; fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=\${COMP_WORDS[i]}
        if [[ $word == '=' ]]; then continue; fi
        if [[ -n $flag ]]; then
            flag=''
            continue
        fi
        case $word in
        --)
            program=$((i + 1))
            break
            ;;
        ${flagsWithValue(completion).join(' | ')}) flag=$word ;;
        -*) ;;
        *)
            case "$at $word" in
            ${paths(completion).join(' | ')}) at="$at $word" ;;
            esac
            ;;
        esac
    done
    if [[ $program -gt 0 ]]; then
        values=files
        if [[ $program -eq $COMP_CWORD ]]; then values=programs; fi
    elif [[ -n $flag ]]; then
        case "$at $flag" in
${branches(completion.commands.flatMap(flagValues))}
        esac
    elif [[ $current == -* ]]; then
        case $at in
${branches(completion.commands.flatMap(ownFlags))}
        esac
        values="$values ${completion.everywhere.flatMap(({ flags }) => flags).join(' ')}"
    else
        case $at in
${branches(completion.commands.flatMap(argumentValues))}
        esac
    fi
    COMPREPLY=()
    case $values in
    programs) COMPREPLY=($(compgen -c -- "$current")) ;;
    # bash itself knows how to write the names of files; before version 4 it cannot be asked for that from here.
    files) compopt -o default 2>/dev/null || COMPREPLY=($(compgen -f -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$values" -- "$current")) ;;
    esac
}
complete -F _sealroot sealroot
`;

type Branch = readonly [pattern: string, values: Values];

const branches = (all: readonly Branch[]): string =>
  all
    .filter(([, values]) => values !== 'unknown' && values.length > 0)
    .map(([pattern, values]) => `        ${pattern}) values='${[values].flat().join(' ')}' ;;`)
    .join('\n');

/** A path as the script keeps it: each word behind a blank. */
const pattern = (...words: readonly string[]): string =>
  `'${words
    .filter((word) => word !== '')
    .map((word) => ` ${word}`)
    .join('')}'`;

const paths = ({ commands }: Completion): string[] =>
  commands.flatMap(({ path }) => (path === '' ? [] : [pattern(path)]));

const ownFlags = ({ path, options }: CompletedCommand): Branch[] => [
  [pattern(path), options.flatMap((option) => option.flags)],
];

const flagValues = ({ path, options }: CompletedCommand): Branch[] =>
  options.flatMap(({ flags, values }): Branch[] =>
    values === undefined ? [] : [[flags.map((flag) => pattern(path, flag)).join(' | '), values]],
  );

const argumentValues = ({ path, commands, values }: CompletedCommand): Branch[] => {
  if (values === 'files') return [[pattern(path), values]];
  return [[pattern(path), [...commands.map(({ name }) => name), ...wordsOf(values)]]];
};
