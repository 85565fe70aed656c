package dev.rdptrace.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// Options that are not typed: from the environment, else from the user's `rdptrace.conf`, else from that of the host.
final class Defaults {
    /// Names another file instead of both; empty: none.
    private static final String CONFIG = "RDPTRACE_CONFIG";
    private static final String PREFIX = "RDPTRACE_";
    private static final String FILE = "rdptrace.conf";
    private static final Path OF_HOST = Path.of("/etc", FILE);

    private final Map<String, String> environment;
    private final List<Path> files;
    private final List<String> added = new ArrayList<>();

    Defaults(Map<String, String> environment) {
        this.environment = environment;
        this.files = files(environment).stream().filter(file -> Files.isRegularFile(file) && Files.isReadable(file)).toList();
    }

    private static List<Path> files(Map<String, String> environment) {
        String named = environment.get(CONFIG);
        if (named != null) {
            return named.isEmpty() ? List.of() : List.of(Inputs.file(Path.of(named)));
        }
        Optional<Path> users = Stream.of("XDG_CONFIG_HOME", "HOME", "APPDATA").filter(name -> !environment.getOrDefault(name, "").isEmpty())
                .findFirst().map(name -> Path.of(environment.get(name), name.equals("HOME") ? ".config" : "", FILE));
        return Stream.concat(users.stream(), Stream.of(OF_HOST)).toList();
    }

    /// What was typed, and behind it what it leaves open.
    String[] complete(CommandLine program, String... typed) {
        if (files.isEmpty() && environment.keySet().stream().noneMatch(name -> name.startsWith(PREFIX))) {
            return typed;
        }
        List<Map<String, List<String>>> configured = files.stream().map(file -> read(file, program.getCommandSpec())).toList();
        ParseResult given;
        try {
            given = program.parseArgs(typed);
        } catch (ParameterException toldBelow) {
            return typed;
        }
        while (given.hasSubcommand()) {
            given = given.subcommand();
        }
        List<String> all = new ArrayList<>(Arrays.asList(typed));
        int end = all.contains("--") ? all.indexOf("--") : all.size();
        for (OptionSpec option : given.commandSpec().options()) {
            if (!given.hasMatchedOption(option)) {
                List<String> words = words(given.commandSpec(), option, configured);
                all.addAll(end, words);
                end += words.size();
            }
        }
        return all.toArray(String[]::new);
    }

    /// What was added to what was typed, each with where it stands.
    List<String> added() {
        return added;
    }

    private List<String> words(CommandSpec command, OptionSpec option, List<Map<String, List<String>>> configured) {
        String variable = PREFIX + key(command, option.longestName()).replaceAll("[ -]", "_").toUpperCase(Locale.ROOT);
        String set = option.longestName().startsWith("--") ? environment.getOrDefault(variable, "") : "";
        if (!set.isEmpty()) {
            return words(option, List.of(set), variable);
        }
        for (int i = 0; i < files.size(); i++) {
            for (String name : option.names()) {
                List<String> values = configured.get(i).get(key(command, name));
                if (values != null) {
                    return words(option, values, files.get(i).toString());
                }
            }
        }
        return List.of();
    }

    private List<String> words(OptionSpec option, List<String> values, String from) {
        List<String> words = new ArrayList<>();
        for (String value : values) {
            if (ManPage.takesValue(option)) {
                words.add(option.longestName() + "=" + value);
            } else if (value.equals("true")) {
                words.add(option.longestName());
            } else if (!value.equals("false")) {
                throw new Failure(Exit.USAGE, from + ": " + option.longestName() + " is true or false and not " + value);
            }
        }
        if (!words.isEmpty()) {
            added.add(String.join(" ", words) + " from " + from);
        }
        return words;
    }

    /// `live log-rotate`, and `format` for the analysis, which has no name.
    private static String key(CommandSpec command, String option) {
        return (command.parent() == null ? "" : command.name() + " ") + option.replaceFirst("^-+", "");
    }

    /// Values by key. What no option is called is told, for it would be missed.
    private static Map<String, List<String>> read(Path file, CommandSpec program) {
        Map<String, List<String>> values = new HashMap<>();
        CommandSpec command = program;
        int number = 0;
        for (String line : lines(file)) {
            number++;
            String text = line.strip();
            int equals = text.indexOf('=');
            if (text.isEmpty() || text.startsWith("#")) {
                continue;
            }
            CommandLine named = text.startsWith("[") && text.endsWith("]") ? program.subcommands().get(text.substring(1, text.length() - 1))
                    : null;
            if (named != null) {
                command = named.getCommandSpec();
                continue;
            }
            String name = equals < 0 ? "" : text.substring(0, equals).strip();
            if (command.options().stream().noneMatch(option -> isCalled(option, name))) {
                throw new Failure(Exit.USAGE, file + ", line " + number + ": " + text + " is neither OPTION = VALUE nor [COMMAND] of "
                        + (command == program ? "rdptrace" : "rdptrace " + command.name()));
            }
            values.computeIfAbsent(key(command, name), _ -> new ArrayList<>()).add(text.substring(equals + 1).strip());
        }
        return values;
    }

    private static boolean isCalled(OptionSpec option, String name) {
        return !option.usageHelp() && !option.versionHelp()
                && Stream.of(option.names()).anyMatch(one -> one.replaceFirst("^-+", "").equals(name));
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException unreadable) {
            throw new Failure(Exit.INPUT_UNREADABLE, "cannot read " + file + ": " + Target.reason(unreadable));
        }
    }
}
