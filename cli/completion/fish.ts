import {
  flagsWithValue,
  wordsOf,
  type CompletedCommand,
  type CompletedOption,
  type Completion,
} from './tree.ts';

/** Completion for fish 3 and later. */
export const fishScript = (completion: Completion): string => `\
# Completion of sealroot for fish. Load it: sealroot completion fish | source
function __sealroot_words
    # The command that is being typed, such as "keys approve"; "a program" behind the dashes of login.
    set -l at
    set -l flag
    for word in (commandline -opc)[2..-1]
        if test -n "$flag"
            set flag
            continue
        end
        switch $word
            case --
                echo 'a program'
                return
            case ${flagsWithValue(completion).join(' ')}
                set flag $word
            case '-*'
            case '*'
                if contains -- (string join ' ' -- $at $word) ${completion.commands.flatMap(({ path }) => (path === '' ? [] : [quoted(path)])).join(' ')}
                    set at $at $word
                end
        end
    end
    string join ' ' -- $at
end
function __sealroot_at
    set -l at (__sealroot_words)
    test "$at" = "$argv"
end
function __sealroot_program
    set -l words (commandline -opc)
    set -l dashes (contains -i -- -- $words)
    complete -C (string join ' ' -- (string escape -- $words[(math $dashes + 1)..-1]) (commandline -ct))
end
complete -c sealroot -e
complete -c sealroot -f
complete -c sealroot -n '__sealroot_at a program' -a '(__sealroot_program)'
${completion.commands.flatMap(lines).join('\n')}
${completion.everywhere.map((option) => optionLine("complete -c sealroot -n 'not __sealroot_at a program'", option)).join('\n')}
`;

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const here = ({ path }: CompletedCommand): string =>
  `complete -c sealroot -n ${quoted(`__sealroot_at ${path}`.trim())}`;

function lines(command: CompletedCommand): string[] {
  const { commands, options, values } = command;
  return [
    ...commands.map(({ name, description }) => `${here(command)} -a ${name} -d ${quoted(description)}`),
    ...(values === 'files' ? [`${here(command)} -F`] : []),
    ...wordsOf(values).map((value) => `${here(command)} -a ${value}`),
    ...options.map((option) => optionLine(here(command), option)),
  ];
}

const optionLine = (start: string, option: CompletedOption): string =>
  `${start} ${words(option)} -d ${quoted(option.description)}`;

function words({ flags, values }: CompletedOption): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  if (values === undefined) return names.join(' ');
  if (values === 'files') return [...names, '-r', '-F'].join(' ');
  const fixed = wordsOf(values);
  return [...names, '-x', ...(fixed.length === 0 ? [] : ['-a', quoted(fixed.join(' '))])].join(' ');
}
