package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.RDSAAD;
import static dev.rdptrace.testkit.WindowsPeers.RDSTLS;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.rdptrace.Analysis;
import dev.rdptrace.diagnosis.rules.Rules;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CertificateBytes;
import dev.rdptrace.testkit.Humility;
import dev.rdptrace.testkit.Humility.Cut;
import dev.rdptrace.testkit.Humility.Violation;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Each verdict that needs no keys on a capture that shows it, and what becomes of it when that capture is poorer. Where
/// the laboratory has no Windows, [WindowsPeers] speak as one.
class VerdictsTest {
    private static final int ALL = SSL | HYBRID | HYBRID_EX;

    /// A verdict, a capture that shows it, and captures that nearly do with what they are instead.
    record Shown(String id, Tape tape, Map<String, Tape> nearMisses) {}

    static final List<Shown> SHOWN = new ArrayList<>();

    private static void shown(String id, Tape tape, Object... idThenNearMiss) {
        Map<String, Tape> near = new LinkedHashMap<>();
        for (int i = 0; i < idThenNearMiss.length; i += 2) {
            near.put((String) idThenNearMiss[i], (Tape) idThenNearMiss[i + 1]);
        }
        SHOWN.add(new Shown(id, tape, near));
    }

    private static WindowsPeers nla(Suite suite) {
        return WindowsPeers.with(suite).negotiated(ALL, HYBRID_EX).tls();
    }

    private static Tape fin(WindowsPeers peers) {
        peers.dialogue().serverFin();
        return peers.tape();
    }

    private static Tape reset(WindowsPeers peers) {
        peers.dialogue().serverReset();
        return peers.tape();
    }

    private static Tape left(WindowsPeers peers) {
        peers.dialogue().clientReset();
        return peers.tape();
    }

    private static Tape leftInOrder(WindowsPeers peers) {
        peers.dialogue().clientFin();
        return peers.tape();
    }

    /// The last thing that the server said comes behind the last of the client.
    private static Tape crossed(Tape tape) {
        List<Tape.Shot> shots = new ArrayList<>(tape.shots());
        List<Integer> sealed = IntStream.range(0, shots.size()).filter(i -> shots.get(i).bytes().length > 60).boxed().toList();
        int server = sealed.get(sealed.size() - 2);
        int client = sealed.getLast();
        Tape.Shot said = shots.get(server);
        shots.set(server, shots.get(client).at(said.nanos()));
        shots.set(client, said.at(shots.get(client).nanos()));
        return new Tape(shots);
    }

    private static Tape waited(WindowsPeers peers, int seconds) {
        peers.pause(seconds * 1000L).capture().tcp("192.168.1.77", 4, "192.168.1.78", 80).syn();
        return peers.tape();
    }

    static {
        for (Suite suite : Suite.values()) {
            logons(suite);
            logonsBySize(suite);
            sessions(suite);
        }
        odd();
        negotiation();
        handshakes();
        transport();
        comparisons();
    }

    private static void logons(Suite suite) {
        Tape refused = fin(nla(suite).ntlm().down(15));
        Tape alert = fin(nla(suite).ntlm().pause(1000).downAlert());
        Tape closed = reset(nla(suite).ntlm());
        Tape left = left(nla(suite).ntlm().down(59).pause(20));
        shown("credssp-auth-rejected-errorcode", refused, "credssp-auth-rejected-alert", alert, "credssp-pubkey-mismatch", left);
        shown("credssp-auth-rejected-errorcode", fin(nla(suite).kerberos().down(15)));
        shown("credssp-auth-rejected-errorcode", fin(nla(suite).up(57).down(15)));
        shown("credssp-auth-rejected-alert", alert, "credssp-auth-rejected-errorcode", refused);
        shown("credssp-auth-rejected-close", closed, "session-established", up(nla(suite)).tape());
        shown("credssp-auth-rejected-close", reset(nla(suite).kerberos()), "session-established", upWithKerberos(nla(suite)).tape());
        shown("credssp-server-close-at-negotiate", reset(nla(suite).up(57)), "credssp-client-close-at-challenge",
                left(nla(suite).up(57).down(262)));
        shown("credssp-client-close-at-challenge", left(nla(suite).up(57).down(262)), "server-slow-phase", waited(nla(suite).up(57), 12));
        shown("credssp-pubkey-mismatch", left, "tls-client-prompt-reconnect", left(nla(suite).ntlm().down(59).pause(9000)));
        shown("server-slow-phase", waited(nla(suite).ntlm(), 30), "credssp-auth-rejected-errorcode",
                fin(nla(suite).ntlm().pause(5000).down(15)));
        boolean blockHides = suite == Suite.CBC_SHA384;
        if (!blockHides) {
            shown("hybridex-access-denied", left(nla(suite).ntlm().accepted().down(4)), "hybridex-no-result",
                    reset(nla(suite).ntlm().accepted()));
        }
        shown("hybridex-no-result", reset(nla(suite).ntlm().accepted()));
        shown("credssp-after-creds-close", reset(WindowsPeers.with(suite).negotiated(SSL | HYBRID, HYBRID).tls().ntlm().accepted()),
                "mcs-ci-then-close", reset(WindowsPeers.with(suite).negotiated(SSL | HYBRID, HYBRID).tls().ntlm().accepted().up(451)));
        shown("credssp-credentials-only", left(WindowsPeers.with(suite).negotiated(SSL | HYBRID, HYBRID).tls().ntlm().accepted()));
        // CredSSP up to version 4: the answer repeats the key
        shown("session-established", WindowsPeers.with(suite).negotiated(SSL | HYBRID, HYBRID).tls().up(57).down(262).up(812).down(303)
                .up(96).connect().join(6).session().graphics(20).tape());
    }

    /// What only the place of a message and its exact size tell apart.
    private static void logonsBySize(Suite suite) {
        // Servers of FreeRDP 3 send pubKeyAuth and an error code together when they refuse.
        shown("credssp-auth-rejected-errorcode", fin(nla(suite).ntlm().down(67).downAlert()), "credssp-auth-rejected-close",
                fin(nla(suite).ntlm().down(59).downAlert()));
        shown("credssp-auth-rejected-errorcode", left(nla(suite).ntlm().down(67).pause(20)), "credssp-pubkey-mismatch",
                left(nla(suite).ntlm().down(59).pause(20)), "session-established",
                nla(suite).ntlm().down(67).up(96).down(4).connect().join(7).session().graphics(20).tape());
        // Some clients do not look at it, and send credentials into a connection that is closed.
        shown("credssp-auth-rejected-close", intoClosed(nla(suite).ntlm().down(59)), "hybridex-no-result",
                reset(nla(suite).ntlm().accepted()));
        // A token that was never filled is no acceptance.
        shown("credssp-auth-rejected-close", fin(nla(suite).ntlm().down(12_285)));
        shown("credssp-auth-rejected-close", fin(freerdpTicket(suite).down(12_285).downAlert()));
        shown("credssp-client-silent", reset(nla(suite).up(57).down(262).pause(56_000)), "credssp-auth-rejected-close",
                reset(nla(suite).up(57).down(262)));

        shown("credssp-pubkey-mismatch", left(nla(suite).userToUser().down(103).pause(3)), "credssp-auth-rejected-close",
                reset(nla(suite).userToUser()));
        shown("credssp-client-close-at-challenge", left(nla(suite).tickets().pause(3)));
        shown("credssp-client-silent", reset(nla(suite).tickets().pause(56_000)));
        shown("credssp-server-close-at-negotiate", reset(nla(suite).up(175).down(1351).up(1887)));
        shown("server-slow-phase", waited(freerdpTicket(suite).down(228).up(191), 9), "session-established",
                rest(freerdpTicket(suite).down(228).up(191).down(103)).tape());
        if (suite != Suite.CBC_SHA384) { // there both are as long
            shown("credssp-auth-rejected-errorcode", left(freerdpTicket(suite).down(228).up(191).down(111)));
        }
        for (int credentials : new int[] {159, 361, 3191}) {
            shown("hybridex-no-result", reset(nla(suite).userToUser().down(103).up(credentials)), "session-established",
                    nla(suite).userToUser().down(103).up(credentials).down(4).connect().join(7).session().graphics(20).tape());
        }
        shown("session-established", rest(nla(suite).up(175).down(39).up(93).down(262).up(660).down(59)).tape());
        if (suite != Suite.CBC_SHA384) {
            shown("hybridex-access-denied", left(nla(suite).userToUser().down(103).up(2954).down(4).pause(3)), "credssp-after-creds-close",
                    reset(nla(suite).userToUser().down(103).up(2954).down(4).pause(15)));
            shown("credssp-client-silent", reset(nla(suite).ntlm().accepted().down(4).pause(59_000)), "client-left-before-session",
                    left(nla(suite).ntlm().accepted().down(4).pause(2_000)));
        }
    }

    private static WindowsPeers freerdpTicket(Suite suite) {
        return nla(suite).up(178).down(39).up(814);
    }

    private static WindowsPeers rest(WindowsPeers accepted) {
        return accepted.up(96).down(4).connect().join(7).session().graphics(20);
    }

    private static Tape intoClosed(WindowsPeers peers) {
        peers.downAlert().dialogue().serverFin();
        return peers.up(96).tape();
    }

    private static WindowsPeers up(WindowsPeers peers) {
        return peers.ntlm().accepted().down(4).connect().join(7).session().graphics(20);
    }

    private static WindowsPeers upWithKerberos(WindowsPeers peers) {
        return peers.kerberos().accepted().down(4).connect().join(7).session().graphics(20);
    }

    private static WindowsPeers connected(Suite suite) {
        return nla(suite).ntlm().accepted().down(4).connect();
    }

    private static void sessions(Suite suite) {
        shown("mcs-ci-then-close", reset(nla(suite).ntlm().accepted().down(4).up(451)));
        shown("client-info-then-close", reset(connected(suite).join(7).up(404)));
        shown("session-established", up(nla(suite)).tape());
        // Newer hosts let the client skip the joins.
        shown("session-established", connected(suite).session().graphics(20).tape());
        shown("session-ended-by-client", left(up(nla(suite))));
        shown("session-cut", reset(up(nla(suite))), "session-ended-by-client", left(up(nla(suite))));
        // The server's host sent it, whoever had waited so long.
        shown("session-cut", reset(up(nla(suite)).pause(300_000)), "session-ended-by-client", left(up(nla(suite)).pause(300_000)));
        shown("client-left-before-session", left(connected(suite).join(3)));
        if (suite == Suite.GCM || suite == Suite.TLS13) {
            shown("mcs-join-stall", waited(connected(suite).join(3).up(12), 20));
            shown("dpu-without-errinfo", fin(connected(suite).join(7).up(404).down(9)));
            shown("errinfo-encrypted", fin(connected(suite).join(7).up(404).down(34).down(36).down(9)));
            // The ultimatum of a session that was up is a farewell.
            shown("session-ended-by-server", fin(up(nla(suite)).down(9)));
        }
        shown("rdstls-auth-failed", fin(WindowsPeers.with(suite).negotiated(ALL | RDSTLS, RDSTLS).tls().down(8).up(412).down(10)),
                "session-established",
                WindowsPeers.with(suite).negotiated(ALL | RDSTLS, RDSTLS).tls().down(8).up(412).down(10).connect().join(6)
                        .session().graphics(20).tape());
        shown("aad-auth-failed", fin(WindowsPeers.with(suite).negotiated(ALL | RDSAAD, RDSAAD).tls().down(66).up(1900).down(38)),
                "session-established", WindowsPeers.with(suite).negotiated(ALL | RDSAAD, RDSAAD).tls().down(66).up(1900).down(28).connect()
                        .join(6).session().graphics(20).tape());
        shown("aad-no-nonce", fin(WindowsPeers.with(suite).negotiated(ALL | RDSAAD, RDSAAD).tls().pause(5000)));
        shown("rdstls-cert-mismatch", left(WindowsPeers.with(suite).negotiated(ALL | RDSTLS, RDSTLS).tls()), "tls-client-rejects-cert",
                left(WindowsPeers.with(suite).negotiated(ALL | RDSTLS, RDSTLS).tls().pause(8000)));
        shown("credssp-no-client-token", fin(nla(suite).pause(60_000)), "tls-client-rejects-cert", left(nla(suite).pause(30_000)));
        shown("credssp-no-client-token", waited(nla(suite), 30));
    }

    /// What servers and clients do besides, and what must not change the answer.
    private static void odd() {
        shown("credssp-auth-rejected-errorcode", fin(nla(Suite.TLS10_CBC).splitting().ntlm().down(15)));
        shown("credssp-auth-rejected-errorcode", fin(nla(Suite.TLS10_CBC).splitting().kerberos().down(15)));
        shown("session-established", up(nla(Suite.TLS10_CBC).splitting()).tape());
        shown("hybridex-access-denied", left(nla(Suite.TLS10_CBC).splitting().ntlm().accepted().down(4)));
        // OpenSSL splits at both ends; with the MAC behind the blocks the front has the size of a refusal
        for (boolean behind : new boolean[] {false, true}) {
            shown("session-established", up(splitting(behind)).tape());
            shown("credssp-auth-rejected-errorcode", fin(splitting(behind).ntlm().down(15)));
            shown("credssp-client-close-at-challenge", left(splitting(behind).up(57).down(262)));
        }
        // session tickets behind the handshake
        shown("credssp-auth-rejected-errorcode", fin(nla(Suite.TLS13).down(250, 250).ntlm().down(15)));
        shown("credssp-auth-rejected-close", reset(nla(Suite.TLS13).down(250, 250).ntlm()));
        shown("credssp-server-close-at-negotiate", reset(nla(Suite.TLS13).down(250).up(57)));
        shown("session-established", up(nla(Suite.TLS13).down(250, 250)).tape());
        // A ticket that crosses the first token on its way acknowledges nothing of it.
        shown("server-slow-phase", crossed(leftInOrder(nla(Suite.TLS13).down(238).up(57).pause(13_000))),
                "credssp-client-close-at-challenge",
                leftInOrder(nla(Suite.TLS13).up(57).down(238).pause(13_000)));
        shown("aad-no-nonce", fin(WindowsPeers.with(Suite.TLS13).negotiated(ALL | RDSAAD, RDSAAD).tls().down(250, 250).pause(5000)));
        // the bandwidth measurement of the network auto-detection is as long as a session's first picture
        shown("errinfo-encrypted", fin(bandwidth(connected(Suite.GCM).join(7).up(404)).down(34).down(36).down(9)));
        shown("session-established",
                bandwidth(connected(Suite.TLS13).join(7).up(404)).down(34, 42).up(22).down(472).up(492).up(37, 41, 41, 45).down(36)
                        .down(40).down(42).down(44).graphics(20).tape());
    }

    private static WindowsPeers splitting(boolean encryptThenMac) {
        WindowsPeers peers = WindowsPeers.with(Suite.TLS10_CBC);
        return (encryptThenMac ? peers.encryptThenMac() : peers).negotiated(ALL, HYBRID_EX).tls().splitting();
    }

    private static WindowsPeers bandwidth(WindowsPeers peers) {
        peers.down(24).up(25).down(24);
        for (int i = 0; i < 12; i++) {
            peers.down(1018);
        }
        return peers.down(24 + 8).up(33).down(36);
    }

    private static Tape refusal(int code) {
        WindowsPeers peers = WindowsPeers.with(Suite.GCM).tcp().request(SSL);
        peers.dialogue().server(CaptureBuilder.connectionConfirm(3, code)).serverFin();
        return peers.tape();
    }

    private static WindowsPeers asked() {
        return WindowsPeers.with(Suite.GCM).tcp().request(ALL);
    }

    private static void negotiation() {
        String[] names = {"x224-neg-failure-1-ssl-required", "x224-neg-failure-2-ssl-not-allowed", "x224-neg-failure-3-no-cert",
                "x224-neg-failure-4-inconsistent", "x224-neg-failure-5-nla-required", "x224-neg-failure-6-client-cert",
                "x224-neg-failure-other"};
        for (int code = 1; code <= 7; code++) {
            shown(names[code - 1], refusal(code), names[code % 7], refusal(code % 7 + 1));
        }
        shown("x224-cr-then-rst", reset(asked()), "x224-cr-then-fin", fin(asked()));
        shown("x224-cr-then-fin", fin(asked()), "x224-no-cc-timeout", fin(asked().pause(60_000)));
        shown("x224-no-cc-timeout", fin(asked().pause(60_000)), "tcp-accept-then-silence", waited(asked(), 40));
        shown("tcp-accept-then-silence", waited(asked(), 40), "x224-client-close-before-cc", left(asked()));
        shown("x224-client-close-before-cc", left(asked()), "tcp-accept-then-silence", left(asked().pause(20_000)));
        shown("x224-server-close-after-cc", reset(WindowsPeers.with(Suite.GCM).negotiated(ALL, HYBRID_EX)), "x224-client-close-after-cc",
                left(WindowsPeers.with(Suite.GCM).negotiated(ALL, HYBRID_EX)));
        WindowsPeers leftUnheard = WindowsPeers.with(Suite.GCM).negotiated(ALL, HYBRID_EX);
        leftUnheard.dialogue().raw(true, CaptureBuilder.ACK, 76, new byte[0]);
        shown("x224-client-silent-after-cc", reset(WindowsPeers.with(Suite.GCM).negotiated(ALL, HYBRID_EX).pause(60_000)),
                "path-answer-lost",
                reset(leftUnheard.pause(60_000)));
        WindowsPeers unheard = WindowsPeers.with(Suite.GCM).negotiated(ALL, HYBRID_EX); // its next 76 bytes are not in the capture
        unheard.dialogue().raw(true, CaptureBuilder.ACK, 76, new byte[0]);
        shown("x224-client-silent-after-cc", waited(WindowsPeers.with(Suite.GCM).negotiated(ALL, HYBRID_EX), 30), "undetermined",
                waited(unheard, 30));
        shown("x224-cc-downgrade-to-tls", left(WindowsPeers.with(Suite.GCM).negotiated(ALL, SSL)), "x224-client-close-after-cc",
                left(WindowsPeers.with(Suite.GCM).negotiated(SSL, SSL)));
        shown("x224-cc-downgrade-to-rdp", left(WindowsPeers.with(Suite.GCM).negotiated(ALL, 0)));
        shown("x224-cc-selects-unoffered", left(WindowsPeers.with(Suite.GCM).negotiated(SSL, HYBRID)));
        WindowsPeers half = WindowsPeers.with(Suite.GCM).tcp();
        half.dialogue().client("03 00 00 2b 26 e0 00 00 00 00 00 43 6f");
        shown("x224-half-request", waited(half, 30), "tcp-accept-then-silence", waited(asked(), 30));
        WindowsPeers disconnect = asked();
        disconnect.dialogue().server("03 00 00 0b 06 80 00 00 00 00 80").serverFin();
        shown("x224-dr", disconnect.tape());
        WindowsPeers error = asked();
        error.dialogue().server("03 00 00 0c 07 70 00 00 02 c1 01 e0").serverFin();
        shown("x224-er", error.tape());
        WindowsPeers old = asked();
        old.dialogue().server("03 00 00 0b 06 d0 00 00 12 34 00").clientReset();
        shown("x224-cc-without-negdata", old.tape());
        WindowsPeers broken = asked();
        broken.dialogue().server("03 00 00 13 0e d0 00 00 12 34");
        shown("tpkt-length-mismatch", waited(broken, 10));
        WindowsPeers ssh = WindowsPeers.with(Suite.GCM).tcp();
        ssh.dialogue().client(CaptureBuilder.connectionRequest(new byte[0], ALL))
                .server("SSH-2.0-OpenSSH_9.6\r\n".getBytes(StandardCharsets.US_ASCII)).serverFin();
        shown("wrong-protocol-server", ssh.tape());
    }

    private static WindowsPeers chosen(Suite suite) {
        return WindowsPeers.with(suite).negotiated(ALL, HYBRID_EX);
    }

    private static void handshakes() {
        for (Suite suite : Suite.values()) {
            WindowsPeers forged = chosen(suite).clientHello();
            forged.dialogue().forgedReset(false, 61);
            shown("tls-ch-then-rst", reset(chosen(suite).clientHello()), "tls-sni-or-policy-reset", forged.tape());
            shown("tls-sni-or-policy-reset", forged.tape(), "tls-ch-then-rst", reset(chosen(suite).clientHello()));
            shown("tls-ch-then-fin", fin(chosen(suite).clientHello()));
            shown("tls-ch-no-answer", waited(chosen(suite).clientHello(), 30), "tls-ch-then-rst", reset(chosen(suite).clientHello()));
            shown("tls-alert-40-handshake-failure", fin(chosen(suite).clientHello().clearAlert(false, 40)), "tls-alert-70-version",
                    fin(chosen(suite).clientHello().clearAlert(false, 70)));
            shown("tls-alert-70-version", fin(chosen(suite).clientHello().clearAlert(false, 70)));
            shown("tls-alert-80-internal", fin(chosen(suite).clientHello().clearAlert(false, 80)));
            shown("tls-alert-mac", fin(chosen(suite).clientHello().clearAlert(false, 51)));
            shown("tls-alert-other", fin(chosen(suite).clientHello().clearAlert(false, 112)));
            shown("tls-client-rejects-cert", leftInOrder(chosen(suite).tls().upAlert()), "credssp-server-close-at-negotiate",
                    reset(nla(suite).up(57)));
            shown("tls-client-rejects-cert", left(WindowsPeers.with(suite).negotiated(SSL, SSL).tls()));
            shown("credssp-no-client-token", left(chosen(suite).tls()), "tls-client-rejects-cert",
                    leftInOrder(chosen(suite).tls().upAlert()));
            // It has taken the certificate, or not: programs without a ticket and without NTLM leave in the same way.
            shown("credssp-no-client-token", left(chosen(suite).tls().upAlert()));
        }
        for (Suite suite : List.of(Suite.GCM, Suite.CBC_SHA1, Suite.TLS10_CBC)) {
            // An ephemeral key exchange is signed before the client answers; a static one needs the key to read the answer.
            Tape ephemeral = reset(chosen(suite).clientHello().serverFlight().clientFinished());
            Tape staticKey = reset(chosen(suite).clientHello().serverFlightChoosing(0x009d).clientFinished());
            shown("tls-after-cke-ephemeral", ephemeral, "tls-server-flight-broken-off", reset(chosen(suite).clientHello().serverFlight()),
                    "tls-after-cke-rst", staticKey);
            shown("tls-after-cke-rst", staticKey, "tls-after-cke-ephemeral", ephemeral);
            // Nothing is encrypted yet: what does not verify is the signature of the server.
            Tape signature = left(chosen(suite).clientHello().serverFlight().clearAlert(true, 51));
            shown("tls-cert-key-mismatch", signature, "tls-alert-mac",
                    left(chosen(suite).clientHello().serverFlightChoosing(0x009d).clearAlert(true, 51)));
            shown("tls-server-flight-broken-off", reset(chosen(suite).clientHello().serverFlight()));
            shown("tls-client-rejects-cert", left(chosen(suite).clientHello().serverFlight().clearAlert(true, 48)));
            // In November 2023 this certificate has been over for a year.
            WindowsPeers expired =
                    chosen(suite).certificate(CertificateBytes.of("CN=HOST5", "CN=HOST5", "210601000000Z", "221114000000Z", 2048));
            shown("tls-cert-expired", left(expired.tls()), "tls-client-rejects-cert", leftInOrder(chosen(suite).tls().upAlert()));
            WindowsPeers future =
                    chosen(suite).certificate(CertificateBytes.of("CN=HOST5", "CN=HOST5", "240601000000Z", "251114000000Z", 2048));
            shown("tls-cert-not-yet-valid", left(future.tls()));
        }
        shown("tls-server-flight-broken-off", reset(chosen(Suite.TLS13).clientHello().serverFlight()), "credssp-server-close-at-negotiate",
                reset(nla(Suite.TLS13).up(57)));
        WindowsPeers tpkt = chosen(Suite.GCM).clientHello();
        tpkt.dialogue().server("03 00 00 09 02 f0 80 21 80").serverFin();
        WindowsPeers disregarded = WindowsPeers.with(Suite.GCM).negotiated(ALL, 0).clientHello();
        disregarded.dialogue().server("03 00 00 09 02 f0 80 21 80").serverFin();
        shown("tls-ch-answered-with-tpkt", tpkt.tape(), "tls-not-agreed", disregarded.tape());
        WindowsPeers closed = WindowsPeers.with(Suite.GCM).negotiated(ALL, 0).clientHello();
        shown("tls-not-agreed", disregarded.tape(), "tls-ch-answered-with-tpkt", tpkt.tape());
        shown("tls-not-agreed", fin(closed), "tls-ch-then-fin", fin(chosen(Suite.GCM).clientHello()));
        WindowsPeers web = chosen(Suite.GCM).clientHello();
        web.dialogue().server("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        shown("wrong-protocol-server", fin(web), "tls-ch-answered-with-tpkt", tpkt.tape());
    }

    private static void transport() {
        WindowsPeers refused = WindowsPeers.with(Suite.GCM);
        refused.dialogue().syn();
        refused.pause(38).dialogue().serverReset();
        shown("tcp-syn-no-response", waited(silent(), 21), "tcp-syn-refused", refused.tape());
        WindowsPeers dropped = WindowsPeers.with(Suite.GCM).tcp();
        dropped.dialogue().serverReset();
        WindowsPeers checked = WindowsPeers.with(Suite.GCM).tcp();
        checked.dialogue().clientFin().serverFin();
        shown("tcp-accept-then-reset", dropped.tape(), "health-check-tcp", checked.tape());
        shown("health-check-tcp", checked.tape());
        WindowsPeers cut = nla(Suite.GCM).up(57).down(262);
        cut.dialogue().forgedReset(false, 61);
        WindowsPeers reused = WindowsPeers.with(Suite.GCM);
        reused.dialogue().syn().raw(false, CaptureBuilder.ACK, 77_777, new byte[0]).raw(true, CaptureBuilder.RST, 0, new byte[0]);
        shown("tcp-port-reuse-collision", waited(reused, 20), "tcp-syn-no-response", waited(silent(), 21));
        shown("tcp-rst-by-middlebox-midflow", asked(5000, true), "tls-ch-then-rst", asked(0, false));
        WindowsPeers idle = up(nla(Suite.GCM)).pause(7_200_000);
        idle.dialogue().clientOnly(idle.record(60)).end().pauseMillis(38);
        WindowsPeers busy = up(nla(Suite.GCM)).pause(9_000);
        busy.dialogue().clientOnly(busy.record(60)).end().pauseMillis(38);
        shown("tcp-idle-timeout-reset", reset(idle), "session-cut", reset(busy));
        WindowsPeers ticket = nla(Suite.GCM);
        largeTicket(ticket, 4600);
        shown("credssp-large-token-stall", waited(ticket, 20));
        WindowsPeers garbage = WindowsPeers.with(Suite.GCM).negotiated(0, 0);
        garbage.dialogue().client("03 00 00 0c 02 f0 80 04 01 00 01 00")
                .server("HTTP/1.1 403 Forbidden\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        WindowsPeers plain = WindowsPeers.with(Suite.GCM).negotiated(0, 0);
        plain.dialogue().serverFin().clientAck();
        WindowsPeers half = WindowsPeers.with(Suite.GCM).negotiated(0, 0);
        half.dialogue().client("03 00 00 0f 02 f0 80 7f 65 82 01 94 04 01 01");
        shown("mcs-client-pdu-unreadable", fin(half));
        shown("tpkt-desync", fin(garbage), "x224-server-close-after-cc", plain.tape());
        shown("tcp-rst-by-middlebox-midflow", cut.tape(), "credssp-server-close-at-negotiate", reset(nla(Suite.GCM).up(57)));
    }

    private static final String TOKEN = "Cookie: msts=67108874.15629.0000\r\n";

    /// What another connection of the same capture decides, and what it leaves open.
    private static void comparisons() {
        WindowsPeers plain = left(chosen(Suite.GCM), 400);
        Tape rejected = reset(plain.another("192.168.1.11", 50300, WindowsPeers.SERVER).tcp().request(TOKEN, ALL));
        shown("routing-token-rejected", rejected, "x224-cr-then-rst", reset(WindowsPeers.with(Suite.GCM).tcp().request(TOKEN, ALL)));

        for (Suite suite : List.of(Suite.GCM, Suite.CBC_SHA1)) {
            WindowsPeers trusting = left(up(nla(suite)), 4000);
            WindowsPeers other = trusting.another("192.168.1.11", 50300, WindowsPeers.SERVER).negotiated(ALL, HYBRID_EX).tls();
            Tape policy = left(other.ntlm().down(59).pause(20));
            WindowsPeers before = left(up(nla(suite)), 4000);
            WindowsPeers strange = before.another("192.168.1.11", 50300, WindowsPeers.SERVER)
                    .certificate(CertificateBytes.of("CN=HOST5", "CN=Other CA", "230601000000Z", "240101000000Z", 2048))
                    .negotiated(ALL, HYBRID_EX).tls();
            shown("credssp-delegation-policy", policy, "credssp-pubkey-mismatch", left(strange.ntlm().down(59).pause(20)));
        }

        WindowsPeers fast = left(up(chosen(Suite.CHACHA20).clientHelloWith(0xcca8, 0xc030, 0xc02f).restOfTls()), 4000);
        WindowsPeers approved =
                fast.another("192.168.1.11", 50300, WindowsPeers.SERVER).negotiated(ALL, HYBRID_EX).clientHelloWith(0xc030, 0xc02f);
        WindowsPeers same = left(up(chosen(Suite.GCM).clientHelloWith(0xcca8, 0xc030, 0xc02f).restOfTls()), 4000);
        WindowsPeers refused =
                same.another("192.168.1.11", 50300, WindowsPeers.SERVER).negotiated(ALL, HYBRID_EX).clientHelloWith(0xc030, 0xc02f);
        shown("tls-fips-mismatch", fin(approved.clearAlert(false, 40)), "tls-alert-40-handshake-failure",
                fin(refused.clearAlert(false, 40)));
    }

    /// The connection is left; what follows does so a while later.
    private static WindowsPeers left(WindowsPeers peers, long pause) {
        peers.dialogue().clientFin().serverFin();
        return peers.pause(pause);
    }

    /// The server took the ClientHello; later, or at once, its system answers with a reset that acknowledges nothing.
    private static Tape asked(long after, boolean keepAlive) {
        WindowsPeers peers = chosen(Suite.GCM).clientHello().pause(after);
        if (keepAlive) {
            peers.dialogue().raw(true, CaptureBuilder.ACK, -1, new byte[0]);
            peers.pause(38);
        }
        peers.dialogue().raw(false, CaptureBuilder.RST, 0, new byte[0]);
        return peers.tape();
    }

    private static WindowsPeers silent() {
        WindowsPeers silent = WindowsPeers.with(Suite.GCM);
        return silent.knock();
    }

    /// Its first packet is sent again and again; an acknowledgement of what came before shows that the server is there.
    private static WindowsPeers largeTicket(WindowsPeers peers, int plain) {
        byte[] record = peers.record(plain);
        int full = 1460;
        for (int at = 0; at < record.length; at += full) {
            peers.dialogue().raw(true, CaptureBuilder.ACK, at,
                    java.util.Arrays.copyOfRange(record, at, Math.min(record.length, at + full)));
        }
        peers.pause(38).dialogue().serverAck(); // the short end of the record came, the beginning did not
        for (int i = 0; i < 4; i++) {
            peers.pause(600L << i).dialogue().raw(true, CaptureBuilder.ACK, 0, java.util.Arrays.copyOf(record, full));
        }
        return peers;
    }

    @TestFactory
    Stream<DynamicTest> aCaptureThatShowsItFindsIt() {
        return tests((shown, at) -> assertThat(verdict(shown.tape().analyze())).startsWith(shown.id() + " "));
    }

    @TestFactory
    Stream<DynamicTest> whatNearlyLooksLikeItIsCalledByItsOwnName() {
        return tests((shown, at) -> shown.nearMisses().forEach((id, tape) -> assertThat(verdict(tape.analyze())).startsWith(id + " ")));
    }

    /// Less evidence may make it undetermined, never another fault. The last half of the cuts holds all that decides.
    @TestFactory
    Stream<DynamicTest> endedEarlierItIsTheSameOrUnclear() {
        return tests((shown, at) -> {
            Analysis whole = shown.tape().analyze();
            List<Violation> found = new ArrayList<>();
            boolean unclear = false;
            for (int to = 3; to < shown.tape().size(); to++) {
                Analysis poorer = shown.tape().part(0, to).analyze();
                found.addAll(Humility.violations(shown.id(), Cut.END, to, whole, poorer));
                unclear |= poorer.incidents().stream().anyMatch(i -> i.outcome() == Outcome.UNDETERMINED);
            }
            assertThat(found).isEmpty();
            assertThat(unclear || shown.tape().size() < 6).as("some cut is unclear").isTrue();
        });
    }

    /// What did not come was not seen; packets of the one who is blamed are.
    @TestFactory
    Stream<DynamicTest> whatDidNotComeIsNeverSeen() {
        return tests((shown, at) -> shown.tape().analyze().incidents().forEach(incident -> incident.attempts().forEach(diagnosis -> {
            Case c = new Case(diagnosis.attempt(), new Surroundings(List.of(diagnosis.attempt()), Long.MAX_VALUE));
            boolean present = Rules.ATTEMPT.stream().filter(rule -> rule.weight() != Rule.Weight.ABSENCE)
                    .anyMatch(rule -> rule.check().apply(c) instanceof Answer.Found(var finding)
                            && finding.id().equals(diagnosis.verdict().id()));
            boolean absent = Rules.ATTEMPT.stream()
                    .anyMatch(rule -> rule.weight() == Rule.Weight.ABSENCE && rule.finds().contains(diagnosis.verdict().signature()));
            if (absent && !present) {
                assertThat(diagnosis.verdict().confidence()).as(diagnosis.verdict().id()).isNotEqualTo(Confidence.SEEN);
            }
        })));
    }

    private interface Check {
        void of(Shown shown, int at);
    }

    private static Stream<DynamicTest> tests(Check check) {
        return Stream.iterate(0, i -> i + 1).limit(SHOWN.size())
                .map(i -> dynamicTest(i + " " + SHOWN.get(i).id(), () -> check.of(SHOWN.get(i), i)));
    }

    private static String verdict(Analysis analysis) {
        return analysis.incidents().stream().filter(i -> i.server().port() == 3389)
                .map(i -> i.verdict().id() + " (" + i.verdict().phase() + "): "
                        + i.verdict().says())
                .findFirst().orElse("nothing");
    }
}
