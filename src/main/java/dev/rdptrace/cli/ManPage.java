package dev.rdptrace.cli;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/// The manual page of a command, from what its help is made of: roff with the macros of man(7).
final class ManPage {
    private final CommandSpec command;
    private final StringBuilder roff = new StringBuilder();

    private ManPage(CommandSpec command) {
        this.command = command;
    }

    /// @param command the program or one of its commands
    static String of(CommandSpec command) {
        return new ManPage(command).page();
    }

    /// `rdptrace` or `rdptrace-live`, as the file is called.
    static String name(CommandSpec command) {
        return command.parent() == null ? command.name() : command.parent().name() + "-" + command.name();
    }

    /// What a command is for, in one line.
    static String purpose(CommandSpec command) {
        UsageMessageSpec usage = command.usageMessage();
        return String.join(" ", command.parent() == null ? usage.header() : usage.description()).strip().replaceFirst("\\.$", "");
    }

    private String page() {
        macro("TH", name(command).toUpperCase(Locale.ROOT), "1", "", "rdptrace " + Version.number(), "rdptrace");
        macro("SH", "NAME");
        line(name(command) + " - " + purpose(command));
        macro("SH", "SYNOPSIS");
        synopsis();
        List<PositionalParamSpec> parameters = command.positionalParameters();
        List<OptionSpec> options = command.options();
        if (!parameters.isEmpty()) {
            macro("SH", "ARGUMENTS");
            parameters.forEach(one -> item("\\fI" + escaped(one.paramLabel()) + "\\fR", one.description()));
        }
        macro("SH", "OPTIONS");
        options.forEach(one -> item(Stream.of(one.names()).map(name -> "\\fB" + escaped(name) + "\\fR").collect(Collectors.joining(", "))
                + (takesValue(one) ? " \\fI" + escaped(one.paramLabel()) + "\\fR" : ""), one.description()));
        if (!command.subcommands().isEmpty()) {
            macro("SH", "COMMANDS");
            command.subcommands().values().stream().map(CommandLine::getCommandSpec)
                    .forEach(one -> item("\\fB" + escaped(name(one)) + "\\fR(1)", purpose(one)));
        }
        String footer = String.join("\n", command.usageMessage().footer()).strip();
        if (!footer.isEmpty()) {
            macro("SH", "NOTES");
            line(footer);
        }
        codes();
        if (command.parent() != null) {
            macro("SH", "SEE ALSO");
            roff.append("\\fB").append(escaped(command.parent().name())).append("\\fR(1)\n");
        }
        return roff.toString();
    }

    private void synopsis() {
        String[] lines = command.usageMessage().customSynopsis();
        if (lines.length == 0) {
            String arguments = command.positionalParameters().stream()
                    .map(one -> one.arity().min() == 0 ? " [" + one.paramLabel() + "]" : " " + one.paramLabel())
                    .collect(Collectors.joining());
            lines = new String[] {command.parent().name() + " " + command.name() + " [OPTION]..." + arguments};
        }
        macro("nf");
        for (String line : lines) {
            line(line.strip());
        }
        macro("fi");
    }

    private void codes() {
        Map<String, String> codes = command.root().usageMessage().exitCodeList();
        if (command.parent() == null) {
            macro("SH", "EXIT STATUS");
            codes.forEach((code, says) -> item("\\fB" + code.strip() + "\\fR", says));
        }
    }

    static boolean takesValue(OptionSpec option) {
        return option.arity().max() > 0;
    }

    private void item(String tag, String... says) {
        macro("TP");
        roff.append(tag).append('\n');
        line(String.join(" ", says));
    }

    private void macro(String name, String... arguments) {
        roff.append('.').append(name);
        for (String argument : arguments) {
            roff.append(" \"").append(escaped(argument)).append('"');
        }
        roff.append('\n');
    }

    private void line(String text) {
        text.lines().map(String::strip).map(ManPage::escaped)
                .forEach(line -> roff.append(line.startsWith(".") ? "\\&" : "").append(line).append('\n'));
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("\"", "\\(dq");
    }
}
