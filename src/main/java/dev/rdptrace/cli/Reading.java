package dev.rdptrace.cli;

import dev.rdptrace.Analyzer;
import dev.rdptrace.cli.AnalyzeOptions.Gateway;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// What is taken for RDP, and what opens it: the options of every command that reads packets.
///
/// @param ports more ports to take for RDP
/// @param gateways hosts that are RD gateways
/// @param keyLogs TLS key log files, perhaps still being written
/// @param rsaKeys private keys of servers
/// @param rsaPassword a file with the password of the private keys
public record Reading(List<Integer> ports, List<Gateway> gateways, List<Path> keyLogs, List<Path> rsaKeys, Optional<Path> rsaPassword) {
    private static final int RDP = 3389;

    public static CommandSpec addPeers(CommandSpec spec) {
        return spec.addOption(Option.list(Integer.class, "N", "more ports to take for RDP", "--port"))
                .addOption(Option.many(Gateway.class, "ADDRESS[:PORT]", "this host is an RD gateway", "--gateway"));
    }

    /// @param more what else there is to say of a key log
    static CommandSpec addKeyLog(CommandSpec spec, String more) {
        return spec.addOption(Option.many(Path.class, "FILE", "TLS secrets, as SSLKEYLOGFILE has them" + more, "--keylog"));
    }

    static CommandSpec addRsaKeys(CommandSpec spec) {
        return spec.addOption(Option.many(Path.class, "FILE", "the server's RSA key: PEM, PKCS#8 or PKCS#12", "--rsa-key"))
                .addOption(Option.one(Path.class, "FILE", "holds the password of --rsa-key; asked for otherwise", "--rsa-password-file"));
    }

    /// What is typed; options that a command does not have are empty.
    ///
    /// @throws ParameterException where a port is none
    public static Reading of(CommandSpec spec) {
        ParseResult given = spec.commandLine().getParseResult();
        List<Integer> ports = given.matchedOptionValue("--port", List.of());
        for (int port : ports) {
            if (port < 1 || 65535 < port) {
                throw new ParameterException(spec.commandLine(), "--port " + port + " is not a port");
            }
        }
        return new Reading(List.copyOf(ports), List.copyOf(given.<List<Gateway>>matchedOptionValue("--gateway", List.of())),
                List.copyOf(given.<List<Path>>matchedOptionValue("--keylog", List.of())),
                List.copyOf(given.<List<Path>>matchedOptionValue("--rsa-key", List.of())),
                Optional.ofNullable(given.matchedOptionValue("--rsa-password-file", null)));
    }

    /// The same where every file is there to be read.
    ///
    /// @throws Failure where one is not
    Reading fromDisk() {
        keyLogs.forEach(Inputs::file);
        rsaKeys.forEach(Inputs::file);
        rsaPassword.ifPresent(Inputs::file);
        return this;
    }

    /// @throws Failure when a key cannot be used
    public Analyzer.Options analyzer() {
        return new Analyzer.Options(Set.copyOf(ports), Gateway.endpoints(gateways), false, Keys.read(keyLogs, rsaKeys, rsaPassword));
    }

    /// The same while packets come: key logs are followed as they grow.
    ///
    /// @throws Failure when a key cannot be used
    Analyzer.Options following() {
        return new Analyzer.Options(Set.copyOf(ports), Gateway.endpoints(gateways), false, Keys.follow(keyLogs, rsaKeys, rsaPassword));
    }

    /// All RDP ports, 3389 among them.
    List<Integer> allPorts() {
        List<Integer> all = new ArrayList<>(List.of(RDP));
        all.addAll(ports);
        gateways.forEach(gateway -> all.add(gateway.port()));
        return List.copyOf(all);
    }
}
