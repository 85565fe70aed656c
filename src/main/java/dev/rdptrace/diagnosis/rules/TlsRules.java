package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.diagnosis.Answer.CLEAR;
import static dev.rdptrace.diagnosis.Answer.noted;
import static dev.rdptrace.diagnosis.Rule.rule;
import static dev.rdptrace.diagnosis.Signature.anyPhase;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.OpeningRules.TLS_CLIENT_REJECTS_CERT;
import static dev.rdptrace.diagnosis.rules.TurnRules.CLIENT_LEFT_IN_TLS;
import static dev.rdptrace.diagnosis.rules.TurnRules.CLIENT_STALLED;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Answer.Found;
import dev.rdptrace.diagnosis.Answer.Unclear;
import dev.rdptrace.diagnosis.Aside;
import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.Closing;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Limits;
import dev.rdptrace.diagnosis.OtherClients.Welcome;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.diagnosis.Rule;
import dev.rdptrace.diagnosis.Rule.Weight;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.timeline.TlsFacts;
import dev.rdptrace.wire.tls.Alert;
import dev.rdptrace.wire.tls.CertificateFacts;
import dev.rdptrace.wire.tls.CipherSuite;
import dev.rdptrace.wire.tls.CipherSuite.KeyExchange;
import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.x224.Protocols;
import dev.rdptrace.wire.x224.Tpdu;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The TLS handshake: who gave it up, and what was said about it.
public final class TlsRules {
    public static final Signature TLS_NOT_AGREED = signature("tls-not-agreed", in(Phase.TLS), by(Culprit.CLIENT));
    public static final Signature TLS_CH_ANSWERED_WITH_TPKT = signature("tls-ch-answered-with-tpkt", in(Phase.TLS), by(Culprit.SERVER));
    public static final Signature TLS_PAYLOAD_CORRUPTED = signature("tls-payload-corrupted", in(Phase.TLS), by(Culprit.PATH));
    public static final Signature TLS13_HRR_LOOP = signature("tls13-hrr-loop", in(Phase.TLS),
            by(Culprit.SERVER, Culprit.CLIENT, Culprit.PATH));
    public static final Signature TLS_CH_THEN_RST = signature("tls-ch-then-rst", in(Phase.TLS), by(Culprit.SERVER));
    public static final Signature TLS_CH_THEN_FIN = signature("tls-ch-then-fin", in(Phase.TLS), by(Culprit.SERVER));
    public static final Signature TLS_AFTER_CKE_RST = signature("tls-after-cke-rst", in(Phase.TLS), by(Culprit.SERVER));
    public static final Signature TLS_AFTER_CKE_EPHEMERAL = signature("tls-after-cke-ephemeral", in(Phase.TLS), by(Culprit.SERVER));
    public static final Signature TLS_SERVER_FLIGHT_BROKEN_OFF = signature("tls-server-flight-broken-off", in(Phase.TLS),
            by(Culprit.SERVER));
    public static final Signature TLS_CERT_EXPIRED = signature("tls-cert-expired", in(Phase.TLS), by(Culprit.SERVER, Culprit.CLIENT));
    public static final Signature TLS_CERT_NOT_YET_VALID =
            signature("tls-cert-not-yet-valid", in(Phase.TLS), by(Culprit.SERVER, Culprit.CLIENT));
    public static final Signature RDSTLS_CERT_MISMATCH = signature("rdstls-cert-mismatch", in(Phase.TLS), by(Culprit.SERVER));
    public static final Signature CREDSSP_NO_CLIENT_TOKEN =
            signature("credssp-no-client-token", in(Phase.TLS, Phase.CREDSSP), by(Culprit.CLIENT));
    public static final Signature TLS_SERVER_FLIGHT_STALL = signature("tls-server-flight-stall", in(Phase.TLS), by(Culprit.PATH));
    public static final Signature SERVER_SLOW_PHASE = signature("server-slow-phase", anyPhase(), by(Culprit.SERVER));
    public static final Signature TLS_OFFER_DIFFERS = signature("tls-offer-differs", in(Phase.TLS), by(Culprit.UNKNOWN));
    public static final Signature TLS_CH_NO_ANSWER = signature("tls-ch-no-answer", in(Phase.TLS), by(Culprit.SERVER, Culprit.PATH));

    static List<Rule<Case>> all() {
        return List.of(
                rule(Weight.MESSAGE, TlsRules::againstTheChoice, TLS_NOT_AGREED),
                rule(Weight.MESSAGE, TlsRules::answeredWithTpkt, TLS_CH_ANSWERED_WITH_TPKT),
                rule(Weight.SHAPE, TlsRules::unreadable, TLS_PAYLOAD_CORRUPTED),
                rule(Weight.SHAPE, TlsRules::retryLoop, TLS13_HRR_LOOP)
                        .outranking(TLS_SERVER_FLIGHT_BROKEN_OFF, CLIENT_LEFT_IN_TLS),
                rule(Weight.SHAPE, TlsRules::resetAtHello, TLS_CH_THEN_RST),
                rule(Weight.SHAPE, TlsRules::closedAtHello, TLS_CH_THEN_FIN),
                rule(Weight.SHAPE, TlsRules::closedAfterKeyExchange, TLS_AFTER_CKE_RST, TLS_AFTER_CKE_EPHEMERAL),
                rule(Weight.SHAPE, TlsRules::flightBrokenOff, TLS_SERVER_FLIGHT_BROKEN_OFF),
                rule(Weight.SHAPE, TlsRules::clientLeft, TLS_CLIENT_REJECTS_CERT, TLS_CERT_EXPIRED, TLS_CERT_NOT_YET_VALID,
                        RDSTLS_CERT_MISMATCH, CREDSSP_NO_CLIENT_TOKEN).outranking(CLIENT_LEFT_IN_TLS),
                rule(Weight.ABSENCE, TlsRules::flightStalls, TLS_SERVER_FLIGHT_STALL).outranking(TLS_CH_NO_ANSWER, CLIENT_STALLED),
                rule(Weight.ABSENCE, TlsRules::serverFinishedMissing, SERVER_SLOW_PHASE),
                rule(Weight.ABSENCE, TlsRules::helloUnanswered, TLS_CH_NO_ANSWER).outranking(CLIENT_STALLED));
    }

    private static final Set<KeyExchange> KEY_CARRIES_EXCHANGE = Set.of(KeyExchange.RSA, KeyExchange.RSA_PSK, KeyExchange.DH,
            KeyExchange.ECDH);

    private static final Unclear BEGINNING_UNSEEN =
            new Unclear("the capture begins after the negotiation: whether RDP was spoken before TLS is not in it");

    private TlsRules() {}

    static boolean inTls(Case c) {
        return c.reached(Step.CLIENT_HELLO) && !c.reached(Step.TLS_DONE) && !c.attempt().tcp().oneDirection();
    }

    /// A server of RDP refuses TLS that nobody has agreed on, and whether it was agreed on is not in the capture.
    private static boolean beginsUnseen(Case c) {
        return !c.reached(Step.SYN) && !c.reached(Step.REQUEST) && !c.reached(Step.CONFIRM);
    }

    /// [MS-RDPBCGR] 2.2.1.2.1, 2.2.1.2: with protocol 0, or without negotiation data, the server has promised no TLS.
    private static boolean noTlsAgreed(Case c) {
        return c.attempt().x224().confirm().map(cc -> cc.reply() instanceof Tpdu.NegotiationReply.None
                || cc.reply() instanceof Tpdu.NegotiationReply.Response(_, var selected) && selected.isStandard()).orElse(false);
    }

    private static Answer againstTheChoice(Case c) {
        if (!noTlsAgreed(c) || !c.reached(Step.CLIENT_HELLO) || c.attempt().tls().serverRecords() > 0 || c.attempt().tcp().oneDirection()) {
            return CLEAR;
        }
        Moment tpkt = c.attempt().tls().clearTpkt();
        boolean silent = c.ending().nobody() && c.waited(c.at(Step.CLIENT_HELLO)) >= Limits.PATIENCE_SECONDS && c.delivery(Side.CLIENT)
                .acknowledged();
        if (!tpkt.seen() && !c.ending().byServer() && !silent) {
            return CLEAR;
        }
        Finding finding = c.finding(TLS_NOT_AGREED, Outcome.FAILED, Phase.TLS, Culprit.CLIENT, silent ? Confidence.STRONGLY_SUGGESTED
                : Confidence.SEEN,
                "the server chose Standard RDP Security"
                        + (c.requested().usesTls() ? " although the client asked for " + c.requested() : "")
                        + ", and the client began TLS all the same; the server "
                        + (tpkt.seen() ? "answered with an RDP message in the clear"
                                : silent ? "did not answer that" : "closed"))
                .at(c.at(Step.CONFIRM), c.at(Step.CLIENT_HELLO), tpkt.seen() ? tpkt : c.ending().at());
        return new Found(tpkt.seen() && !c.ending().nobody() ? finding.closed(Culprit.SERVER, Closing.PDU) : finding);
    }

    private static Answer answeredWithTpkt(Case c) {
        Moment at = c.attempt().tls().clearTpkt();
        boolean alertBefore = c.attempt().tls().alerts().stream().anyMatch(a -> a.from() == Side.SERVER && a.at().frame() < at.frame());
        if (!at.seen() || c.reached(Step.TLS_DONE) || alertBefore || noTlsAgreed(c)) {
            return CLEAR;
        }
        if (beginsUnseen(c)) {
            return BEGINNING_UNSEEN;
        }
        return new Found(c.finding(TLS_CH_ANSWERED_WITH_TPKT, Outcome.FAILED, Phase.TLS, Culprit.SERVER, Confidence.SEEN,
                c.reached(Step.SERVER_HELLO)
                        ? "in the middle of the TLS handshake the server says good-bye in the clear: its TLS failed"
                        : (c.reached(Step.CLIENT_HELLO) ? "the server answers the ClientHello" : "the server follows its choice of TLS")
                                + " with a good-bye in the clear: it could not start TLS (certificate or key)")
                .closed(Culprit.SERVER, Closing.PDU).at(c.at(Step.CONFIRM), c.at(Step.CLIENT_HELLO), at));
    }

    /// RFC 5246 7.4.7.1: with these the server needs its private key for the first time to read the ClientKeyExchange; with all
    /// others it has signed before (7.4.3, RFC 8422 5.4).
    static boolean keyUsedLate(Case c) {
        return c.attempt().tls().cipher().map(CipherSuite::keyExchange).filter(KEY_CARRIES_EXCHANGE::contains).isPresent();
    }

    /// Was the certificate not valid at the time of the capture?
    private static Optional<Signature> outOfDate(Case c) {
        long now = c.at(Step.CERTIFICATE).nanos() / 1_000_000_000L;
        return c.attempt().tls().certificate().filter(_ -> c.reached(Step.CERTIFICATE))
                .map(leaf -> now > leaf.notAfter() ? TLS_CERT_EXPIRED : now < leaf.notBefore() ? TLS_CERT_NOT_YET_VALID : null);
    }

    /// What is wrong with the certificate at the time of the capture, for a half-sentence; empty if nothing is.
    static String flaw(Case c) {
        Optional<CertificateFacts> leaf = c.attempt().tls().certificate();
        if (leaf.isEmpty() || !c.reached(Step.CERTIFICATE)) {
            return "";
        }
        long now = c.at(Step.CERTIFICATE).nanos() / 1_000_000_000L;
        if (now > leaf.get().notAfter()) {
            return ", which expired " + Quantities.count((now - leaf.get().notAfter()) / 86_400, "day") + " before";
        }
        if (now < leaf.get().notBefore()) {
            return ", which becomes valid only " + Quantities.count((leaf.get().notBefore() - now) / 86_400 + 1, "day") + " later";
        }
        return leaf.get().selfSigned() ? ", which is self-signed" : "";
    }

    private static Answer unreadable(Case c) {
        TlsFacts tls = c.attempt().tls();
        if (tls.broken().isEmpty() || c.attempt().sessionUp() || !c.reached(Step.CLIENT_HELLO) || c.attempt().tcp().oneDirection()) {
            return CLEAR;
        }
        if (c.server().loss().unseenAcknowledged() > 0 || c.attempt().tcp().cutPayload() > 0) {
            return new Unclear("the stream became unreadable, but the capture lacks bytes");
        }
        if (tls.brokenFrom() == Side.SERVER && tls.serverRecords() == 0) {
            return CLEAR; // nothing was damaged that never was TLS
        }
        return new Found(c.failed(TLS_PAYLOAD_CORRUPTED, Culprit.PATH, Confidence.STRONGLY_SUGGESTED,
                "the bytes from the " + tls.brokenFrom() + "'s address are no TLS any more: " + tls.broken()));
    }

    private static Answer retryLoop(Case c) {
        if (!inTls(c) || !c.reached(Step.HELLO_RETRY) || c.reached(Step.SERVER_HELLO) || c.ending().nobody()) {
            return CLEAR;
        }
        boolean waitedInVain = c.reached(Step.SECOND_CLIENT_HELLO) && c.delivery(Side.CLIENT).acknowledged()
                && c.waited(c.at(Step.SECOND_CLIENT_HELLO)) >= Limits.PATIENCE_SECONDS;
        Culprit by = c.ending().byDevice() ? Culprit.PATH : c.ending().byClient() && !waitedInVain ? Culprit.CLIENT : Culprit.SERVER;
        return new Found(c.failed(TLS13_HRR_LOOP, by, Confidence.SEEN, "the server asked for another key share and "
                + (c.reached(Step.SECOND_CLIENT_HELLO) ? "did not answer the second ClientHello"
                        : "the client did not send a second ClientHello")));
    }

    private static boolean helloWithoutAnswer(Case c) {
        return inTls(c) && !c.reached(Step.SERVER_HELLO) && !c.reached(Step.HELLO_RETRY) && c.attempt().tls().serverRecords() == 0
                && !c.attempt().tls().clearTpkt().seen() && c.attempt().unread().server().isEmpty();
    }

    private static Answer resetAtHello(Case c) {
        if (!helloWithoutAnswer(c) || !c.endedByServersWill() || c.ending().how() != Closing.RST) {
            return CLEAR;
        }
        if (beginsUnseen(c)) {
            return BEGINNING_UNSEEN;
        }
        return new Found(c.failed(TLS_CH_THEN_RST, Culprit.SERVER, Confidence.SEEN, "the server reset the connection "
                + Quantities.duration(c.ending().at().secondsSince(c.at(Step.CLIENT_HELLO)))
                + " after the ClientHello, without a ServerHello or an alert" + sameSender(c)));
    }

    private static String sameSender(Case c) {
        return c.ending().reset().filter(a -> a.score() == 0 && a.reset().habits().hopLimit() == a.reset().header().hopLimit())
                .map(a -> " (its TTL is the server's usual " + a.reset().header().hopLimit() + (a.reset().sequence().ahead() > 1
                        ? "; the " + Quantities.count(a.reset().sequence().ahead(), "byte")
                                + " before it, as many as an alert has, were lost"
                        : "") + ")")
                .orElse("");
    }

    private static Answer closedAtHello(Case c) {
        if (!helloWithoutAnswer(c) || !c.endedByServersWill() || c.ending().how() != Closing.FIN) {
            return CLEAR;
        }
        if (beginsUnseen(c)) {
            return BEGINNING_UNSEEN;
        }
        return new Found(c.failed(TLS_CH_THEN_FIN, Culprit.SERVER, Confidence.SEEN, "the server closed the connection "
                + Quantities.duration(c.ending().at().secondsSince(c.at(Step.CLIENT_HELLO)))
                + " after the ClientHello, without a ServerHello or an alert"));
    }

    private static Answer closedAfterKeyExchange(Case c) {
        boolean keyed = c.reached(Step.CLIENT_KEY_EXCHANGE) || c.reached(Step.CLIENT_FINISHED);
        // In TLS 1.3 nothing of the server's has to come behind the client's Finished; the client goes on at once, unless it cannot.
        boolean done = TlsAlertRules.mayRefuseLate(c) && c.attempt().furthest().orElseThrow() == Step.TLS_DONE && !c.withGateway()
                && !c.delivery(Side.CLIENT).answerLost();
        if (!inTls(c) && !done || !keyed || !c.endedByServersWill()) {
            return CLEAR;
        }
        if (keyUsedLate(c)) {
            return new Found(c.failed(TLS_AFTER_CKE_RST, Culprit.SERVER, Confidence.SEEN,
                    "the server gave up as soon as its private key was needed: it closed right after the client's key exchange"));
        }
        String suite = c.attempt().tls().cipher().map(chosen -> "; under " + chosen.name() + " its private key had worked before, to sign")
                .orElse("");
        return new Found(c.failed(TLS_AFTER_CKE_EPHEMERAL, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                "the server closed right after the client's"
                        + " key exchange and Finished, without an alert" + suite
                        + ": the Finished or its MAC did not verify (something changed the handshake"
                        + " on the way), a client certificate is wanted, or its TLS crashed"));
    }

    private static Answer flightBrokenOff(Case c) {
        if (!inTls(c) || c.attempt().phase().compareTo(Phase.TLS) > 0 || c.attempt().tls().serverRecords() == 0
                || c.reached(Step.CLIENT_KEY_EXCHANGE) || c.reached(Step.CLIENT_FINISHED)
                || !c.endedByServersWill() || c.ending().how() == Closing.ALERT && !c.attempt().tls().alerts().getFirst().encrypted()) {
            return CLEAR;
        }
        return new Found(c.failed(TLS_SERVER_FLIGHT_BROKEN_OFF, Culprit.SERVER, Confidence.SEEN,
                "the server closed in the middle of its own TLS handshake messages"));
    }

    /// The client went away when it had seen the certificate: at once (policy) or after a human pause (a dialog).
    private static Answer clientLeft(Case c) {
        boolean sealed = c.sealedFlightReceived();
        boolean shown = c.reached(Step.CERTIFICATE) || c.reached(Step.SERVER_FLIGHT) || c.reached(Step.TLS_DONE) || sealed;
        boolean nothingAfter = !c.reached(Step.TOKEN) && !c.reached(Step.CONNECT_INITIAL) && !c.reached(Step.RDSTLS_CAPABILITIES)
                && !c.reached(Step.AAD_NONCE);
        if (!shown || !nothingAfter || !c.ending().byClient() || c.attempt().tcp().oneDirection() || c.withGateway()
                || c.attempt().x224().request().isEmpty() && !c.attempt().midStart() || hasReadableAlert(c)) {
            return CLEAR;
        }
        if (c.server().loss().holeBytes() > 0 || c.attempt().tls().promisedBytes() > 0 || finishedUnanswered(c)) {
            return CLEAR;
        }
        if (sentMoreThanSeen(c)) {
            return new Unclear("more went both ways than a TLS handshake takes, in packets that the capture cuts short or lacks: a session"
                    + " may have been up");
        }
        Moment seen = c.reached(Step.TLS_DONE) ? c.at(Step.TLS_DONE) : c.reached(Step.SERVER_FLIGHT) ? c.at(Step.SERVER_FLIGHT)
                : sealed ? c.server().lastPayload() : c.at(Step.CERTIFICATE);
        double after = Math.max(0, c.ending().at().secondsSince(seen));
        String flaw = flaw(c);
        Optional<Signature> outOfDate = outOfDate(c);
        if (outOfDate.isPresent()) {
            return new Found(c.failed(outOfDate.get(), Culprit.CLIENT, Confidence.STRONGLY_SUGGESTED,
                    "the client left after it saw the server's certificate" + flaw).with(Phase.TLS).at(c.at(Step.CERTIFICATE)));
        }
        boolean dialog = after >= Limits.HUMAN_SECONDS;
        if (!dialog && c.selected().has(Protocols.RDSTLS)) {
            return new Found(c.failed(RDSTLS_CERT_MISMATCH, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                    "the client was sent here by a broker and left "
                            + Quantities.duration(after)
                            + " after the TLS handshake: this host's certificate is not the one that the broker"
                            + " announced")
                    .with(Phase.TLS).at(seen));
        }
        if (!dialog && c.ending().how() == Closing.ALERT && !c.client().fin().seen() && c.reached(Step.TLS_DONE)
                && c.selected().usesCredSsp()) {
            if (c.attempt().tcp().resets().stream().noneMatch(reset -> reset.from() == Side.CLIENT)) {
                return new Unclear("the capture ends after the client's TLS alert: how it closed is not in it");
            }
            return new Found(c.failed(CREDSSP_NO_CLIENT_TOKEN, Culprit.CLIENT, Confidence.STRONGLY_SUGGESTED,
                    "TLS completed, and the client left " + Quantities.duration(after)
                            + " later, before its logon began: it has no credentials that it may use here (no ticket, NTLM"
                            + " not allowed), or it did not accept the server's certificate" + flaw)
                    .with(Phase.TLS).at(seen, c.ending().at()));
        }
        // Programs that refuse a certificate say good-bye; one that has no credentials yet leaves to ask for them.
        boolean farewell = c.attempt().tls().alerts().stream().anyMatch(alert -> alert.from() == Side.CLIENT);
        if (!dialog && !farewell && c.reached(Step.TLS_DONE) && c.selected().usesCredSsp()) {
            if (c.attempt().tcp().cutPayload() > 0) {
                return new Unclear("whether the client sent an alert after TLS is in packets that are cut short");
            }
            return new Found(c.finding(CREDSSP_NO_CLIENT_TOKEN, Outcome.ABANDONED, Phase.CREDSSP, Culprit.CLIENT,
                    Confidence.STRONGLY_SUGGESTED,
                    "the client left " + Quantities.duration(after)
                            + " later, before its logon began, as it does to ask for a password, or about the"
                            + " server's certificate" + flaw)
                    .at(seen, c.ending().at()));
        }
        return new Found(c.finding(TLS_CLIENT_REJECTS_CERT, dialog ? Outcome.ABANDONED : Outcome.FAILED, Phase.TLS, Culprit.CLIENT,
                Confidence.STRONGLY_SUGGESTED, "the client left " + Quantities.duration(after)
                        + " after the TLS handshake without sending anything more: it did not accept the server's certificate" + flaw
                        + (dialog ? ", or somebody closed a dialog" : ""))
                .at(seen, c.ending().at()));
    }

    /// A snap length cuts packets, not the numbers in their headers: more went both ways than TLS and a farewell take.
    private static boolean sentMoreThanSeen(Case c) {
        boolean unread = c.attempt().tcp().cutPayload() > 0 || c.server().loss().unseenAcknowledged() > 0;
        return unread && c.client().payloadBytes() >= Limits.HANDSHAKE_TRAFFIC && c.server().payloadBytes() >= Limits.HANDSHAKE_TRAFFIC;
    }

    private static boolean hasReadableAlert(Case c) {
        return c.attempt().tls().alerts().stream().anyMatch(a -> !a.encrypted() && a.level() == Alert.FATAL);
    }

    private static Answer flightStalls(Case c) {
        if (!inTls(c) || c.ending().byServer() || c.ending().byDevice()) {
            return CLEAR;
        }
        TlsFacts tls = c.attempt().tls();
        boolean begun = tls.serverRecords() > 0 || tls.promisedBytes() > 0 || c.server().loss().holeBytes() > 0;
        boolean complete = c.reached(Step.SERVER_FLIGHT) && !tls.serverHello().map(h -> h.version().is13()).orElse(false)
                || c.sealedFlightReceived();
        if (!begun || complete || c.reached(Step.CLIENT_FINISHED)) {
            return CLEAR;
        }
        if (c.cutOff()) {
            return new Unclear("the capture ends within the server's TLS flight");
        }
        if (c.waited(c.server().lastPayload()) < (c.server().loss().holeBytes() == 0 ? Limits.PATIENCE_SECONDS : Limits.HOLE_SECONDS)) {
            return CLEAR;
        }
        // Every TCP repeats the earliest that is not acknowledged (RFC 6298 5.4), well before this long, and often nothing else.
        if (c.server().loss().unacknowledged().stream().filter(s -> !s.syn()).findFirst()
                .filter(s -> s.transmissions() == 1 && c.waited(s.last()) >= Limits.PATIENCE_SECONDS).isPresent()) {
            return new Unclear("what the server sent is neither acknowledged nor sent again: the capture lacks packets");
        }
        String how = tls.promisedBytes() > 0 ? tls.deliveredBytes() + " of " + tls.promisedBytes() + " bytes of a record came"
                : c.server().loss().holeBytes() > 0 ? c.server().loss().holeBytes() + " bytes are missing in the middle" : "it stops after "
                        + Quantities.count(tls.serverRecords(), "record");
        return new Found(c.failed(TLS_SERVER_FLIGHT_STALL, Culprit.PATH, Confidence.STRONGLY_SUGGESTED,
                "the server's TLS messages do not arrive completely: " + how));
    }

    /// The client sent its Finished, has waited long for the server's, and TLS before 1.3 cannot go on without it.
    private static boolean finishedUnanswered(Case c) {
        boolean early = c.attempt().tls().serverHello().map(hello -> !hello.version().is13()).orElse(false);
        return early && inTls(c) && c.reached(Step.CLIENT_FINISHED) && !c.ending().byServer() && !c.ending().byDevice()
                && c.delivery(Side.CLIENT).acknowledged() && c.waited(c.client().lastPayload()) >= Limits.PATIENCE_SECONDS;
    }

    private static Answer serverFinishedMissing(Case c) {
        if (!finishedUnanswered(c)) {
            return CLEAR;
        }
        if (c.keepAliveUnanswered() || c.farewellUnanswered()) {
            return new Unclear("a keep-alive or the client's FIN is still unanswered: the path may be dead");
        }
        return new Found(c.failed(SERVER_SLOW_PHASE, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                "the server received the client's key exchange (its TCP acknowledged it) and did not finish the TLS handshake within "
                        + Quantities.duration(c.waited(c.client().lastPayload())))
                .at(c.at(Step.CLIENT_FINISHED)));
    }

    private static Answer helloUnanswered(Case c) {
        if (!helloWithoutAnswer(c) || c.ending().byServer() || c.ending().byDevice()) {
            return CLEAR;
        }
        double waited = c.waited(c.at(Step.CLIENT_HELLO));
        // A client that says good-bye in the clear was told to give up, by somebody who had waited long enough.
        boolean cancelled = c.ending().byClient() && c.ending().how() == Closing.PDU && waited >= Limits.HUMAN_SECONDS;
        if (waited < Limits.PATIENCE_SECONDS && !c.retriedInVain() && !cancelled) {
            return c.ending().nobody() ? new Unclear("the capture ends " + Quantities.duration(waited) + " after the ClientHello") : CLEAR;
        }
        if (c.keepAliveUnanswered() && c.server().loss().announcedBytes() == 0) {
            return new Unclear("a keep-alive is still unanswered: the path may be dead");
        }
        boolean arrived = c.delivery(Side.CLIENT).acknowledged();
        boolean lostOnTheWay = c.server().loss().announcedBytes() > 0;
        if (!arrived && !lostOnTheWay && c.delivery(Side.CLIENT).lost().isEmpty()) {
            return new Unclear("the ClientHello was neither acknowledged nor sent again: what became of it is not in the capture");
        }
        return new Found(c.failed(TLS_CH_NO_ANSWER, arrived && !lostOnTheWay ? Culprit.SERVER : Culprit.PATH, Confidence.STRONGLY_SUGGESTED,
                (lostOnTheWay ? "the server answered the ClientHello with " + Quantities.count(c.server().loss().announcedBytes(), "byte")
                        + " (its sequence numbers say so), which never arrived"
                        : arrived ? "the server's TCP took the ClientHello, and the server did not answer it within "
                                + Quantities.duration(waited)
                        : "the client's ClientHello never arrived: nothing acknowledged it")
                        + (cancelled ? "; then the client gave up" : ""))
                .closed(Culprit.NOBODY, Closing.SILENCE));
    }

    /// The server took the ClientHello of another connection and not this one: what only this one offers may be what it cannot do.
    static Answer offer(Aside a) {
        Case c = a.c();
        Optional<ClientHello> mine = c.attempt().tls().clientHello();
        Optional<Welcome> taken = c.surroundings().neighbours().welcome(c.attempt());
        boolean atHello = a.verdict().phase() == Phase.TLS && a.verdict().outcome() == Outcome.FAILED && !c.reached(Step.SERVER_HELLO);
        List<String> more = atHello && mine.isPresent() && taken.isPresent() ? mine.get().beyond(taken.get().offered()) : List.of();
        return more.isEmpty() ? CLEAR : noted(TLS_OFFER_DIFFERS, "the server took the ClientHello of "
                + Identity.HOST.of(taken.get().client())
                + "; what only this one offers, and may be what the server or a device on the way does not bear: "
                + String.join("; ", more), c.at(Step.CLIENT_HELLO));
    }
}
