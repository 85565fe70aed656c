package dev.rdptrace.cli;

import dev.rdptrace.Analysis;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.report.Format;
import dev.rdptrace.timeline.Endpoint;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// Everything an analysis is asked to do; nothing of it needs to be looked up or checked again.
///
/// @param inputs files that exist, globs and folders expanded, and `-` for standard input; never empty
/// @param others captures of the same traffic from another place (`--and`)
/// @param annotated where to write the input with comments (`-w`); `-`: standard output
/// @param format of the report
/// @param output where the report goes; empty for standard output
/// @param colour whether the report is coloured
/// @param verbosity 0, 1 for `-v`, 2 for `-vv`
/// @param quiet only the verdicts
/// @param numeric addresses only, no names (`-n`)
/// @param clientCode what the client showed, as typed: `0x904/0x7`
/// @param reading what is taken for RDP, and what opens it
/// @param stripSecrets leave no secrets in the annotated capture
/// @param share without addresses, names and cookies in the report
/// @param time how to show times
/// @param failOn outcomes, as the report names them, that make the exit code 1
/// @param progress whether a person would like to see how far it is
/// @param stop asked now and then; `true` once the user wants the report of what has been read
public record AnalyzeOptions(
        List<String> inputs,
        List<Path> others,
        Optional<Path> annotated,
        Format format,
        Optional<Path> output,
        boolean colour,
        int verbosity,
        boolean quiet,
        boolean numeric,
        Optional<String> clientCode,
        Reading reading,
        boolean stripSecrets,
        boolean share,
        TimeFormat time,
        Set<String> failOn,
        boolean progress,
        BooleanSupplier stop) {

    /// What it ends with.
    Exit exit(Analysis analysis) {
        for (Incident incident : failOn.isEmpty() ? List.<Incident>of() : analysis.incidents()) {
            if (failOn.contains(incident.outcome().toString())) {
                return Exit.FAIL_ON_HIT;
            }
        }
        return analysis.incidents().isEmpty() ? Exit.NO_RDP : Exit.ANALYSED;
    }

    /// `--brief`.
    static OptionSpec brief() {
        return Option.flag("short for --format " + Format.BRIEF + ": as ndjson, but only verdict, parties and frames", "--brief");
    }

    /// What `--format` or `--brief` asks for.
    static Format format(CommandSpec spec, Format otherwise) {
        ParseResult given = spec.commandLine().getParseResult();
        if (given.hasMatchedOption("--brief") && given.hasMatchedOption("--format")) {
            throw new ParameterException(spec.commandLine(), "--brief is a format itself, so --format cannot name another");
        }
        return given.hasMatchedOption("--brief") ? Format.BRIEF : given.matchedOptionValue("--format", otherwise);
    }

    /// A gateway's address; names are not looked up, nothing leaves this machine.
    ///
    /// @param port 443 where none was given
    public record Gateway(InetAddress address, int port) {
        private static final int HTTPS = 443;

        /// `192.0.2.1`, `192.0.2.1:8443`, `2001:db8::1`, `[2001:db8::1]:8443`.
        ///
        /// @throws IllegalArgumentException when it is none of them
        static Gateway parse(String text) {
            int colon = text.lastIndexOf(':');
            boolean bracketed = text.startsWith("[");
            boolean ported = bracketed ? text.indexOf("]:") > 0 : colon >= 0 && colon == text.indexOf(':');
            String address = ported ? text.substring(0, colon) : text;
            int port = ported ? Integer.parseInt(text.substring(colon + 1)) : HTTPS;
            if (port < 1 || 65535 < port) {
                throw new IllegalArgumentException("port " + port);
            }
            if (bracketed && address.endsWith("]")) {
                address = address.substring(1, address.length() - 1);
            }
            return new Gateway(InetAddress.ofLiteral(address), port);
        }

        static Set<Endpoint> endpoints(List<Gateway> gateways) {
            return gateways.stream().map(Gateway::endpoint).collect(Collectors.toUnmodifiableSet());
        }

        private Endpoint endpoint() {
            ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
            return bytes.capacity() == 4
                    ? new Endpoint(0, 0xffff_0000_0000L | Integer.toUnsignedLong(bytes.getInt()), port)
                    : new Endpoint(bytes.getLong(), bytes.getLong(), port);
        }
    }
}
