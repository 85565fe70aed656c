package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CertificateBytes;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import org.junit.jupiter.api.Test;

/// What is said and advised names the side that has to change.
class AdviceTest {
    private static final int ALL = SSL | HYBRID | HYBRID_EX;

    @Test
    void whatTheRequestInsistsOnIsTheLikelyReasonOfARefusalWithoutAWord() {
        assertThat(refusedRequest(0x01, ALL).verdict().says()).contains("insists on Restricted Admin mode,").doesNotContain("proxy");
        assertThat(refusedRequest(0x03, ALL).verdict().says()).contains("Restricted Admin mode and Remote Credential Guard");
        assertThat(refusedRequest(0, HYBRID).verdict().says()).contains("only NLA was offered: try with TLS");
        assertThat(refusedRequest(0, ALL).verdict().says()).contains("a proxy without a working backend").doesNotContain("insists",
                "only NLA");
    }

    private static Incident refusedRequest(int flags, int protocols) {
        WindowsPeers peers = WindowsPeers.with(Suite.GCM).tcp();
        byte[] request = CaptureBuilder.connectionRequest(new byte[0], protocols);
        request[request.length - 7] = (byte) flags; // RDP_NEG_REQ: type, flags, length, protocols
        peers.dialogue().client(request).serverFin();
        return first(peers);
    }

    @Test
    void aClientThatNoLongerAcceptsTheServersVersionNeedsNoUpdate() {
        WindowsPeers peers = WindowsPeers.with(Suite.TLS10_CBC).negotiated(SSL, SSL);
        peers.dialogue().client(WindowsPeers.hello(Suite.GCM, 0));
        peers.pause(38).serverFlight().clearAlert(true, 70).dialogue().clientFin();
        Incident incident = first(peers);
        assertThat(incident.verdict().id()).isEqualTo("tls-legacy-server-only");
        assertThat(incident.verdict().side()).isEqualTo(Culprit.SERVER);
        assertThat(incident.verdict().says()).contains("the server chose TLS 1.0");
        assertThat(incident.fixes()).noneMatch(fix -> fix.startsWith("Client: update"));
        assertThat(incident.warnings()).noneMatch(warning -> warning.id().equals("tls-legacy-server-only"));
    }

    @Test
    void versionsComeFirstWhereOnlyOldOnesAreOffered() {
        WindowsPeers old = WindowsPeers.with(Suite.TLS10_CBC).negotiated(SSL, SSL).clientHello().clearAlert(false, 80);
        old.dialogue().serverFin();
        assertThat(first(old).verdict().says()).contains("the client offers TLS 1.1 or older only");
        assertThat(first(old).verdict().confidence()).isEqualTo(Confidence.STRONGLY_SUGGESTED);
        assertThat(first(old).fixes().getFirst()).contains("compare the TLS versions first");
    }

    @Test
    void tlsThatIsOpenedOnTheWayIsNotFine() {
        byte[] inspected = CertificateBytes.of("CN=HOST5", "CN=Zscaler Intermediate Root CA", "230601000000Z", "240101000000Z", 2048);
        WindowsPeers peers = WindowsPeers.with(Suite.GCM).certificate(inspected).negotiated(ALL, HYBRID_EX).tls().ntlm();
        peers.dialogue().serverReset();
        assertThat(first(peers).verdict().says()).contains("; TLS is opened on the way (the certificate is by Zscaler");
    }

    @Test
    void whoSentTheLastWordIsSaidRight() {
        WindowsPeers peers =
                WindowsPeers.with(Suite.GCM).negotiated(ALL, HYBRID_EX).tls().ntlm().accepted().down(4).connect().join(7).up(404);
        peers.pause(12_000).capture().tcp("192.168.1.77", 4, "192.168.1.78", 80).syn();
        assertThat(first(peers).verdict().says()).doesNotContain("the server received")
                .contains("the server said nothing for 12 s: its TCP took");
    }

    private static Incident first(WindowsPeers peers) {
        return peers.tape().analyze().incidents().stream().filter(one -> one.server().port() == 3389).findFirst().orElseThrow();
    }
}
