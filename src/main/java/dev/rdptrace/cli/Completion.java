package dev.rdptrace.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// What makes a shell complete commands, options, values and files. picocli's own script for bash offers no captures and takes a flag
/// that counts for an option with a value.
final class Completion {
    private static final Set<String> FILES = Set.of("FILE", "GOOD", "BAD");

    private final CommandSpec program;
    /// The program itself under the empty name, then its commands.
    private final Map<String, CommandSpec> commands = new LinkedHashMap<>();

    Completion(CommandSpec program) {
        this.program = program;
        commands.put("", program);
        program.subcommands().forEach((name, line) -> commands.put(name, line.getCommandSpec()));
    }

    /// Those that there is something for.
    enum Shell {
        BASH,
        ZSH,
        FISH,
        POWERSHELL
    }

    String of(Shell shell) {
        String template = switch (shell) {
            case BASH -> BASH.replace("@VALUES@", each(this::bashValues)).replace("@WORDS@", each((name, spec) -> "    \"" + name + "\")\n"
                    + "      options=\"" + String.join(" ", optionNames(spec)) + "\" words=\"" + String.join(" ", words(spec)) + "\""
                    + (takesFiles(spec) ? " files=yes" : "") + " ;;\n"));
            case ZSH -> ZSH.replace("@DESCRIBED@", each((name, spec) -> name.isEmpty() ? "" : " " + quoted(name + ":" + purpose(spec))))
                    .replace("@PROGRAM@", zshOptions(program))
                    .replace("@REST@", each((name, spec) -> name.isEmpty() ? "" : "        " + name + ") _arguments -s :" + zshOptions(spec)
                            + " \\\n            " + quoted("*:" + label(spec) + ":" + zshAction(words(spec), takesFiles(spec))) + " ;;\n"));
            case FISH -> FISH + each(this::fish);
            case POWERSHELL -> POWERSHELL.replace("@TABLE@", each(this::table));
        };
        return template.replace("@COMMANDS@", String.join(shell == Shell.BASH ? "|" : " ", program.subcommands().keySet()));
    }

    // ---- what is completed ----

    private interface Part {
        String of(String name, CommandSpec spec);
    }

    private String each(Part part) {
        return commands.entrySet().stream().map(one -> part.of(one.getKey(), one.getValue())).collect(Collectors.joining());
    }

    private static String purpose(CommandSpec spec) {
        return ManPage.purpose(spec);
    }

    private static List<String> optionNames(CommandSpec spec) {
        return spec.options().stream().flatMap(option -> Stream.of(option.names())).toList();
    }

    /// Words that may stand where no option does.
    private static List<String> words(CommandSpec spec) {
        List<String> words = new ArrayList<>(spec.subcommands().keySet());
        spec.positionalParameters().forEach(one -> words.addAll(values(one)));
        return words;
    }

    private static boolean takesFiles(CommandSpec spec) {
        return spec.positionalParameters().stream().anyMatch(Completion::isFile);
    }

    private static boolean isFile(ArgSpec one) {
        return FILES.contains(one.paramLabel()) || one.type() == Path.class || Arrays.asList(one.auxiliaryTypes()).contains(Path.class);
    }

    private static List<String> values(ArgSpec one) {
        return one.completionCandidates() == null ? List.of()
                : StreamSupport.stream(one.completionCandidates().spliterator(), false).map(value -> value.toLowerCase(Locale.ROOT))
                        .toList();
    }

    private static String label(CommandSpec spec) {
        return spec.positionalParameters().stream().map(ArgSpec::paramLabel).findFirst().orElse("").replace(":", "\\:");
    }

    private static String says(ArgSpec one) {
        return String.join(" ", one.description());
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    // ---- bash ----

    private String bashValues(String name, CommandSpec spec) {
        return spec.options().stream().filter(ManPage::takesValue).map(option -> "    " + Stream.of(option.names())
                .map(one -> "\"" + name + " " + one + "\"").collect(Collectors.joining(" | ")) + ") "
                + (isFile(option) ? "return" : values(option).isEmpty() ? "compopt +o default; return"
                        : "options= words=\"" + String.join(" ", values(option)) + "\" files=")
                + " ;;\n").collect(Collectors.joining());
    }

    private static final String BASH = """
            # Completes rdptrace in bash; made by: rdptrace completion bash
            _rdptrace() {
              local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command= options= words= files= one
              COMPREPLY=()
              if [[ $word == = ]]; then
                word=
              elif [[ $before == = ]]; then
                before=${COMP_WORDS[COMP_CWORD - 2]}
              fi
              for one in "${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
                case $one in
                  @COMMANDS@) command=$one && break ;;
                esac
              done
              case $command in
            @WORDS@  esac
              case "$command $before" in
            @VALUES@  esac
              [[ $word == -* ]] && words=$options
              mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
              # Where nothing is found the names of files are completed.
              if [[ -z $files ]]; then
                compopt +o default
              elif [[ ${#COMPREPLY[@]} -gt 0 && $word != -* ]]; then
                mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word")
                compopt -o filenames
              fi
            }
            complete -o default -F _rdptrace rdptrace
            """;

    // ---- zsh ----

    private static String zshOptions(CommandSpec spec) {
        StringBuilder all = new StringBuilder();
        for (OptionSpec option : spec.options()) {
            boolean again = option.isMultiValue();
            for (String name : option.names()) {
                String value = ManPage.takesValue(option) ? ":" + option.paramLabel().replace(":", "\\:") + ":"
                        + zshAction(values(option), isFile(option)) : "";
                String equals = !value.isEmpty() && name.startsWith("--") ? "=" : "";
                all.append(" \\\n            ").append(quoted((again ? "*" : "(" + String.join(" ", option.names()) + ")") + name + equals
                        + "[" + says(option).replaceAll("[\\[\\]\\\\]", "\\\\$0") + "]" + value));
            }
        }
        return all.toString();
    }

    private static String zshAction(List<String> values, boolean file) {
        return file ? "_files" : values.isEmpty() ? " " : "(" + String.join(" ", values) + ")";
    }

    private static final String ZSH = """
            #compdef rdptrace
            # Completes rdptrace in zsh; made by: rdptrace completion zsh
            _rdptrace() {
              local curcontext=$curcontext state line
              local -a commands
              commands=(@DESCRIBED@)
              _arguments -s -C :@PROGRAM@ \\
                '1: :->first' '*:: :->rest'
              case $state in
                first)
                  _describe command commands
                  _files
                  ;;
                rest)
                  case $words[1] in
            @REST@        *) _files ;;
                  esac
                  ;;
              esac
            }
            if [ "$funcstack[1]" = _rdptrace ]; then
              _rdptrace "$@"
            else
              compdef _rdptrace rdptrace
            fi
            """;

    // ---- fish ----

    private String fish(String name, CommandSpec spec) {
        String here = "complete -c rdptrace -n " + fishQuoted("__rdptrace_in \"" + name + "\"");
        StringBuilder lines = new StringBuilder();
        if (!takesFiles(spec)) {
            lines.append(here).append(" -f\n");
        }
        Map<String, CommandLine> inner = spec.subcommands();
        for (String word : words(spec)) {
            lines.append(here).append(" -a ").append(word)
                    .append(inner.containsKey(word) ? " -d " + fishQuoted(purpose(inner.get(word).getCommandSpec())) : "").append('\n');
        }
        for (OptionSpec option : spec.options()) {
            lines.append(here);
            for (String one : option.names()) {
                lines.append(one.startsWith("--") ? " -l " + one.substring(2) : " -s " + one.substring(1));
            }
            if (ManPage.takesValue(option)) {
                List<String> values = values(option);
                lines.append(isFile(option) ? " -r -F" : values.isEmpty() ? " -x" : " -x -a '" + String.join(" ", values) + "'");
            }
            lines.append(" -d ").append(fishQuoted(says(option))).append('\n');
        }
        return lines.toString();
    }

    private static String fishQuoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }

    private static final String FISH = """
            # Completes rdptrace in fish; made by: rdptrace completion fish
            function __rdptrace_in
                set -l command ''
                for one in (commandline -opc)[2..-1]
                    if contains -- $one @COMMANDS@
                        set command $one
                        break
                    end
                end
                test "$command" = "$argv[1]"
            end
            """;

    // ---- PowerShell ----

    /// Command, word or option, its values, what it is; tabs between them.
    private String table(String name, CommandSpec spec) {
        StringBuilder rows = new StringBuilder();
        words(spec).forEach(word -> rows.append(name).append('\t').append(word).append("\t\t").append(word).append('\n'));
        spec.options().forEach(option -> Stream.of(option.names()).forEach(one -> rows.append(name).append('\t').append(one).append('\t')
                .append(String.join(" ", values(option))).append('\t').append(says(option)).append('\n')));
        return rows.toString();
    }

    private static final String POWERSHELL = """
            # Completes rdptrace in PowerShell; made by: rdptrace completion powershell
            Register-ArgumentCompleter -Native -CommandName rdptrace -ScriptBlock {
                param($word, $line, $cursor)
                $rows = @'
            @TABLE@'@ -split "`r?`n" | ForEach-Object { , ($_ -split "`t") }
                $typed = @($line.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursor } |
                    ForEach-Object { "$_" })
                $command = "$($typed | Where-Object { '@COMMANDS@' -split ' ' -ccontains $_ } | Select-Object -First 1)"
                $mine = $rows | Where-Object { $_.Count -eq 4 -and $_[0] -ceq $command }
                $before = if ($typed.Count) { $typed[-1] } else { '' }
                $values = $mine | Where-Object { $_[1] -ceq $before -and $_[2] } | ForEach-Object { $_[2] -split ' ' }
                $found = if ($values) { $values | ForEach-Object { , @('', $_, '', $_) } } else { $mine }
                $found | Where-Object { $_[1] -clike "$word*" } | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new($_[1], $_[1], 'ParameterValue', $_[3])
                }
            }
            """;
}
