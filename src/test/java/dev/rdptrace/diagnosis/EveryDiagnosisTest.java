package dev.rdptrace.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analysis;
import dev.rdptrace.diagnosis.rules.Catalog;
import dev.rdptrace.diagnosis.rules.Rules;
import dev.rdptrace.report.Disguise;
import dev.rdptrace.report.JsonReport;
import dev.rdptrace.report.Leaks;
import dev.rdptrace.testkit.Samples;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.StringEntry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Each diagnosis is made of some capture, and each rule has answered whatever it can answer: samples, and the dialogues of
/// [VerdictsTest] and [SeldomVerdictsTest]. What is still missing stands here by name; the lists may only become shorter.
class EveryDiagnosisTest {
    private static final Pattern ID = Pattern.compile("\"id\" ?: ?\"([a-z0-9-]+)\"");

    /// Made by a dialogue of another test, whose expectation names it.
    private static final Map<String, Set<String>> ELSEWHERE = Map.ofEntries(
            Map.entry("diagnosis/CompanyTest", Set.of("activation-loop", "avd-gateway", "client-vpn-flap",
                    "health-check-cr", "honeypot-or-proxy-server", "local-tunnel", "rdg-idle-cut", "rdg-tls-failed", "rdg-udp-3391-blocked",
                    "rdg-unreachable",
                    "tcp-nat-mapping-lost", "tcp-port-closed-meanwhile", "tcp-syn-silent-host",
                    "third-party-sec-mismatch", "tls-offer-differs")),
            Map.entry("AcceptanceStoriesTest", Set.of("autoreconnect-storm", "capture-artefact", "dns-stale-address",
                    "ipv6-first-blackhole", "rdp-connection-limit", "rdp-pending-connection-limit", "redirect-target-unreachable",
                    "tcp-burst-backlog-overflow", "tcp-duplicate-ip", "tcp-lb-backend-flip", "tcp-synack-from-proxy", "udp-blocked",
                    "udp-keepalive-death")),
            Map.entry("session/OpenedDialoguesTest", Set.of("credssp-account-state", "credssp-auth-rejected-logon-right",
                    "credssp-auth-rejected-no-controller", "credssp-auth-rejected-service-name", "credssp-cbt-mismatch",
                    "credssp-kdc-unreachable", "credssp-ntlm-blocked", "rdg-cap-denied", "rdg-quarantine-or-cookie", "rdg-rap-denied",
                    "rdg-401-loop", "rdg-in-channel-dead", "rdg-inner-nla-failed", "rdg-session-timeout", "rdg-target-unreachable",
                    "web-front-end")),
            Map.entry("diagnosis/ConsoleTest", Set.of("preconnection-refused")),
            Map.entry("diagnosis/UsersAndScannersTest", Set.of("proxy-protocol-header", "scan-neg-probe")),
            Map.entry("OthersTrafficTest", Set.of("proxy-refused", "rdg-407")),
            Map.entry("diagnosis/LogonBySizeTest", Set.of("credssp-ticket-refused", "rdg-no-answer", "tls-client-cert-requested")),
            Map.entry("diagnosis/VariationsTest", Set.of("tcp-high-rtt")),
            Map.entry("diagnosis/EndsTest", Set.of("tls-payload-corrupted")),
            Map.entry("diagnosis/UdpAloneTest", Set.of("udp-port-check", "udp-syn-mtu", "udp-synack-lost", "udp-tls-failed")),
            Map.entry("diagnosis/OverUdpTest", Set.of("udp-data-stall", "udp-version-fallback")),
            Map.entry("session/WebGatewayTest",
                    Set.of("web-gateway-host-tls-failed", "web-gateway-host-unreachable", "web-gateway-no-answer",
                            "web-gateway-refused")),
            Map.entry("session/UdpTunnelTest", Set.of("udp-tunnel-rejected")));

    /// Made by no dialogue, and why.
    private static final Map<String, Set<String>> NOWHERE = Map.of(
            "needs many connections or several hosts, of which no dialogue is written yet",
            Set.of("bruteforce-nla", "bruteforce-nonla", "redirect-loop", "dns-resolution-failed"),
            "is about a number that the user gives, not about a capture alone", Set.of("client-code-ext7-contradicted"),
            "no dialogue is written yet", Set.of("credssp-version-unsupported", "ip-fragment-loss", "mss-asymmetric",
                    "pmtud-icmp-bogus", "tls-session-resumption-odd"));

    /// Rules that find nothing here, for the same reasons.
    private static final Set<String> NEVER_FOUND = Set.of(
            "activation-loop by MESSAGE", "credssp-account-state by MESSAGE", "credssp-kdc-unreachable by PATH",
            "ip-fragment-loss by PATH", "preconnection-refused by SHAPE",
            "proxy-protocol-header by MESSAGE", "proxy-refused by MESSAGE", "rdg-idle-cut by SHAPE", "rdg-in-channel-dead by SHAPE",
            "rdg-no-answer by ABSENCE",
            "rdp-connection-limit by SHAPE", "rdp-pending-connection-limit by SHAPE", "routing-token-rejected by SHAPE",
            "scan-neg-probe by SHAPE", "std-security-decrypt-failed by SHAPE",
            "tcp-burst-backlog-overflow by MESSAGE", "tcp-high-rtt by ABSENCE", "tcp-synack-from-proxy by PATH",
            "tls-client-cert-requested by SHAPE", "tls-fips-mismatch by SHAPE", "tls-payload-corrupted by SHAPE",
            "web-gateway-host-unreachable by MESSAGE", "web-gateway-no-answer by ABSENCE", "web-gateway-refused by MESSAGE",
            "web-gateway-refused by SHAPE");

    private static final Set<String> FOUND = new TreeSet<>();
    private static final Map<String, Set<String>> ANSWERS = new TreeMap<>();
    private static final Map<String, String> LEAKS = new TreeMap<>();

    @BeforeAll
    static void everythingIsAnalysed() {
        Samples.names().forEach(name -> take(Samples.tape(name).analyze()));
        VerdictsTest.SHOWN.forEach(shown -> {
            take(shown.tape().analyze());
            shown.nearMisses().values().forEach(tape -> take(tape.analyze()));
        });
        SeldomVerdictsTest.DIALOGUES.values().forEach(recorded -> take(recorded.analyze()));
        SeldomVerdictsTest.WARNED.values().forEach(recorded -> take(recorded.analyze()));
    }

    private static void take(Analysis analysis) {
        LEAKS.putAll(Leaks.of(analysis.report("0")));
        Matcher ids = ID.matcher(json(analysis));
        while (ids.find()) {
            FOUND.add(ids.group(1));
        }
        analysis.incidents().forEach(incident -> incident.attempts().forEach(diagnosis -> {
            diagnosis.runnersUp().forEach(other -> FOUND.add(other.id()));
            diagnosis.warnings().forEach(warning -> FOUND.add(warning.id()));
            for (long end : new long[] {diagnosis.attempt().last().nanos(), Long.MAX_VALUE}) {
                Case c = new Case(diagnosis.attempt(), new Surroundings(List.of(diagnosis.attempt()), end));
                Rules.ATTEMPT.forEach(rule -> ANSWERS.computeIfAbsent(rule.name() + " by " + rule.weight(), _ -> new TreeSet<>())
                        .add(rule.check().apply(c).getClass().getSimpleName()));
            }
        }));
    }

    private static String json(Analysis analysis) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            JsonReport.write(analysis.report("0"), Disguise.NONE, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    /// Who makes a sentence marks the names in it.
    @Test
    void noDiagnosisTellsStrangersANameOfTheCapture() {
        assertThat(LEAKS).isEmpty();
    }

    @Test
    void everyDiagnosisIsMade() {
        Set<String> missing = new TreeSet<>(Catalog.ids());
        missing.removeAll(FOUND);
        Set<String> named = new TreeSet<>();
        ELSEWHERE.values().forEach(named::addAll);
        NOWHERE.values().forEach(named::addAll);
        assertThat(missing).as("made by nothing, and not named").isSubsetOf(named);
        named.removeAll(missing);
        assertThat(named).as("named, and made after all").isEmpty();
    }

    @Test
    void theOtherTestsNameWhatTheyMake() {
        ELSEWHERE.forEach((test, ids) -> assertThat(strings(test)).as(test).containsAll(ids));
    }

    private static Set<String> strings(String test) {
        Set<String> strings = new TreeSet<>();
        try {
            var bytes = EveryDiagnosisTest.class.getResourceAsStream("/dev/rdptrace/" + test + ".class").readAllBytes();
            ClassFile.of().parse(bytes).constantPool().forEach(entry -> {
                if (entry instanceof StringEntry text) {
                    Stream.of(text.stringValue().split("[^a-z0-9-]+")).forEach(strings::add);
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return strings;
    }

    /// Rules of one name and one kind of evidence count as one.
    @Test
    void everyRuleHasFoundSomethingAndHasBeenClear() {
        assertThat(ANSWERS.values()).allSatisfy(answers -> assertThat(answers).contains("Clear"));
        assertThat(ANSWERS.entrySet().stream().filter(rule -> !rule.getValue().contains("Found")).map(Map.Entry::getKey))
                .containsExactlyInAnyOrderElementsOf(NEVER_FOUND);
    }
}
