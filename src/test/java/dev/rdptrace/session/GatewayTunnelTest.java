package dev.rdptrace.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analyzer;
import dev.rdptrace.capture.AnnotatedCopy;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Comments;
import dev.rdptrace.capture.Lab;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.GatewayFacts;
import dev.rdptrace.timeline.Step;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Recorded tunnels whose captures carry the secrets of the gateway's TLS. They lie outside the project.
class GatewayTunnelTest {
    @TempDir
    Path folder;

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
        assertThat(tunnel.upgraded()).isTrue();
        assertThat(tunnel.opened()).isTrue();
        assertThat(tunnel.inner()).isTrue();
        assertThat(tunnel.target()).endsWith(":3389");
        assertThat(incident.attempts().getFirst().attempt().reached(Step.FONT_MAP)).isTrue();
    }

    @Test
    void aCopyWithoutSecretsCanBeOpenedByNobody() throws IOException {
        Path original = capture("rdp-rdg-no-kdc-proxy-ntlm-downgrade-failure");
        ByteArrayOutputStream copy = new ByteArrayOutputStream();
        AnnotatedCopy.write(List.of(original.toString()), copy, new Comments(), null, true);
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
