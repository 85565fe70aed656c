package dev.rdptrace.session;

import static dev.rdptrace.testkit.InnerBytes.aad;
import static dev.rdptrace.testkit.InnerBytes.authInfo;
import static dev.rdptrace.testkit.InnerBytes.channelCreate;
import static dev.rdptrace.testkit.InnerBytes.channelResponse;
import static dev.rdptrace.testkit.InnerBytes.chunk;
import static dev.rdptrace.testkit.InnerBytes.clientNonce;
import static dev.rdptrace.testkit.InnerBytes.closeChannel;
import static dev.rdptrace.testkit.InnerBytes.errorCode;
import static dev.rdptrace.testkit.InnerBytes.gatewayData;
import static dev.rdptrace.testkit.InnerBytes.gatewayHandshake;
import static dev.rdptrace.testkit.InnerBytes.gatewayHandshakeResponse;
import static dev.rdptrace.testkit.InnerBytes.loggedOn;
import static dev.rdptrace.testkit.InnerBytes.negoTokens;
import static dev.rdptrace.testkit.InnerBytes.ntlmAuthenticate;
import static dev.rdptrace.testkit.InnerBytes.ntlmChallenge;
import static dev.rdptrace.testkit.InnerBytes.ntlmNegotiate;
import static dev.rdptrace.testkit.InnerBytes.pubKeyAuth;
import static dev.rdptrace.testkit.InnerBytes.rdstlsCapabilities;
import static dev.rdptrace.testkit.InnerBytes.rdstlsPassword;
import static dev.rdptrace.testkit.InnerBytes.rdstlsResponse;
import static dev.rdptrace.testkit.InnerBytes.setErrorInfo;
import static dev.rdptrace.testkit.InnerBytes.spnegoApRequest;
import static dev.rdptrace.testkit.InnerBytes.spnegoError;
import static dev.rdptrace.testkit.InnerBytes.tsRequest;
import static dev.rdptrace.testkit.InnerBytes.tunnelAuth;
import static dev.rdptrace.testkit.InnerBytes.tunnelAuthResponse;
import static dev.rdptrace.testkit.InnerBytes.tunnelCreate;
import static dev.rdptrace.testkit.InnerBytes.tunnelResponse;
import static dev.rdptrace.testkit.InnerBytes.ultimatum;
import static dev.rdptrace.testkit.InnerBytes.webSocket;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.RDSAAD;
import static dev.rdptrace.testkit.WindowsPeers.RDSTLS;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.decrypt.KeyLog;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.report.EventText;
import dev.rdptrace.report.JsonReport;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CertificateBytes;
import dev.rdptrace.testkit.InnerBytes;
import dev.rdptrace.testkit.KnownTls;
import dev.rdptrace.testkit.SaidInTls;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.AuthenticationFacts;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.field.CodeTable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Whole connections, opened with keys, of which nobody has a recording: built from the specifications over TLS with secrets
/// of our own. What the server says inside must come out as the verdict and in the report.
class OpenedDialoguesTest {
    private static final byte[] CERTIFICATE = CertificateBytes.of("CN=HOST5", "CN=HOST5", "230601000000Z", "330601000000Z", 2048);
    /// 14 November 2023, 22:13:20 UTC, when built captures begin.
    private static final long FILETIME = (1_700_000_000L + 11_644_473_600L) * 10_000_000L;
    private static final int IO_CHANNEL = 1003;

    private record Judged(Incident incident, Attempt attempt, String json) {}

    /// RDP up to the end of the TLS handshake.
    private static KnownTls rdp(Suite suite, int requested, int selected) {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        WindowsPeers peers = new WindowsPeers(capture, capture.tcp(WindowsPeers.CLIENT, 50123, WindowsPeers.SERVER, 3389), suite);
        peers.negotiated(requested, selected);
        return new KnownTls(peers.dialogue(), suite, 1).handshake(CERTIFICATE);
    }

    private static KnownTls nla(Suite suite, int selected) {
        return rdp(suite, SSL | HYBRID | HYBRID_EX, selected);
    }

    private static Judged serverCloses(KnownTls tls) throws IOException {
        tls.dialogue().serverFin().clientFin();
        return judge(tls);
    }

    private static Judged judge(KnownTls... all) throws IOException {
        Analysis analysis = analysis(all);
        assertThat(analysis.incidents()).hasSize(1);
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        JsonReport.write(analysis.report("test"), json);
        Incident incident = analysis.incidents().getFirst();
        Attempt attempt = incident.headline().attempt();
        assertThat(attempt.events())
                .noneMatch(event -> EventText.says(event).contains("cannot be read") || EventText.says(event).contains("does not open"));
        return new Judged(incident, attempt, json.toString(StandardCharsets.UTF_8));
    }

    private static Analysis analysis(KnownTls... all) throws IOException {
        KeyLog log = new KeyLog();
        for (KnownTls tls : all) {
            log.add(tls.keyLog().getBytes(StandardCharsets.US_ASCII));
        }
        Endpoint gateway = new Endpoint(0, 0xffff0a140005L, 443);
        return Analyzer.analyze(all[0].dialogue().end().tape().source(),
                new Analyzer.Options(Set.of(), Set.of(gateway), false, Optional.of(new Secrets(log))), () -> false);
    }

    private static void sees(Judged judged, String id, String... says) {
        assertThat(judged.incident.verdict().id()).isEqualTo(id);
        assertThat(judged.incident.verdict().confidence()).isEqualTo(Confidence.SEEN);
        assertThat(Identity.shown(judged.incident.verdict().says())).contains(says);
        assertThat(judged.incident.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(judged.incident.verdict().frames()).isNotEmpty();
    }

    // ---- CredSSP ----

    @ParameterizedTest
    @EnumSource(value = Suite.class, names = {"GCM", "TLS13"})
    void theStatusIsNamedInEveryVersionOfCredSsp(Suite suite) throws IOException {
        for (int version = 2; version <= 6; version++) {
            KnownTls tls = nla(suite, HYBRID).client(tsRequest(version, negoTokens(ntlmNegotiate())))
                    .server(tsRequest(version, negoTokens(ntlmChallenge("CONTOSO", "HOST5", FILETIME))))
                    .client(version < 5 ? tsRequest(version, negoTokens(ntlmAuthenticate("CONTOSO", "alice", "PC7")), pubKeyAuth(288))
                            : tsRequest(version, negoTokens(ntlmAuthenticate("CONTOSO", "alice", "PC7")), pubKeyAuth(48), clientNonce()))
                    .server(tsRequest(version, errorCode(0xC0000234)));
            Judged judged = serverCloses(tls);
            sees(judged, "credssp-account-state", "STATUS_ACCOUNT_LOCKED_OUT (0xC0000234)", "CONTOSO\\alice");
            AuthenticationFacts facts = judged.attempt.authentication();
            assertThat(facts.credSspVersions()).isEqualTo(Integer.toString(version));
            assertThat(facts.mechanism()).isEqualTo(AuthenticationFacts.Mechanism.NTLM);
            assertThat(Math.abs(facts.clockSkewNanos())).isLessThan(2_000_000_000L);
            assertThat(judged.json).contains("\"errorCode\" : \"0xC0000234\"", "\"errorName\" : \"STATUS_ACCOUNT_LOCKED_OUT\"",
                    "\"user\" : \"CONTOSO\\\\alice\"", "\"netBiosComputer\" : \"HOST5\"");
        }
    }

    @ParameterizedTest
    @EnumSource(value = Suite.class, names = {"GCM", "TLS13"})
    void aKerberosErrorInSpnegoTellsTheClocksDifference(Suite suite) throws IOException {
        KnownTls tls = nla(suite, HYBRID).client(tsRequest(6, negoTokens(spnegoApRequest("CONTOSO.COM", "TERMSRV", "host5.contoso.com"))))
                .server(tsRequest(6, negoTokens(spnegoError(2, 37, "20231114222320Z", "CONTOSO.COM", "TERMSRV", "host5.contoso.com"))));
        Judged judged = serverCloses(tls);
        sees(judged, "credssp-time-skew", "KRB_AP_ERR_SKEW");
        AuthenticationFacts facts = judged.attempt.authentication();
        assertThat(facts.kerberosError()).isEqualTo(37);
        assertThat(facts.mechanism()).isEqualTo(AuthenticationFacts.Mechanism.KERBEROS);
        assertThat(facts.clockSkewNanos()).isBetween(590_000_000_000L, 600_000_000_000L);
        assertThat(judged.json).contains("\"kerberosErrorName\" : \"KRB_AP_ERR_SKEW\"", "\"serverName\" : \"TERMSRV/host5.contoso.com\"",
                "\"negState\" : \"reject\"", "\"encryptionType\" : \"aes256-cts-hmac-sha1-96\"", "\"serverClockAheadMillis\" : 59");
    }

    @ParameterizedTest
    @EnumSource(value = Suite.class, names = {"GCM", "TLS13"})
    void aKerberosErrorNeedsNoReject(Suite suite) throws IOException {
        KnownTls tls = nla(suite, HYBRID_EX).client(tsRequest(6, negoTokens(spnegoApRequest("CONTOSO.COM", "TERMSRV", "host5"))))
                .server(tsRequest(6, negoTokens(spnegoError(1, 41, "20231114221320Z", "CONTOSO.COM", "TERMSRV", "host5"))));
        Judged judged = serverCloses(tls);
        sees(judged, "credssp-auth-rejected-service-name", "KRB_AP_ERR_MODIFIED");
    }

    /// [MS-CSSP] 2.2.1 names NTSTATUS; what the security package returned comes as an HRESULT.
    @Test
    void aCodeOfTheSecurityPackageHasItsNameAndItsReason() throws IOException {
        Judged judged = refusedNtlm(0x80090302);
        sees(judged, "credssp-ntlm-blocked", "SEC_E_UNSUPPORTED_FUNCTION (0x80090302)", "a policy forbids NTLM here");
        assertThat(judged.json).contains("\"errorName\" : \"SEC_E_UNSUPPORTED_FUNCTION\"",
                "\"errorMeaning\" : \"the security package cannot");
        assertThat(judged.incident.fixes().getFirst()).contains("connect by host name");
        assertThat(judged.incident.fixes()).noneMatch(fix -> fix.contains("check user, domain and password"));
        Judged kerberos =
                serverCloses(nla(Suite.GCM, HYBRID).client(tsRequest(6, negoTokens(spnegoApRequest("CONTOSO.COM", "TERMSRV", "host5"))))
                        .server(tsRequest(6, errorCode(0x80090302))));
        sees(kerberos, "credssp-auth-rejected-errorcode", "SEC_E_UNSUPPORTED_FUNCTION");
    }

    @Test
    void aStatusStandsForWhoMustAct() throws IOException {
        sees(refusedNtlm(0xC000015B), "credssp-auth-rejected-logon-right", "STATUS_LOGON_TYPE_NOT_GRANTED");
        sees(refusedNtlm(0xC000006E), "credssp-auth-rejected-logon-right", "STATUS_ACCOUNT_RESTRICTION");
        sees(refusedNtlm(0xC000005E), "credssp-auth-rejected-no-controller", "STATUS_NO_LOGON_SERVERS");
        sees(refusedNtlm(0x80090311), "credssp-auth-rejected-no-controller", "SEC_E_NO_AUTHENTICATING_AUTHORITY");
        sees(refusedNtlm(0xC00700EA), "credssp-auth-rejected-errorcode", "it gives no reason");
        Judged bindings = refusedNtlm(0xC000035B);
        sees(bindings, "credssp-cbt-mismatch", "STATUS_BAD_BINDINGS");
        assertThat(bindings.incident.fixes().getFirst()).contains("LmCompatibilityLevel");
    }

    private static Judged refusedNtlm(int status) throws IOException {
        return serverCloses(nla(Suite.GCM, HYBRID).client(tsRequest(6, negoTokens(ntlmNegotiate())))
                .server(tsRequest(6, negoTokens(ntlmChallenge("CONTOSO", "HOST5", FILETIME))))
                .client(tsRequest(6, negoTokens(ntlmAuthenticate("CONTOSO", "alice", "PC7")), pubKeyAuth(48), clientNonce()))
                .server(tsRequest(6, errorCode(status))));
    }

    /// RFC 4120 7.5.9: error 25 asks for a proof of the password and refuses nothing.
    @Test
    void aProofThatIsAskedForIsNoRefusal() throws IOException {
        Judged judged =
                serverCloses(nla(Suite.GCM, HYBRID_EX).client(tsRequest(6, negoTokens(spnegoApRequest("CONTOSO.COM", "TERMSRV", "host5"))))
                        .server(tsRequest(6, negoTokens(spnegoError(1, 25, "20231114221320Z", "CONTOSO.COM", "TERMSRV", "host5")))));
        assertThat(judged.incident.verdict().id()).isNotEqualTo("credssp-kdc-unreachable");
        assertThat(judged.incident.verdict().says()).doesNotContain("KDC_ERR_PREAUTH_REQUIRED");
    }

    @ParameterizedTest
    @EnumSource(value = Suite.class, names = {"GCM", "TLS13"})
    void theUserMayNotLogOn(Suite suite) throws IOException {
        KnownTls tls = nla(suite, HYBRID_EX).client(tsRequest(6, negoTokens(ntlmNegotiate())))
                .server(tsRequest(6, negoTokens(ntlmChallenge("CONTOSO", "HOST5", FILETIME))))
                .client(tsRequest(6, negoTokens(ntlmAuthenticate("CONTOSO", "alice", "PC7")), pubKeyAuth(48), clientNonce()))
                .server(tsRequest(6, pubKeyAuth(48))).client(tsRequest(6, authInfo(85))).server(new byte[] {5, 0, 0, 0});
        Judged judged = serverCloses(tls);
        sees(judged, "hybridex-access-denied", "access denied");
        assertThat(judged.attempt.authentication().earlyAuthorization()).isEqualTo(5);
        assertThat(judged.attempt.inferred()).isEmpty();
        assertThat(judged.json).contains("\"earlyAuthorization\" : \"AUTHZ_ACCESS_DENIED\"", "\"authorizationResult\" : 5");
    }

    // ---- RDSTLS, RDS-AAD ----

    @ParameterizedTest
    @EnumSource(value = Suite.class, names = {"GCM", "TLS13"})
    void everyResultOfRdstlsIsNamed(Suite suite) throws IOException {
        CodeTable results = CodeTable.load("rdstls-results.tsv");
        for (int result : new int[] {5, 0x52e, 0x530, 0x532, 0x533, 0x773, 0x775}) {
            KnownTls tls = rdp(suite, SSL | HYBRID | RDSTLS, RDSTLS).server(rdstlsCapabilities()).client(rdstlsPassword("alice", "CONTOSO"))
                    .server(rdstlsResponse(result));
            Judged judged = serverCloses(tls);
            sees(judged, "rdstls-auth-failed", results.name(result));
            assertThat(judged.attempt.authentication().result()).isEqualTo(result);
            assertThat(judged.attempt.steps()).containsKeys(Step.RDSTLS_CAPABILITIES, Step.RDSTLS_REQUEST, Step.RDSTLS_RESULT);
            assertThat(judged.json).contains("\"mechanism\" : \"RDSTLS\"", "\"resultName\" : \"" + results.name(result) + "\"",
                    "\"user\" : \"alice\"");
        }
    }

    @ParameterizedTest
    @EnumSource(value = Suite.class, names = {"GCM", "TLS13"})
    void entraIdRefusesWithItsResult(Suite suite) throws IOException {
        KnownTls tls = rdp(suite, SSL | HYBRID | RDSAAD, RDSAAD).server(aad("{\"ts_nonce\":\"bm9uY2Vub25jZW5vbmNlbm9uY2Vub25jZW5vbmM=\"}"))
                .client(aad("{\"rdp_assertion\":\"" + "eyJ0".repeat(500) + "\"}")).server(aad("{\"authentication_result\":2147942405}"));
        Judged judged = serverCloses(tls);
        sees(judged, "aad-auth-failed", "0x80070005");
        assertThat(judged.attempt.steps()).containsKeys(Step.AAD_NONCE, Step.AAD_REQUEST, Step.AAD_RESULT);
        assertThat(judged.json).contains("\"assertionLength\" : 2000", "\"mechanism\" : \"Entra ID\"", "\"resultCode\" : \"0x80070005\"")
                .doesNotContain("eyJ0eyJ0");
    }

    // ---- Set Error Info ----

    @ParameterizedTest
    @EnumSource(value = Suite.class, names = {"GCM", "TLS13"})
    void everyErrorInfoIsNamed(Suite suite) throws IOException {
        CodeTable errors = CodeTable.load("error-info.tsv");
        List<SaidInTls> session = SaidInTls.of("success-nla-tls13-keys");
        // A server refuses after licensing instead of Demand Active: find the first answer to Client Info.
        int info = IntStream.range(0, session.size()).filter(i -> session.get(i).byClient() && session.get(i).plain().length > 300
                && session.get(i).plain()[0] == 3 && session.get(i).plain()[7] == 0x64).findFirst().orElseThrow();
        for (int code : new int[] {3, 5, 7, 9, 0xa, 0x19, 0x101, 0x10a, 0x408, 0x10c9}) {
            KnownTls tls = rdp(suite, SSL | HYBRID, HYBRID);
            for (SaidInTls said : session.subList(0, info + 1)) {
                if (said.byClient()) {
                    tls.client(said.plain());
                } else {
                    tls.server(said.plain());
                }
            }
            tls.server(setErrorInfo(IO_CHANNEL, code)).server(ultimatum(1));
            Judged judged = serverCloses(tls);
            assertThat(judged.attempt.inner().error().code()).isEqualTo(code);
            assertThat(judged.incident.verdict().says()).contains(errors.name(code));
            assertThat(judged.incident.verdict().confidence()).isEqualTo(Confidence.SEEN);
            assertThat(judged.json).contains("\"name\" : \"" + errors.name(code) + "\"");
        }
    }

    /// A server that does not allow Restricted Admin, or the account, opens the session to say so in it.
    @ParameterizedTest
    @EnumSource(value = Suite.class, names = {"GCM", "TLS13"})
    void aSessionWithoutALogonIsNamed(Suite suite) throws IOException {
        assertThat(disconnected(suite, false, 0xb)).contains("ERRINFO_RPC_INITIATED_DISCONNECT_BYUSER", "told of no logon");
        assertThat(disconnected(suite, true, 0xb)).contains("ERRINFO_RPC_INITIATED_DISCONNECT_BYUSER").doesNotContain("no logon");
        assertThat(disconnected(suite, false, 5)).contains("ERRINFO_DISCONNECTED_BY_OTHERCONNECTION").doesNotContain("no logon");
    }

    private static String disconnected(Suite suite, boolean loggedOn, int code) throws IOException {
        KnownTls tls = rdp(suite, SSL | HYBRID, HYBRID);
        for (SaidInTls said : SaidInTls.of("success-nla-tls13-keys")) {
            boolean ends = said.plain().length == 9 && said.plain()[7] == 0x21;
            if (!ends && said.byClient()) {
                tls.client(said.plain());
            } else if (!ends) {
                tls.server(said.plain());
            }
        }
        if (loggedOn) {
            tls.server(loggedOn(IO_CHANNEL));
        }
        tls.server(setErrorInfo(IO_CHANNEL, code)).server(ultimatum(1));
        return serverCloses(tls).incident.verdict().says();
    }

    // ---- web front ends ----

    /// Says what a recorded client said up to its Connect-Initial, under another name, and the server closes.
    private static List<String> called(String name) throws IOException {
        KnownTls tls = nla(Suite.TLS13, HYBRID);
        byte[] recorded = "client-pc".getBytes(StandardCharsets.UTF_16LE);
        for (SaidInTls said : SaidInTls.of("success-nla-tls13-keys")) {
            byte[] plain = said.plain();
            boolean initial = said.byClient() && plain.length > 9 && plain[7] == 0x7f && plain[8] == 0x65;
            for (int at = 0; initial && at + 32 < plain.length; at++) {
                if (java.util.Arrays.equals(plain, at, at + recorded.length, recorded, 0, recorded.length)) {
                    byte[] field = java.util.Arrays.copyOf(name.getBytes(StandardCharsets.UTF_16LE), 32);
                    System.arraycopy(field, 0, plain, at, field.length);
                    break;
                }
            }
            if (said.byClient()) {
                tls.client(plain);
            } else {
                tls.server(plain);
            }
            if (initial) {
                break;
            }
        }
        Judged judged = serverCloses(tls);
        assertThat(judged.incident.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(judged.attempt.reached(Step.CONNECT_INITIAL)).isTrue();
        return judged.incident.warnings().stream().map(warning -> warning.id()).toList();
    }

    @Test
    void theServerOfAWebFrontEndIsToldFromAPersonsClient() throws IOException {
        assertThat(called("Guacamole RDP")).contains("web-front-end");
        assertThat(called("client-pc")).doesNotContain("web-front-end");
        assertThat(called("Guacamole RDP 2")).as("a name that somebody gave").doesNotContain("web-front-end");
    }

    // ---- gateway ----

    private static final String OUT =
            "RDG_OUT_DATA /remoteDesktopGateway/ HTTP/1.1\r\nHost: gw.contoso.com\r\nRDG-Connection-Id: {7d6f}\r\n"
                    + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAA\r\n\r\n";
    private static final String SWITCHED = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

    private static KnownTls gateway(Suite suite) {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        WindowsPeers peers = new WindowsPeers(capture, capture.tcp(WindowsPeers.CLIENT, 50123, WindowsPeers.SERVER, 443), suite);
        peers.tcp();
        return new KnownTls(peers.dialogue(), suite, 7).handshake(CERTIFICATE).client(aad(OUT)).server(aad(SWITCHED));
    }

    @ParameterizedTest
    @EnumSource(value = Suite.class, names = {"GCM", "TLS13"})
    void everyRefusalOfAGatewayIsNamed(Suite suite) throws IOException {
        Judged handshake = serverCloses(gateway(suite).inWebSocket(gatewayHandshake(), gatewayHandshakeResponse(0x800759f9)));
        sees(handshake, "rdg-quarantine-or-cookie", "handshake", "E_PROXY_UNSUPPORTED_AUTHENTICATION_METHOD");
        Judged tunnel = serverCloses(gateway(suite).inWebSocket(gatewayHandshake(), gatewayHandshakeResponse(0), tunnelCreate(),
                tunnelResponse(0x59e6)));
        sees(tunnel, "rdg-max-connections", "tunnel", "E_PROXY_MAXCONNECTIONSREACHED");
        Judged cap =
                serverCloses(gateway(suite).inWebSocket(gatewayHandshake(), gatewayHandshakeResponse(0), tunnelCreate(), tunnelResponse(0),
                        tunnelAuth("PC7"), tunnelAuthResponse(0x800759db)));
        sees(cap, "rdg-cap-denied", "authorization", "E_PROXY_NAP_ACCESSDENIED");
        for (Object[] each : new Object[][] {{0x800759da, "rdg-rap-denied", "E_PROXY_RAP_ACCESSDENIED"},
                {0x59dd, "rdg-target-unreachable", "E_PROXY_TS_CONNECTFAILED"}, {5, "rdg-rap-denied", "ERROR_ACCESS_DENIED"}}) {
            Judged channel = serverCloses(gateway(suite).inWebSocket(gatewayHandshake(), gatewayHandshakeResponse(0), tunnelCreate(),
                    tunnelResponse(0), tunnelAuth("PC7"), tunnelAuthResponse(0), channelCreate("ws1.contoso.com"),
                    channelResponse((int) each[0])));
            sees(channel, (String) each[1], "ws1.contoso.com:3389", (String) each[2]);
            assertThat(channel.json).contains("\"errorName\" : \"" + each[2] + "\"");
        }
        KnownTls closed = gateway(suite).inWebSocket(gatewayHandshake(), gatewayHandshakeResponse(0), tunnelCreate(), tunnelResponse(0),
                tunnelAuth("PC7"), tunnelAuthResponse(0), channelCreate("ws1.contoso.com"), channelResponse(0));
        sees(serverCloses(closed.server(webSocket(false, closeChannel(0x59f6)))), "rdg-session-timeout", "E_PROXY_SESSIONTIMEOUT");
    }

    /// RFC 9110 15.5.2: a first 401 only asks for credentials; one in answer to them refuses.
    @Test
    void aGatewayThatRefusesTheSignInIsNoHostThatDoes() throws IOException {
        byte[] asks = aad("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n");
        byte[] signedIn = aad(OUT.replace("\r\n\r\n", "\r\nAuthorization: Basic YTpi\r\n\r\n"));
        for (boolean accepted : new boolean[] {false, true}) {
            CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
            WindowsPeers peers =
                    new WindowsPeers(capture, capture.tcp(WindowsPeers.CLIENT, 50123, WindowsPeers.SERVER, 443), Suite.GCM).tcp();
            KnownTls tls =
                    new KnownTls(peers.dialogue(), Suite.GCM, 7).handshake(CERTIFICATE).client(aad(OUT)).server(asks).client(signedIn);
            if (accepted) {
                tls.server(aad(SWITCHED)).inWebSocket(gatewayHandshake(), gatewayHandshakeResponse(0), tunnelCreate(),
                        tunnelResponse(0x59e6));
                sees(serverCloses(tls), "rdg-max-connections", "E_PROXY_MAXCONNECTIONSREACHED");
            } else {
                sees(serverCloses(tls.server(asks)), "rdg-401-loop", "401", "Negotiate", "credentials did not satisfy it");
            }
        }
    }

    /// [MS-KKDCP] and the feed of RD Web stand on the gateway's web server as well: nobody asks them for a host.
    @Test
    void whatElseTheGatewaysWebServerHasIsNoTunnel() throws IOException {
        for (String path : new String[] {"/KdcProxy", "/RDWeb/Feed/webfeed.aspx", "/"}) {
            for (String status : new String[] {"200 OK", "500 Internal Server Error"}) {
                CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
                WindowsPeers peers =
                        new WindowsPeers(capture, capture.tcp(WindowsPeers.CLIENT, 50123, WindowsPeers.SERVER, 443), Suite.GCM).tcp();
                KnownTls tls = new KnownTls(peers.dialogue(), Suite.GCM, 7).handshake(CERTIFICATE)
                        .client(aad("POST " + path + " HTTP/1.1\r\nHost: gw\r\nContent-Length: 0\r\n\r\n"))
                        .server(aad("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n"));
                tls.dialogue().clientFin().serverFin();
                if (status.startsWith("2")) {
                    assertThat(analysis(tls).incidents()).as(path).isEmpty();
                } else {
                    sees(judge(tls), "rdg-5xx",
                            path.startsWith("/K") ? "KDC proxy answered HTTP 500" : path.startsWith("/R") ? "RD Web on the gateway answered"
                                    : "web server answered HTTP 500");
                }
            }
        }
    }

    private static byte[] request(String method) {
        return aad(method + " /remoteDesktopGateway/ HTTP/1.1\r\nHost: gw.contoso.com\r\nRDG-Connection-Id: {7d6f}\r\n"
                + (method.equals("RDG_IN_DATA") ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n"));
    }

    /// The two connections of a tunnel without WebSocket, up to the first packet.
    private static KnownTls[] channels(Suite suite, int preamble) {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        WindowsPeers out = new WindowsPeers(capture, capture.tcp(WindowsPeers.CLIENT, 50123, WindowsPeers.SERVER, 443), suite).tcp();
        KnownTls outTls = new KnownTls(out.dialogue(), suite, 7).handshake(CERTIFICATE).client(request("RDG_OUT_DATA"))
                .server(aad("HTTP/1.1 200 OK\r\nServer: Microsoft-HTTPAPI/2.0\r\n\r\n"), new byte[preamble]);
        WindowsPeers in = new WindowsPeers(capture, capture.tcp(WindowsPeers.CLIENT, 50124, WindowsPeers.SERVER, 443), suite).tcp();
        KnownTls inTls = new KnownTls(in.dialogue(), suite, 8).handshake(CERTIFICATE).client(request("RDG_IN_DATA"))
                .server(aad("HTTP/1.1 200 OK\r\n\r\n"), new byte[preamble]);
        return new KnownTls[] {outTls, inTls};
    }

    private static void exchange(KnownTls[] channels, byte[]... clientThenServer) {
        for (int i = 0; i < clientThenServer.length; i++) {
            if (i % 2 == 0) {
                channels[1].client(chunk(clientThenServer[i]));
            } else {
                channels[0].server(clientThenServer[i]);
            }
        }
    }

    private static Judged bothClose(KnownTls[] channels) throws IOException {
        channels[0].dialogue().serverFin().clientFin();
        channels[1].dialogue().serverFin().clientFin();
        return judge(channels);
    }

    @ParameterizedTest
    @EnumSource(value = Suite.class, names = {"GCM", "TLS13"})
    void theTwoConnectionsOfATunnelAreJoined(Suite suite) throws IOException {
        for (int preamble : new int[] {100, 10}) {
            KnownTls[] channels = channels(suite, preamble);
            exchange(channels, gatewayHandshake(), gatewayHandshakeResponse(0), tunnelCreate(), tunnelResponse(0), tunnelAuth("PC7"),
                    tunnelAuthResponse(0), channelCreate("ws1.contoso.com"), channelResponse(0x59dd));
            Judged judged = bothClose(channels);
            // What is asked for stands on one connection, the answer on the other.
            sees(judged, "rdg-target-unreachable", "ws1.contoso.com:3389", "E_PROXY_TS_CONNECTFAILED");
            assertThat(judged.incident.attempts()).hasSize(2);
            assertThat(judged.json).contains("\"channelStream\" : 0");
        }
    }

    @ParameterizedTest
    @EnumSource(value = Suite.class, names = {"GCM", "TLS13"})
    void rdpInTwoConnectionsIsRead(Suite suite) throws IOException {
        KnownTls[] channels = channels(suite, 100);
        exchange(channels, gatewayHandshake(), gatewayHandshakeResponse(0), tunnelCreate(), tunnelResponse(0), tunnelAuth("PC7"),
                tunnelAuthResponse(0), channelCreate("ws1.contoso.com"), channelResponse(0));
        exchange(channels, gatewayData(CaptureBuilder.connectionRequest(new byte[0], SSL | HYBRID)),
                gatewayData(CaptureBuilder.connectionConfirm(3, 5)));
        Judged judged = bothClose(channels);
        sees(judged, "x224-neg-failure-5-nla-required", "failure 5");
        List<Attempt> attempts = judged.incident.attempts().stream().map(diagnosis -> diagnosis.attempt()).toList();
        assertThat(attempts).hasSize(2).allMatch(attempt -> attempt.x224().confirm().isPresent() && attempt.tunnel().inner());
        assertThat(attempts).filteredOn(attempt -> attempt.events().stream().anyMatch(event -> event.tunnelled()))
                .singleElement().matches(attempt -> attempt.stream() == 0);
    }

    private static Judged afterwards(KnownTls[] channels, long millis) throws IOException {
        channels[1].dialogue().end().pauseMillis(millis);
        channels[1].dialogue().clientFin().serverFin();
        channels[0].dialogue().clientFin().serverFin();
        return judge(channels);
    }

    @Test
    void theClientsPacketsGoNowhere() throws IOException {
        KnownTls[] channels = channels(Suite.TLS13, 100);
        channels[1].client(chunk(gatewayHandshake()));
        Judged dead = afterwards(channels, 15_000);
        assertThat(dead.incident.verdict().id()).isEqualTo("rdg-in-channel-dead");
        assertThat(dead.incident.verdict().side()).isEqualTo(Culprit.PATH);
        assertThat(dead.incident.verdict().says()).contains("RDG_IN_DATA", "no answer came on the other");
        channels = channels(Suite.TLS13, 100);
        channels[1].client(chunk(gatewayHandshake()));
        assertThat(afterwards(channels, 500).incident.verdict().id()).as("too early").isNotEqualTo("rdg-in-channel-dead");
        channels = channels(Suite.TLS13, 100);
        exchange(channels, gatewayHandshake(), gatewayHandshakeResponse(0), tunnelCreate());
        assertThat(afterwards(channels, 15_000).incident.verdict().id()).as("it answered once").isNotEqualTo("rdg-in-channel-dead");
    }

    @Test
    void theConnectionForTheClientsPacketsIsRefused() throws IOException {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        WindowsPeers out = new WindowsPeers(capture, capture.tcp(WindowsPeers.CLIENT, 50123, WindowsPeers.SERVER, 443), Suite.GCM).tcp();
        KnownTls outTls = new KnownTls(out.dialogue(), Suite.GCM, 7).handshake(CERTIFICATE).client(request("RDG_OUT_DATA"))
                .server(aad("HTTP/1.1 200 OK\r\n\r\n"), new byte[100]);
        WindowsPeers in = new WindowsPeers(capture, capture.tcp(WindowsPeers.CLIENT, 50124, WindowsPeers.SERVER, 443), Suite.GCM).tcp();
        KnownTls inTls = new KnownTls(in.dialogue(), Suite.GCM, 8).handshake(CERTIFICATE).client(request("RDG_IN_DATA"))
                .server(aad("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"));
        Judged judged = bothClose(new KnownTls[] {outTls, inTls});
        sees(judged, "rdg-403", "HTTP 403");
    }

    @Test
    void theConnectionForTheClientsPacketsNeverComesUp() throws IOException {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        WindowsPeers out = new WindowsPeers(capture, capture.tcp(WindowsPeers.CLIENT, 50123, WindowsPeers.SERVER, 443), Suite.GCM).tcp();
        KnownTls tls = new KnownTls(out.dialogue(), Suite.GCM, 7).handshake(CERTIFICATE).client(request("RDG_OUT_DATA"))
                .server(aad("HTTP/1.1 200 OK\r\n\r\n"), new byte[100]);
        tls.dialogue().end().pauseMillis(20_000);
        tls.dialogue().clientFin().serverFin();
        Judged judged = judge(tls);
        assertThat(judged.incident.verdict().id()).isEqualTo("rdg-in-channel-dead");
        assertThat(judged.incident.verdict().says()).contains("only the one from the gateway (RDG_OUT_DATA) came up");
    }

    // ---- the host behind a gateway ----

    private static final byte[] REQUEST = CaptureBuilder.connectionRequest(new byte[0], SSL | HYBRID);
    private static final byte[] CONFIRM = CaptureBuilder.connectionConfirm(2, HYBRID);
    private static final byte[] HELLO = WindowsPeers.hello(Suite.GCM, 0);
    private static final byte[] LAPSED = CertificateBytes.of("CN=ws1", "CN=CA", "200601000000Z", "210601000000Z", 2048);

    /// What both say in the channel that a gateway has opened, the client's and the server's in turn.
    private static KnownTls throughGateway(byte[]... clientThenServer) {
        KnownTls tls = gateway(Suite.GCM).inWebSocket(gatewayHandshake(), gatewayHandshakeResponse(0), tunnelCreate(), tunnelResponse(0),
                tunnelAuth("PC7"), tunnelAuthResponse(0), channelCreate("ws1.contoso.com"), channelResponse(0));
        byte[][] packets = java.util.Arrays.stream(clientThenServer).map(InnerBytes::gatewayData).toArray(byte[][]::new);
        return tls.inWebSocket(packets);
    }

    private static Incident directly(boolean clientCloses, byte[]... clientThenServer) throws IOException {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        CaptureBuilder.Dialogue dialogue = new WindowsPeers(capture, capture.tcp(WindowsPeers.CLIENT, 50123, WindowsPeers.SERVER, 3389),
                Suite.GCM).tcp().dialogue();
        for (int i = 0; i < clientThenServer.length; i++) {
            if (i % 2 == 0) {
                dialogue.client(clientThenServer[i]);
            } else {
                dialogue.server(clientThenServer[i]);
            }
        }
        close(dialogue, clientCloses);
        return Analyzer.analyze(dialogue.end().tape().source(), Analyzer.Options.NONE, () -> false).incidents().getFirst();
    }

    private static void close(CaptureBuilder.Dialogue dialogue, boolean clientCloses) {
        if (clientCloses) {
            dialogue.clientFin().serverFin();
        } else {
            dialogue.serverFin().clientFin();
        }
    }

    @Test
    void whatBreaksBehindAGatewayIsCalledAsWithoutOne() throws IOException {
        byte[] alert = {21, 3, 3, 0, 2, 2, 40};
        byte[] disconnect = {3, 0, 0, 11, 6, (byte) 0x80, 0, 0, 0, 0, 0};
        byte[] ssh = aad("SSH-2.0-OpenSSH_9.6\r\n");
        byte[] flight = WindowsPeers.with(Suite.GCM).clearFlight();
        byte[][][] all = {{REQUEST, disconnect}, {REQUEST, ssh}, {REQUEST, CONFIRM, HELLO, alert}, {REQUEST, CONFIRM, HELLO, ssh},
                {REQUEST, CONFIRM, HELLO, flight}, {REQUEST, CONFIRM, HELLO}, {REQUEST, CONFIRM}};
        for (byte[][] said : all) {
            for (boolean clientCloses : new boolean[] {false, true}) {
                Finding direct = directly(clientCloses, said).verdict();
                KnownTls tls = throughGateway(said);
                close(tls.dialogue(), clientCloses);
                Finding through = judge(tls).incident.verdict();
                assertThat(through).as("%s", through).usingRecursiveComparison().ignoringFields("says", "frames").isEqualTo(direct);
            }
        }
    }

    /// What two peers say to each other, in turn; what one says without a pause is one message.
    private static byte[][] inTurn(WindowsPeers peers) {
        List<ByteArrayOutputStream> said = new ArrayList<>();
        boolean client = false;
        for (Tape.Shot shot : peers.tape().shots()) {
            ByteBuffer frame = ByteBuffer.wrap(shot.bytes());
            int from = 34 + (frame.get(46) >> 4 & 15) * 4;
            if (from < shot.bytes().length) {
                boolean byClient = frame.getShort(36) == 3389;
                if (said.isEmpty() || byClient != client) {
                    said.add(new ByteArrayOutputStream());
                }
                client = byClient;
                said.getLast().write(shot.bytes(), from, shot.bytes().length - from);
            }
        }
        return said.stream().map(ByteArrayOutputStream::toByteArray).toArray(byte[][]::new);
    }

    @Test
    void theHostBehindTheGatewayRefusesTheLogon() throws IOException {
        for (boolean refused : new boolean[] {true, false}) {
            WindowsPeers host = WindowsPeers.with(Suite.GCM).negotiated(SSL | HYBRID, HYBRID);
            host = refused ? host.tls().ntlm().down(15).downAlert() : host.clientHello().clearAlert(false, 40);
            Judged judged = serverCloses(throughGateway(inTurn(host)));
            assertThat(judged.incident.outcome()).isEqualTo(Outcome.FAILED);
            List<String> notes = judged.incident.warnings().stream().map(warning -> warning.id()).toList();
            if (refused) {
                assertThat(judged.incident.verdict().id()).startsWith("credssp-auth-rejected");
                assertThat(notes).contains("rdg-inner-nla-failed");
            } else {
                assertThat(judged.incident.verdict().phase()).as("nobody asked for a password").isEqualTo(Phase.TLS);
                assertThat(notes).doesNotContain("rdg-inner-nla-failed");
            }
        }
    }

    @Test
    void theHostsCertificateIsLookedAtAsWellAsTheGateways() throws IOException {
        byte[] flight = WindowsPeers.with(Suite.GCM).certificate(LAPSED).clearFlight();
        Judged judged = serverCloses(throughGateway(REQUEST, CONFIRM, HELLO, flight));
        assertThat(judged.attempt.tls().certificate().orElseThrow().commonName()).as("to the gateway").isEqualTo("HOST5");
        assertThat(judged.attempt.tunnel().host().orElseThrow().tls().certificate().orElseThrow().commonName()).isEqualTo("ws1");
        assertThat(judged.json).contains("\"hostTls\"", "\"subject\" : \"CN=ws1\"");
        List<String> all = java.util.stream.Stream.concat(java.util.stream.Stream.of(judged.incident.verdict().id()),
                judged.incident.headline().warnings().stream().map(warning -> warning.id())).toList();
        assertThat(all).contains("tls-cert-expired");
    }
}
