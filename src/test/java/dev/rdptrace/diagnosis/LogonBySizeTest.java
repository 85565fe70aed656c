package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.DerBytes.element;
import static dev.rdptrace.testkit.DerBytes.field;
import static dev.rdptrace.testkit.DerBytes.generalString;
import static dev.rdptrace.testkit.DerBytes.integer;
import static dev.rdptrace.testkit.DerBytes.sequence;
import static dev.rdptrace.testkit.DerBytes.time;
import static dev.rdptrace.testkit.WindowsPeers.CLIENT;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.SERVER;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analyzer;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.report.EventText;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What a logon is told to be without keys: a refusal is not taken for an acceptance nor the other way round, and what stands in
/// the clear beside it counts.
class LogonBySizeTest {
    private static final int ALL = SSL | HYBRID | HYBRID_EX;
    private static final String CONTROLLER = "10.20.0.10";

    private static WindowsPeers nla(Suite suite) {
        return WindowsPeers.with(suite).negotiated(ALL, HYBRID_EX).tls();
    }

    private static Incident incident(Tape tape) {
        return tape.analyze().incidents().stream().filter(i -> i.server().port() == 3389).findFirst().orElseThrow();
    }

    private static Incident reset(WindowsPeers peers) {
        peers.dialogue().serverReset();
        return incident(peers.tape());
    }

    private static Incident left(WindowsPeers peers) {
        peers.dialogue().clientReset();
        return incident(peers.tape());
    }

    private static WindowsPeers session(WindowsPeers loggedOn) {
        return loggedOn.up(96).down(4).connect().join(7).session().graphics(20);
    }

    private static List<String> logon(Incident incident) {
        return incident.headline().attempt().events().stream().filter(e -> e.kind() == Event.Kind.CREDSSP).map(EventText::says).toList();
    }

    // ---- a refusal ----

    @Test
    void anErrorCodeBehindTheKeyIsARefusal() {
        Incident refused = left(nla(Suite.TLS13).ntlm().down(67));
        assertThat(refused.verdict().id()).isEqualTo("credssp-auth-rejected-errorcode");
        assertThat(refused.verdict().side()).isEqualTo(Culprit.SERVER);
        assertThat(refused.headline().attempt().reached(Step.ACCEPTED)).isFalse();
    }

    @Test
    void whoeverGoesOnWasNotRefused() {
        WindowsPeers peers = session(nla(Suite.TLS13).ntlm().down(67));
        Incident up = incident(peers.tape());
        assertThat(up.outcome()).isEqualTo(Outcome.ESTABLISHED);
        assertThat(up.headline().attempt().reached(Step.REFUSED)).isFalse();
        assertThat(logon(up)).noneMatch(says -> says.contains("refuses"));
    }

    @Test
    void aJoinConfirmBehindAGapIsNoRefusal() {
        for (Suite suite : List.of(Suite.GCM, Suite.TLS13)) {
            Tape whole = session(nla(suite).ntlm().down(59)).tape();
            for (int missing = 4; missing < 30; missing++) {
                List<Tape.Shot> shots = new ArrayList<>(whole.shots());
                shots.remove(missing);
                Incident without = incident(new Tape(shots));
                assertThat(without.outcome()).as(suite + " without frame " + (missing + 1) + ": " + without.verdict().says())
                        .isIn(Outcome.ESTABLISHED, Outcome.UNDETERMINED);
            }
        }
    }

    @Test
    void aRefusalIsOneAlthoughAnEarlierPacketIsMissing() {
        WindowsPeers peers = nla(Suite.GCM);
        int token = peers.tape().size();
        peers.up(57).down(262).up(660).down(15).upAlert().dialogue().clientFin().serverFin();
        List<Tape.Shot> shots = new ArrayList<>(peers.tape().shots());
        shots.remove(token);
        assertThat(incident(new Tape(shots)).verdict().id()).isEqualTo("credssp-auth-rejected-errorcode");
    }

    @Test
    void whatTheClientsResetAcknowledgesWasSent() {
        WindowsPeers peers = nla(Suite.GCM).ntlm();
        int answer = peers.tape().size();
        Incident answered = left(peers.down(59).pause(9_000));
        List<Tape.Shot> shots = new ArrayList<>(peers.tape().shots());
        shots.subList(answer, shots.size() - 1).clear(); // the answer, and the client's acknowledgement of it
        assertThat(answered.verdict().id()).isEqualTo("tls-client-prompt-reconnect");
        assertThat(incident(new Tape(shots)).verdict().id()).isNotEqualTo("server-slow-phase");
    }

    // ---- Kerberos ----

    @Test
    void theTokensOfUserToUserAreNamedForWhatTheyAre() {
        Incident closed = reset(nla(Suite.GCM).userToUser().down(103).up(361));
        assertThat(logon(closed)).satisfiesExactly(
                says -> assertThat(says).contains("first token"),
                says -> assertThat(says).contains("challenge"),
                says -> assertThat(says).contains("Kerberos ticket, user to user"),
                says -> assertThat(says).contains("answer to the ticket"),
                says -> assertThat(says).contains("client authenticates"),
                says -> assertThat(says).contains("server accepts"),
                says -> assertThat(says).contains("delegates credentials"));
        assertThat(closed.verdict().id()).isEqualTo("hybridex-no-result");
    }

    @Test
    void nothingIsAcceptedBeforeTheServersKey() {
        Incident closed = reset(nla(Suite.TLS13).userToUser());
        assertThat(closed.verdict().id()).isEqualTo("credssp-auth-rejected-close");
        assertThat(closed.excluded()).noneMatch(e -> e.toString().contains("password"));
    }

    /// What the controller said before stands beside what the server says, each code once, from the table that verdicts use.
    @Test
    void whatAControllerRefusedBeforeTheTryStandsBesideTheVerdict() {
        for (var told : List.of(new Told(7, "credssp-auth-rejected-service-name"), new Told(41, "credssp-auth-rejected-service-name"),
                new Told(14, "credssp-ticket-refused"), new Told(12, "credssp-auth-rejected-logon-right"),
                new Told(37, "credssp-time-skew"))) {
            WindowsPeers peers = WindowsPeers.with(Suite.GCM);
            told(told(peers, CLIENT, told.code()), CLIENT, told.code());
            peers.pause(5000).negotiated(SSL | HYBRID | HYBRID_EX, HYBRID_EX).tls().ntlm().down(15).dialogue().serverFin();
            Incident refused = incident(peers.tape());
            assertThat(refused.verdict().id()).isEqualTo("credssp-auth-rejected-errorcode");
            assertThat(refused.warnings()).filteredOn(w -> w.says().contains("domain controller")).extracting(w -> w.id())
                    .containsExactly(told.id());
        }
        for (var none : List.of(told(WindowsPeers.with(Suite.GCM), CLIENT, 25), told(WindowsPeers.with(Suite.GCM), CLIENT, 52),
                told(WindowsPeers.with(Suite.GCM), CLIENT, 7, "ldap", "dc1.contoso.test"),
                told(WindowsPeers.with(Suite.GCM), CLIENT, 7).pause(40_000))) {
            none.negotiated(SSL | HYBRID | HYBRID_EX, HYBRID_EX).tls().ntlm().down(15).dialogue().serverFin();
            assertThat(incident(none.tape()).warnings()).noneMatch(w -> w.says().contains("domain controller"));
        }
    }

    private record Told(int code, String id) {}

    private static byte[] krbError(int code, String... service) {
        return element(0x7e, sequence(field(0, integer(5)), field(1, integer(30)), field(4, time("20231115000000Z")), field(5, integer(0)),
                field(6, integer(code)), field(9, generalString("CONTOSO.TEST")),
                field(10, sequence(field(0, integer(2)), field(1, sequence(generalString(service[0]), generalString(service[1])))))));
    }

    private static WindowsPeers told(WindowsPeers peers, String client, int code) {
        return told(peers, client, code, "krbtgt", "CONTOSO.TEST");
    }

    private static WindowsPeers told(WindowsPeers peers, String client, int code, String... service) {
        peers.capture().udp(client, 50999, CONTROLLER, 88, new byte[] {0x6a, 0});
        peers.capture().udp(CONTROLLER, 88, client, 50999, krbError(code, service));
        return peers;
    }

    @Test
    void whatAControllerRefusedInTheClearIsWhyTheClientLeft() {
        Incident revoked = left(told(nla(Suite.TLS13), CLIENT, 18).upAlert());
        assertThat(revoked.verdict().id()).isEqualTo("credssp-account-state");
        assertThat(Identity.shown(revoked.verdict().says())).contains("KDC_ERR_CLIENT_REVOKED", CONTROLLER);
        assertThat(revoked.warnings()).noneMatch(w -> w.id().equals("credssp-account-state"));
        Incident etype = left(told(nla(Suite.GCM), CLIENT, 14).upAlert());
        assertThat(etype.verdict().id()).isEqualTo("credssp-ticket-refused");
        assertThat(Identity.shown(etype.verdict().says())).contains("ETYPE", "for krbtgt/CONTOSO.TEST");
        Incident unknown = left(told(nla(Suite.GCM).up(57).down(262), CLIENT, 7, "TERMSRV", "host5.contoso.test"));
        assertThat(unknown.verdict().id()).isEqualTo("credssp-auth-rejected-service-name");
        assertThat(Identity.shown(unknown.verdict().says())).contains("S_PRINCIPAL_UNKNOWN", "for TERMSRV/host5.contoso.test");
        assertThat(left(told(nla(Suite.TLS13), CLIENT, 12).upAlert()).verdict().id()).isEqualTo("credssp-auth-rejected-logon-right");
        // A share's name has nothing to do with it.
        assertThat(left(told(nla(Suite.GCM).up(57).down(262), CLIENT, 7, "cifs", "host5.contoso.test")).verdict().id())
                .isEqualTo("credssp-client-close-at-challenge");
        // It asks for more, or told somebody else.
        assertThat(left(told(nla(Suite.TLS13), CLIENT, 25).upAlert()).verdict().id()).isEqualTo("credssp-no-client-token");
        assertThat(left(told(nla(Suite.TLS13), "192.168.1.44", 18).upAlert()).verdict().id()).isEqualTo("credssp-no-client-token");
        // What the server itself says counts more.
        WindowsPeers refused = told(nla(Suite.GCM), CLIENT, 18).ntlm().down(15);
        refused.dialogue().serverFin();
        assertThat(incident(refused.tape()).verdict().id()).isEqualTo("credssp-auth-rejected-errorcode");
    }

    @Test
    void aPauseBeforeTheFirstTokenNamesTheControllerThatDidNotAnswer() {
        Incident up = incident(asked(false).tape());
        assertThat(up.outcome()).isEqualTo(Outcome.ESTABLISHED);
        assertThat(up.warnings()).anySatisfy(w -> {
            assertThat(w.id()).isEqualTo("credssp-kdc-unreachable");
            assertThat(w.says()).contains("port 88", CONTROLLER, "30");
        });
        assertThat(incident(asked(true).tape()).warnings()).noneMatch(w -> w.id().equals("credssp-kdc-unreachable"));
        assertThat(incident(session(nla(Suite.GCM).pause(30_000).ntlm().down(59)).tape()).warnings())
                .noneMatch(w -> w.id().equals("credssp-kdc-unreachable"));
    }

    private static WindowsPeers asked(boolean answered) {
        WindowsPeers peers = nla(Suite.GCM);
        for (int i = 0; i < 4; i++) {
            peers.capture().udp(CLIENT, 50999, CONTROLLER, 88, new byte[] {0x6a, 0});
            peers.pause(7_500);
        }
        if (answered) {
            peers.capture().udp(CONTROLLER, 88, CLIENT, 50999, new byte[] {0x6b, 0});
        }
        return session(peers.ntlm().down(59));
    }

    // ---- the authorization result, and reasons ----

    @Test
    void onlyAClientThatClosesAtOnceWasNotLetIn() {
        assertThat(left(nla(Suite.GCM).ntlm().accepted().down(4)).verdict().id()).isEqualTo("hybridex-access-denied");
        Incident broken = reset(nla(Suite.GCM).ntlm().accepted().down(4).pause(15));
        assertThat(broken.verdict().id()).isEqualTo("credssp-after-creds-close");
        assertThat(broken.verdict().says()).doesNotContain("may not log on");
        Incident hung = reset(nla(Suite.GCM).ntlm().accepted().down(4).pause(59_000));
        assertThat(hung.verdict().id()).isEqualTo("credssp-client-silent");
        assertThat(hung.verdict().side()).isEqualTo(Culprit.CLIENT);
    }

    private static Incident reason(WindowsPeers peers) {
        peers.down(36).down(9).dialogue().serverReset();
        Incident told = incident(peers.tape());
        assertThat(told.verdict().id()).isEqualTo("errinfo-encrypted");
        return told;
    }

    private static WindowsPeers joined(int selected) {
        WindowsPeers peers = WindowsPeers.with(Suite.GCM).negotiated(ALL, selected).tls().ntlm().accepted();
        return (selected == HYBRID_EX ? peers.down(4) : peers).connect().join(7).up(404);
    }

    @Test
    void aReasonThatIsEncryptedHasNoNumberButAFamily() {
        assertThat(reason(joined(HYBRID_EX)).verdict().says()).contains("before licensing", "which the authorization result has settled");
        assertThat(reason(joined(HYBRID)).verdict().says()).contains("before licensing", "no right to log on (9)");
        assertThat(reason(joined(HYBRID_EX).down(337).up(157)).verdict().says()).contains("during licensing");
        assertThat(reason(joined(HYBRID_EX).down(34)).verdict().says()).contains("after licensing");
    }

    // ---- TLS around it ----

    @Test
    void aClientWithoutACertificateIsTurnedAwayBehindItsFinished() {
        assertThat(reset(certificate(25).up(467).downAlert()).verdict().id()).isEqualTo("tls-client-cert-requested");
        assertThat(reset(certificate(900).up(467).downAlert()).verdict().id()).isEqualTo("mcs-ci-then-close");
        assertThat(reset(certificate(25).up(467).down(117).downAlert()).verdict().id()).isNotEqualTo("tls-client-cert-requested");
    }

    /// @param length of the client's sealed Certificate message
    private static WindowsPeers certificate(int length) {
        WindowsPeers peers = WindowsPeers.with(Suite.TLS13).negotiated(SSL, SSL).clientHello().serverFlight();
        byte[] record = java.util.Arrays.copyOf(new byte[] {23, 3, 3, (byte) (length >> 8), (byte) length}, 5 + length);
        peers.dialogue().client(record).client(peers.record(52));
        return peers.pause(38);
    }

    @Test
    void aSnapLengthDoesNotTurnASessionIntoARefusedCertificate() {
        WindowsPeers peers = session(nla(Suite.GCM).ntlm().down(59));
        peers.pause(4_000).upAlert().dialogue().clientFin().serverFin();
        Incident cut = incident(peers.tape().cut(96));
        assertThat(cut.outcome()).as(cut.verdict().says()).isIn(Outcome.ESTABLISHED, Outcome.UNDETERMINED);
        WindowsPeers refused = nla(Suite.GCM).pause(4_000).upAlert();
        refused.dialogue().clientFin().serverFin();
        assertThat(incident(refused.tape().cut(96)).verdict().id()).isIn("tls-client-rejects-cert", "undetermined");
    }

    // ---- a gateway ----

    private static final Endpoint GATEWAY = new Endpoint(0, 0xffff0a140005L, 443);

    private static Incident gateway(int... beforeTheEnd) {
        WindowsPeers first = WindowsPeers.with(Suite.TLS13);
        WindowsPeers peers = first.port(50200, SERVER, 443).tcp().tlsFor("rdgw.contoso.test").up(487).down(beforeTheEnd);
        peers.pause(15_000).upAlert().dialogue().clientFin().serverFin();
        return Tape.analyze(first.tape().source(), new Analyzer.Options(Set.of(), Set.of(GATEWAY), false)).incidents().getFirst();
    }

    @Test
    void sessionTicketsAreNoAnswersOfAGateway() {
        Incident silent = gateway(233, 233);
        assertThat(silent.verdict().id()).isEqualTo("rdg-no-answer");
        assertThat(silent.verdict().side()).isEqualTo(Culprit.GATEWAY);
        assertThat(gateway().verdict().id()).isEqualTo("rdg-no-answer");
        assertThat(gateway(233, 233, 410).verdict().id()).isEqualTo("rdg-refused");
        assertThat(gateway(410).verdict().id()).isEqualTo("rdg-refused");
    }

    /// A tunnel over WebSocket that was set up ([MS-TSGU] 3.1.1), and so many messages of both behind that.
    private static Incident tunnel(int messages) {
        WindowsPeers first = WindowsPeers.with(Suite.TLS13);
        WindowsPeers peers = first.port(50200, SERVER, 443).tcp().tlsFor("rdgw.contoso.test").up(417).down(305).up(881).down(129);
        peers.up(20).down(20).up(22).down(28).up(38).down(26).up(56).down(22);
        for (int i = 0; i < messages; i++) {
            peers.up(60).down(100);
        }
        peers.upAlert().dialogue().clientFin().serverFin();
        return Tape.analyze(first.tape().source(), new Analyzer.Options(Set.of(), Set.of(GATEWAY), false)).incidents().getFirst();
    }

    @Test
    void howFarItCameBehindAGatewayIsToldByTheNumberOfMessages() {
        Incident refused = tunnel(1);
        assertThat(refused.verdict().id()).isEqualTo("rdg-refused");
        assertThat(refused.verdict().says()).contains("the tunnel was set up");
        Incident short_ = tunnel(5);
        assertThat(short_.outcome()).isEqualTo(Outcome.UNDETERMINED);
        assertThat(short_.verdict().says()).contains("opened the way to the host behind it and passed on 5 messages");
        assertThat(tunnel(15).verdict().id()).isEqualTo("session-established");
    }

    @Test
    void aFirstPacketOnAConnectionOfItsOwnThatNothingFollows() {
        WindowsPeers first = WindowsPeers.with(Suite.TLS13);
        WindowsPeers peers =
                first.port(50200, SERVER, 443).tcp().tlsFor("rdgw.contoso.test").up(336).down(305).up(800).down(129).up(267).up(19);
        peers.pause(15_000).upAlert().dialogue().clientFin().serverFin();
        Incident dead = Tape.analyze(first.tape().source(), new Analyzer.Options(Set.of(), Set.of(GATEWAY), false)).incidents().getFirst();
        assertThat(dead.verdict().id()).isEqualTo("rdg-in-channel-dead");
        assertThat(dead.verdict().confidence()).isEqualTo(Confidence.STRONGLY_SUGGESTED);
    }
}
