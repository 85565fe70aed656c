package dev.rdptrace.cli;

import java.util.List;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/// Options as rows of a table.
///
/// picocli's annotations would read as well, but the reflection behind them doubles the time of a start.
final class Option {
    static final String NO_PAGER = "--no-pager";

    private Option() {}

    /// An option with one value.
    static OptionSpec one(Class<?> type, String label, String description, String... names) {
        return of(label, description, names).type(type).build();
    }

    /// An option that may be repeated.
    static OptionSpec many(Class<?> type, String label, String description, String... names) {
        return of(label, description, names).type(List.class).auxiliaryTypes(type).build();
    }

    /// An option that may be repeated, or given once with values separated by commas.
    static OptionSpec list(Class<?> type, String label, String description, String... names) {
        return of(label + "[," + label + "]", description, names)
                .type(List.class)
                .auxiliaryTypes(type)
                .splitRegex(",")
                .hideParamSyntax(true)
                .build();
    }

    /// An option without a value; repeating it counts.
    static OptionSpec flag(String description, String name) {
        return of("", description, name).type(boolean[].class).arity("0").build();
    }

    static OptionSpec help() {
        return of("", "show this", "-h", "--help").type(boolean.class).arity("0").usageHelp(true).build();
    }

    static OptionSpec version() {
        return of("", "show the version", "-V", "--version").type(boolean.class).arity("0").versionHelp(true).build();
    }

    /// Of the program and all its commands.
    static OptionSpec noPager() {
        return of("", "print what is longer than the screen without $RDPTRACE_PAGER, $PAGER or less", NO_PAGER)
                .type(boolean.class).arity("0").scopeType(ScopeType.INHERIT).build();
    }

    /// How often a flag was given.
    static int count(ParseResult given, String flag) {
        return given.matchedOptionValue(flag, new boolean[0]).length;
    }

    private static OptionSpec.Builder of(String label, String description, String... names) {
        return OptionSpec.builder(names).paramLabel(label).description(description);
    }

    /// A word, one of those that are known; it may be left out.
    static PositionalParamSpec word(String label, Iterable<String> known, String says) {
        return PositionalParamSpec.builder().paramLabel(label).arity("0..1").type(String.class).completionCandidates(known)
                .description(says).build();
    }

    /// A capture that must be named.
    static PositionalParamSpec capture(String label, int index, String says) {
        return PositionalParamSpec.builder().paramLabel(label).index(Integer.toString(index)).arity("1").required(true).type(String.class)
                .description(says).build();
    }
}
