package dev.rdptrace.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analyzer;
import dev.rdptrace.capture.AnnotatedCopy;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Comments;
import dev.rdptrace.capture.Lab;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.report.EventText;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.GatewayFacts;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Recorded tunnels, opened with the secrets of the gateway's TLS. Some lie outside the project.
class GatewayTunnelTest {
    @TempDir Path folder;

    /// The same session, seen at the client and behind the gateway: what both say of RDP is the same, but for the last words of the host,
    /// which come when the tunnel is closed.
    @Test
    void insideTheTunnelStandsWhatTheHostSees() {
        for (Side side : Side.values()) {
            List<String> inside = rdp("rdg-session",
                    event -> event.tunnelled() && event.kind() != Event.Kind.TLS_ALERT && event.from().equals(side.toString()));
            assertThat(inside).hasSizeGreaterThan(10).isEqualTo(rdp("rdg-session-host-side",
                    event -> !event.kind().toString().startsWith("tcp") && event.kind() != Event.Kind.TLS_ALERT
                            && event.from().equals(side.toString())));
        }
    }

    @Test
    void bothConnectionsOfATunnelTellOfTheSession() {
        for (String sample : List.of("rdg-session-http", "rdg-session-rpc")) {
            List<Attempt> attempts = attempts(sample);
            assertThat(attempts).hasSize(2).allMatch(attempt -> attempt.reached(Step.FONT_MAP) && attempt.tunnel().way().opened());
            assertThat(attempts).extracting(attempt -> attempt.tunnel().channel().out()).containsExactlyInAnyOrder(true, false);
            assertThat(attempts).allMatch(attempt -> attempt.tunnel().way().target().equals("rdp.example.test:3389"));
            assertThat(rdp(sample, Event::tunnelled)).contains("server: Font Map, session is up");
            Incident incident = Samples.reportOn(Samples.file(sample).toString(), keys(sample)).incidents().getFirst();
            assertThat(incident.headline().attempt().tunnel().channel().out()).as("the connection that tells stands for both").isTrue();
        }
    }

    /// What client and host say to set a session up is the same over whichever transport.
    @Test
    void aSessionOverRpcIsReadLikeOneOverWebSocket() {
        List<String> steps = steps("rdg-session-rpc");
        assertThat(steps).hasSizeGreaterThan(20).isEqualTo(steps("rdg-session")).isEqualTo(steps("rdg-session-http"));
    }

    private static List<String> steps(String sample) {
        return attempts(sample).stream().filter(attempt -> attempt.tunnel().tells()).flatMap(attempt -> attempt.steps().keySet().stream())
                .map(Step::name)
                .toList();
    }

    @Test
    void whatTheGatewayRefusesIsSaidWithItsCode() {
        Incident refused =
                Samples.reportOn(Samples.file("rdg-resource-refused").toString(), keys("rdg-resource-refused")).incidents().getFirst();
        assertThat(refused.verdict().id()).isEqualTo("rdg-rap-denied");
        Incident unreachable =
                Samples.reportOn(Samples.file("rdg-host-unreachable").toString(), keys("rdg-host-unreachable")).incidents().getFirst();
        assertThat(unreachable.verdict().id()).isEqualTo("rdg-target-unreachable");
        assertThat(unreachable.verdict().says()).contains("rdp.example.test:3389", "E_PROXY_TS_CONNECTFAILED");
    }

    private static Path keys(String sample) {
        return Samples.file(sample).resolveSibling("keys.log");
    }

    private static List<Attempt> attempts(String sample) {
        return Samples.reportOn(Samples.file(sample).toString(), keys(sample)).incidents().getFirst().attempts().stream()
                .map(JudgedAttempt::attempt).toList();
    }

    private static List<String> rdp(String sample, Predicate<Event> of) {
        return attempts(sample).stream().flatMap(attempt -> attempt.events().stream()).filter(of)
                .map(event -> event.from() + ": " + EventText.says(event).replace("in the tunnel: ", "")).toList();
    }

    @Test
    void aRefusedSignInIsSaidWithItsStatusAndReason() throws IOException {
        Incident incident = first(capture("rdp-rdg-no-kdc-proxy-ntlm-downgrade-failure"));
        assertThat(incident.verdict().id()).isEqualTo("rdg-401-loop");
        assertThat(incident.verdict().says()).contains("User Account Restricted");
    }

    @Test
    void rdpInsideTheTunnelIsFollowedToItsSession() throws IOException {
        Incident incident = first(capture("rdp-rdg-same-creds-kerberos-password-success1"));
        GatewayFacts tunnel = incident.attempts().getFirst().attempt().tunnel();
        assertThat(tunnel.http().upgraded()).isTrue();
        assertThat(tunnel.way().opened()).isTrue();
        assertThat(tunnel.inner()).isTrue();
        assertThat(tunnel.way().target()).endsWith(":3389");
        assertThat(incident.attempts().getFirst().attempt().reached(Step.FONT_MAP)).isTrue();
    }

    @Test
    void aCopyWithoutSecretsCanBeOpenedByNobody() throws IOException {
        Path original = capture("rdp-rdg-no-kdc-proxy-ntlm-downgrade-failure");
        ByteArrayOutputStream copy = new ByteArrayOutputStream();
        AnnotatedCopy.write(List.of(original.toString()), copy, new Comments(), null, true, AnnotatedCopy.ALL);
        Path stripped = Files.write(folder.resolve("stripped.pcapng"), copy.toByteArray());
        assertThat(all(stripped, Analyzer.Options.NONE)).as("its name alone").isEmpty();
        Incident incident = all(stripped, new Analyzer.Options(Set.of(), Set.of(new Endpoint(0, 0xffff_0a0a_0007L, 443)),
                false)).getFirst();
        assertThat(incident.verdict().id()).isEqualTo("rdg-refused");
        assertThat(incident.attempts().getFirst().attempt().tunnel().read()).isFalse();
    }

    private static Path capture(String name) {
        Path file = Lab.captures().resolve("public/rdp/awakecoding__" + name + ".pcapng");
        Assumptions.assumeTrue(Files.exists(file), "no " + file);
        return file;
    }

    private static Incident first(Path file) throws IOException {
        return all(file, Analyzer.Options.NONE).getFirst();
    }

    private static List<Incident> all(Path file, Analyzer.Options options) throws IOException {
        return Analyzer.analyze(() -> Captures.open(List.of(file.toString()), InputStream.nullInputStream()), options,
                () -> false).incidents();
    }
}
