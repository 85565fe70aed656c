package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.diagnosis.Answer.CLEAR;
import static dev.rdptrace.diagnosis.Rule.rule;
import static dev.rdptrace.diagnosis.Signature.anyPhase;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.OpeningRules.SCAN_NEG_PROBE;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Answer.Found;
import dev.rdptrace.diagnosis.Answer.Unclear;
import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.Closing;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Limits;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.diagnosis.Rule;
import dev.rdptrace.diagnosis.Rule.Weight;
import dev.rdptrace.diagnosis.Scanners;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.x224.FailureCode;
import dev.rdptrace.wire.x224.NegotiationFlags;
import dev.rdptrace.wire.x224.Protocols;
import dev.rdptrace.wire.x224.Tpdu;
import java.util.List;
import java.util.Optional;

/// From the Connection Request to the choice of security: [MS-RDPBCGR] 2.2.1.1 and 2.2.1.2.
public final class NegotiationRules {
    public static final Signature X224_NEG_FAILURE_1_SSL_REQUIRED =
            signature("x224-neg-failure-1-ssl-required", in(Phase.X224), by(Culprit.CLIENT, Culprit.SERVER));
    public static final Signature X224_NEG_FAILURE_2_SSL_NOT_ALLOWED =
            signature("x224-neg-failure-2-ssl-not-allowed", in(Phase.X224), by(Culprit.SERVER));
    public static final Signature X224_NEG_FAILURE_3_NO_CERT = signature("x224-neg-failure-3-no-cert", in(Phase.X224), by(Culprit.SERVER));
    public static final Signature X224_NEG_FAILURE_4_INCONSISTENT =
            signature("x224-neg-failure-4-inconsistent", in(Phase.X224), by(Culprit.CLIENT));
    public static final Signature X224_NEG_FAILURE_5_NLA_REQUIRED =
            signature("x224-neg-failure-5-nla-required", in(Phase.X224), by(Culprit.CLIENT));
    public static final Signature X224_NEG_FAILURE_6_CLIENT_CERT =
            signature("x224-neg-failure-6-client-cert", in(Phase.X224), by(Culprit.CLIENT));
    public static final Signature X224_NEG_FAILURE_OTHER = signature("x224-neg-failure-other", in(Phase.X224), by(Culprit.SERVER));
    public static final Signature X224_DR = signature("x224-dr", in(Phase.X224), by(Culprit.SERVER));
    public static final Signature X224_ER = signature("x224-er", in(Phase.X224), by(Culprit.CLIENT));
    public static final Signature X224_CC_SELECTS_UNOFFERED = signature("x224-cc-selects-unoffered", in(Phase.X224), by(Culprit.SERVER));
    public static final Signature X224_CC_DOWNGRADE_TO_RDP = signature("x224-cc-downgrade-to-rdp", in(Phase.X224), by(Culprit.SERVER));
    public static final Signature RESTRICTED_ADMIN_UNSUPPORTED =
            signature("restricted-admin-unsupported", in(Phase.X224), by(Culprit.SERVER));
    public static final Signature REMOTE_GUARD_UNSUPPORTED = signature("remote-guard-unsupported", in(Phase.X224), by(Culprit.SERVER));
    public static final Signature X224_CC_WITHOUT_NEGDATA = signature("x224-cc-without-negdata", in(Phase.X224), by(Culprit.SERVER));
    public static final Signature TPKT_LENGTH_MISMATCH =
            signature("tpkt-length-mismatch", anyPhase(), by(Culprit.SERVER, Culprit.CLIENT, Culprit.PATH));
    public static final Signature TPKT_DESYNC = signature("tpkt-desync", anyPhase(), by(Culprit.UNKNOWN, Culprit.PATH));
    public static final Signature ROUTING_TOKEN_REJECTED = signature("routing-token-rejected", in(Phase.X224), by(Culprit.SERVER));
    public static final Signature X224_CR_THEN_RST = signature("x224-cr-then-rst", in(Phase.X224), by(Culprit.SERVER));
    public static final Signature X224_CR_THEN_FIN = signature("x224-cr-then-fin", in(Phase.X224), by(Culprit.SERVER));
    public static final Signature X224_NO_CC_TIMEOUT = signature("x224-no-cc-timeout", in(Phase.X224), by(Culprit.SERVER));
    public static final Signature X224_CLIENT_CLOSE_BEFORE_CC = signature("x224-client-close-before-cc", in(Phase.X224),
            by(Culprit.CLIENT));
    public static final Signature X224_SERVER_CLOSE_AFTER_CC = signature("x224-server-close-after-cc", in(Phase.X224), by(Culprit.SERVER));
    public static final Signature X224_CLIENT_SILENT_AFTER_CC = signature("x224-client-silent-after-cc", in(Phase.X224),
            by(Culprit.CLIENT));
    public static final Signature X224_CLIENT_CLOSE_AFTER_CC = signature("x224-client-close-after-cc", in(Phase.X224), by(Culprit.CLIENT));
    public static final Signature X224_CC_DOWNGRADE_TO_TLS = signature("x224-cc-downgrade-to-tls", in(Phase.X224), by(Culprit.SERVER));
    public static final Signature X224_HALF_REQUEST = signature("x224-half-request", in(Phase.X224), by(Culprit.CLIENT));

    static List<Rule<Case>> all() {
        return List.of(
                rule(Weight.MESSAGE, NegotiationRules::failureCode, X224_NEG_FAILURE_1_SSL_REQUIRED, X224_NEG_FAILURE_2_SSL_NOT_ALLOWED,
                        X224_NEG_FAILURE_3_NO_CERT, X224_NEG_FAILURE_4_INCONSISTENT, X224_NEG_FAILURE_5_NLA_REQUIRED,
                        X224_NEG_FAILURE_6_CLIENT_CERT, X224_NEG_FAILURE_OTHER),
                rule(Weight.MESSAGE, NegotiationRules::disconnectRequest, X224_DR),
                rule(Weight.MESSAGE, NegotiationRules::error, X224_ER),
                rule(Weight.MESSAGE, NegotiationRules::unoffered, X224_CC_SELECTS_UNOFFERED, X224_CC_DOWNGRADE_TO_RDP),
                rule(Weight.SHAPE, NegotiationRules::restrictedAdmin, RESTRICTED_ADMIN_UNSUPPORTED)
                        .outranking(X224_CLIENT_CLOSE_AFTER_CC, X224_CR_THEN_RST, X224_CR_THEN_FIN),
                rule(Weight.SHAPE, NegotiationRules::remoteGuard, REMOTE_GUARD_UNSUPPORTED)
                        .outranking(X224_CLIENT_CLOSE_AFTER_CC, X224_CR_THEN_RST, X224_CR_THEN_FIN),
                rule(Weight.SHAPE, NegotiationRules::withoutNegotiation, X224_CC_WITHOUT_NEGDATA).outranking(X224_CLIENT_CLOSE_AFTER_CC),
                rule(Weight.SHAPE, NegotiationRules::halfMessage, TPKT_LENGTH_MISMATCH),
                rule(Weight.SHAPE, NegotiationRules::turnsIntoSomethingElse, TPKT_DESYNC),
                rule(Weight.SHAPE, NegotiationRules::tokenRejected, ROUTING_TOKEN_REJECTED).outranking(X224_CR_THEN_RST),
                rule(Weight.SHAPE, NegotiationRules::resetAfterRequest, X224_CR_THEN_RST),
                rule(Weight.SHAPE, NegotiationRules::closedAfterRequest, X224_CR_THEN_FIN),
                rule(Weight.SHAPE, NegotiationRules::closedByTimer, X224_NO_CC_TIMEOUT),
                rule(Weight.SHAPE, NegotiationRules::clientLeftBeforeConfirm, X224_CLIENT_CLOSE_BEFORE_CC),
                rule(Weight.SHAPE, NegotiationRules::serverLeftAfterConfirm, X224_SERVER_CLOSE_AFTER_CC, X224_CLIENT_SILENT_AFTER_CC),
                rule(Weight.SHAPE, NegotiationRules::clientLeftAfterConfirm, X224_CLIENT_CLOSE_AFTER_CC, X224_CC_DOWNGRADE_TO_TLS,
                        SCAN_NEG_PROBE),
                rule(Weight.ABSENCE, NegotiationRules::clientSilentAfterConfirm, X224_CLIENT_SILENT_AFTER_CC),
                rule(Weight.ABSENCE, NegotiationRules::halfRequest, X224_HALF_REQUEST));
    }

    /// In fewer round trips an answer may still be on its way.
    private static final int LONG_WAIT_ROUND_TRIPS = 4;

    private NegotiationRules() {}

    private static Answer failureCode(Case c) {
        if (c.failure().isEmpty()) {
            return CLEAR;
        }
        FailureCode code = c.failure().get();
        Signature signature = switch (code.code()) {
            case FailureCode.SSL_REQUIRED_BY_SERVER -> X224_NEG_FAILURE_1_SSL_REQUIRED;
            case FailureCode.SSL_NOT_ALLOWED_BY_SERVER -> X224_NEG_FAILURE_2_SSL_NOT_ALLOWED;
            case FailureCode.SSL_CERT_NOT_ON_SERVER -> X224_NEG_FAILURE_3_NO_CERT;
            case FailureCode.INCONSISTENT_FLAGS -> X224_NEG_FAILURE_4_INCONSISTENT;
            case FailureCode.HYBRID_REQUIRED_BY_SERVER -> X224_NEG_FAILURE_5_NLA_REQUIRED;
            case FailureCode.SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER -> X224_NEG_FAILURE_6_CLIENT_CERT;
            default -> X224_NEG_FAILURE_OTHER;
        };
        // A code that no specification knows blames nobody but the one who invented it, and its reason is not told.
        boolean serversOwn = code.code() == FailureCode.SSL_CERT_NOT_ON_SERVER || code.code() == FailureCode.SSL_NOT_ALLOWED_BY_SERVER
                || !code.known();
        return new Found(c.finding(signature, Outcome.FAILED, Phase.X224, serversOwn ? Culprit.SERVER : Culprit.CLIENT,
                code.known() ? Confidence.SEEN : Confidence.STRONGLY_SUGGESTED,
                (code.known() ? code.meaning() + " (negotiation failure " + code.number() + ")"
                        : "the server refused the negotiation with code " + code.number() + ": " + code.meaning())
                        + "; the client asked for " + c.requested())
                .closed(Culprit.SERVER, Closing.PDU)
                .at(c.at(Step.REQUEST), c.at(Step.CONFIRM)));
    }

    private static Answer disconnectRequest(Case c) {
        if (!(c.attempt().x224().other().orElse(null) instanceof Tpdu.DisconnectRequest dr) || c.attempt().sessionUp()) {
            return CLEAR;
        }
        return new Found(c.failed(X224_DR, Culprit.SERVER, Confidence.SEEN, "the server sent an X.224 Disconnect Request: "
                + dr.reasonName()));
    }

    private static Answer error(Case c) {
        if (!(c.attempt().x224().other().orElse(null) instanceof Tpdu.ErrorTpdu er) || c.attempt().sessionUp()) {
            return CLEAR;
        }
        return new Found(c.failed(X224_ER, Culprit.CLIENT, Confidence.SEEN, "the server rejected the request as malformed: "
                + er.causeName()));
    }

    private static Answer unoffered(Case c) {
        if (c.response().isEmpty() || c.attempt().x224().request().isEmpty() || !clientLeft(c)) {
            return CLEAR;
        }
        Protocols selected = c.selected();
        Protocols requested = c.requested();
        if (selected.isStandard() && requested.usesTls()) {
            return new Found(c.failed(X224_CC_DOWNGRADE_TO_RDP, Culprit.SERVER, Confidence.SEEN,
                    "the server chose Standard RDP Security although the client asked for " + requested + ", and the client left")
                    .with(Phase.X224).at(c.at(Step.REQUEST), c.at(Step.CONFIRM)));
        }
        if (!selected.isStandard() && !requested.has(selected.bits())) {
            return new Found(c.failed(X224_CC_SELECTS_UNOFFERED, Culprit.SERVER, Confidence.SEEN,
                    "the server chose " + selected + ", which the client did not offer (" + requested + ")").with(Phase.X224)
                    .at(c.at(Step.REQUEST), c.at(Step.CONFIRM)));
        }
        return CLEAR;
    }

    private static boolean clientLeft(Case c) {
        return c.reached(Step.CONFIRM) && c.failure().isEmpty() && !c.reached(Step.CLIENT_HELLO) && !c.reached(Step.CONNECT_INITIAL)
                && c.ending().byClient() && !c.client().lastPayload().isAfter(c.at(Step.CONFIRM)) && c.attempt().x224().request()
                        .isPresent();
    }

    private static Answer restrictedAdmin(Case c) {
        boolean wanted = c.attempt().x224().request().flatMap(Tpdu.ConnectionRequest::negotiation)
                .map(n -> n.flags().wantsRestrictedAdmin()).orElse(false);
        boolean given = c.response().map(r -> (r.flags().bits() & NegotiationFlags.Response.RESTRICTED_ADMIN_MODE_SUPPORTED) != 0)
                .orElse(false);
        return wanted && !given && clientLeft(c)
                ? new Found(c.failed(RESTRICTED_ADMIN_UNSUPPORTED, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                        "the client requires Restricted Admin mode, the server does not offer it"))
                : CLEAR;
    }

    private static Answer remoteGuard(Case c) {
        boolean wanted = c.attempt().x224().request().flatMap(Tpdu.ConnectionRequest::negotiation)
                .map(n -> n.flags().wantsRedirectedAuthentication()).orElse(false);
        boolean given = c.response().map(r -> (r.flags().bits() & NegotiationFlags.Response.REDIRECTED_AUTHENTICATION_MODE_SUPPORTED) != 0)
                .orElse(false);
        return wanted && !given && clientLeft(c)
                ? new Found(c.failed(REMOTE_GUARD_UNSUPPORTED, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                        "the client requires Remote Credential Guard, the server does not offer it"))
                : CLEAR;
    }

    private static Answer withoutNegotiation(Case c) {
        boolean none = c.attempt().x224().confirm().map(cc -> cc.reply() instanceof Tpdu.NegotiationReply.None).orElse(false);
        if (!none || !c.requested().usesTls() || !clientLeft(c)) {
            return CLEAR;
        }
        return new Found(c.failed(X224_CC_WITHOUT_NEGDATA, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                "the server does not negotiate at all, which means Standard RDP Security, and the client (asking for " + c.requested()
                        + ") left"));
    }

    private static Answer halfMessage(Case c) {
        if (!c.reached(Step.REQUEST) || c.reached(Step.CONFIRM) || c.attempt().unread().ofServer() == 0 || c.attempt().unread().server()
                .isPresent() || c.attempt().tcp().oneDirection()) {
            return CLEAR;
        }
        if (c.server().loss().holeBytes() > 0 || c.cutOff()) {
            return new Unclear("part of the server's answer is missing from the capture");
        }
        return new Found(c.failed(TPKT_LENGTH_MISMATCH, Culprit.SERVER, Confidence.SEEN,
                "the server's answer breaks off in the middle: " + Quantities.count(c.attempt().unread().ofServer(), "byte")
                        + " of a Connection Confirm came")
                .with(Phase.X224));
    }

    private static boolean requestWithoutConfirm(Case c) {
        return c.reached(Step.REQUEST) && !c.reached(Step.CONFIRM) && !c.serverSpoke() && c.attempt().x224().other().isEmpty()
                && !c.attempt().tcp().oneDirection() && !c.delivery(Side.SERVER).answerLost();
    }

    /// Good messages, then bytes that are no RDP, before TLS or where there is none.
    private static Answer turnsIntoSomethingElse(Case c) {
        String broken = c.attempt().tls().broken();
        if (broken.isEmpty() || c.attempt().sessionUp() || c.reached(Step.CLIENT_HELLO) || !c.reached(Step.CONFIRM) || c.attempt()
                .midStart() || c.failure().isPresent() || c.selected().usesTls() && c.attempt().tls().brokenFrom() == Side.CLIENT) {
            return CLEAR; // an old client may begin TLS with the ClientHello of SSL 2
        }
        if (c.client().loss().unseenAcknowledged() + c.server().loss().unseenAcknowledged() > 0 || c.attempt().tcp().cutPayload() > 0
                || c.attempt().tcp().oneDirection()) {
            return new Unclear("the messages turn into something else, but the capture lacks bytes");
        }
        return new Found(c.failed(TPKT_DESYNC, Culprit.UNKNOWN, Confidence.STRONGLY_SUGGESTED, "after good messages the stream from the "
                + c.attempt().tls().brokenFrom() + "'s address turns into something that is not RDP: " + broken));
    }

    /// The server answers others, and closes on every word of the one who brings a token.
    private static Answer tokenRejected(Case c) {
        boolean token = c.attempt().x224().request().map(Tpdu.ConnectionRequest::carriesToken).orElse(false);
        if (!token || !requestWithoutConfirm(c) || !c.endedByServersWill()) {
            return CLEAR;
        }
        Moment without = c.surroundings().neighbours().answeredWithoutToken(c.attempt());
        if (!without.seen()) {
            return new Unclear("no answered request without a routing token is in the capture to compare with");
        }
        return new Found(c.failed(ROUTING_TOKEN_REJECTED, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                "the server closed on a request with a"
                        + " routing token (" + Identity.COOKIE.of(c.attempt().x224().request().orElseThrow().routing().getFirst().text())
                        + ") and answered another one without: the token is"
                        + " not understood, or the host it names is gone")
                .at(c.at(Step.REQUEST), without));
    }

    private static String token(Case c) {
        boolean token = c.attempt().x224().request().map(Tpdu.ConnectionRequest::carriesToken).orElse(false);
        return token ? "; the request carries a routing token, which a load balancer may not accept" : "";
    }

    /// What the request demands beyond what every server knows, the likely reason of a refusal without a word: [MS-RDPBCGR] 2.2.1.1.1.
    private static String insisted(Case c) {
        Optional<NegotiationFlags.Request> flags = c.attempt().x224().request().flatMap(Tpdu.ConnectionRequest::negotiation)
                .map(n -> n.flags());
        boolean admin = flags.map(NegotiationFlags.Request::wantsRestrictedAdmin).orElse(false);
        boolean guard = flags.map(NegotiationFlags.Request::wantsRedirectedAuthentication).orElse(false);
        if (admin || guard) {
            return "; the request insists on " + (admin ? "Restricted Admin mode" : "") + (admin && guard ? " and " : "")
                    + (guard ? "Remote Credential Guard" : "") + ", which this server may not know: try without";
        }
        boolean nlaOnly = c.requested().usesCredSsp() && !c.requested().has(Protocols.SSL);
        return nlaOnly ? "; only NLA was offered: try with TLS (SSL) offered beside it" : "";
    }

    private static Answer resetAfterRequest(Case c) {
        if (!requestWithoutConfirm(c) || !c.endedByServersWill() || c.ending().how() != Closing.RST) {
            return CLEAR;
        }
        return new Found(c.failed(X224_CR_THEN_RST, Culprit.SERVER, Confidence.SEEN, "the server reset the connection "
                + Quantities.duration(c.ending().at().secondsSince(c.at(Step.REQUEST))) + " after the RDP request, without an answer"
                + token(c) + insisted(c)));
    }

    private static Answer closedAfterRequest(Case c) {
        if (!requestWithoutConfirm(c) || !c.endedByServersWill() || c.ending().how() != Closing.FIN
                || c.waited(c.at(Step.REQUEST)) >= Limits.SERVER_TIMER_SECONDS) {
            return CLEAR;
        }
        return new Found(c.failed(X224_CR_THEN_FIN, Culprit.SERVER, Confidence.SEEN, "the server closed the connection "
                + Quantities.duration(c.ending().at().secondsSince(c.at(Step.REQUEST)))
                + " after the RDP request, without an answer" + (insisted(c).isEmpty() ? ", as a proxy without a working backend does" : "")
                + token(c) + insisted(c)));
    }

    private static Answer closedByTimer(Case c) {
        if (!requestWithoutConfirm(c) || !c.endedByServersWill() || c.waited(c.at(Step.REQUEST)) < Limits.SERVER_TIMER_SECONDS) {
            return CLEAR;
        }
        return new Found(c.failed(X224_NO_CC_TIMEOUT, Culprit.SERVER, Confidence.SEEN, "the server took the RDP request, said nothing for "
                + Quantities.duration(c.waited(c.at(Step.REQUEST))) + " and closed"));
    }

    private static Answer clientLeftBeforeConfirm(Case c) {
        if (!requestWithoutConfirm(c) || !c.ending().byClient() || c.waited(c.at(Step.REQUEST)) >= Limits.PATIENCE_SECONDS) {
            return CLEAR;
        }
        double waited = c.waited(c.at(Step.REQUEST));
        String left = "the client sent its request and left after " + Quantities.duration(waited);
        Finding before = c.finding(X224_CLIENT_CLOSE_BEFORE_CC, Outcome.PROBE, Phase.X224, Culprit.CLIENT, Confidence.STRONGLY_SUGGESTED,
                left + " without waiting for the answer: a probe, not a user").at(c.at(Step.REQUEST), c.ending().at());
        if (waited < Limits.HUMAN_SECONDS || waited < LONG_WAIT_ROUND_TRIPS * c.attempt().tcp().rttNanos() / 1e9) {
            return new Found(before);
        }
        if (!ofUser(c)) {
            return new Found(before.with(Outcome.ABANDONED).saying(left
                    + ", in which the server had not answered: somebody who cancelled, or a"
                    + " program with a short limit"));
        }
        return new Found(before.with(Outcome.FAILED).blaming(c.delivery(Side.CLIENT).acknowledged() ? Culprit.SERVER : Culprit.UNKNOWN)
                .saying(left + ", in which the server " + (c.delivery(Side.CLIENT).acknowledged() ? "had taken it and not answered"
                        : "had not answered") + ": somebody cancelled before a server that hangs"));
    }

    /// [MS-RDPBCGR] 2.2.1.1: a client brings a cookie or a token or neither. With a token comes a broker's client; with a name
    /// everybody who is not a scanner that is known by the name it gives.
    private static boolean ofUser(Case c) {
        return c.attempt().x224().request().map(cr -> cr.carriesToken() || !cr.cookieName().isEmpty()
                && !Scanners.isName(cr.cookieName())).orElse(false);
    }

    private static Answer serverLeftAfterConfirm(Case c) {
        if (!c.reached(Step.CONFIRM) || c.failure().isPresent() || c.reached(Step.CLIENT_HELLO) || c.reached(Step.CONNECT_INITIAL)
                || !c.ending().byServer() || c.attempt().tcp().oneDirection() || wentOn(c)) {
            return CLEAR;
        }
        double after = c.ending().at().secondsSince(c.at(Step.CONFIRM));
        if (c.clientOwedFor() > 0 && c.delivery(Side.SERVER).acknowledged()) {
            return new Found(c.finding(X224_CLIENT_SILENT_AFTER_CC, Outcome.ABANDONED, Phase.X224, Culprit.CLIENT,
                    Confidence.STRONGLY_SUGGESTED,
                    "the client never went on after the Connection Confirm; the server closed after " + Quantities.duration(after))
                    .at(c.at(Step.CONFIRM), c.ending().at()));
        }
        if (!c.endedByServersWill()) {
            return CLEAR;
        }
        boolean lastPacket = c.ending().how() == Closing.FIN && !c.client().last().isAfter(c.ending().at());
        if (c.client().loss().announcedBytes() > 0 && c.crossed().isEmpty() || lastPacket) {
            return new Unclear("the client may have gone on, but what it sent is not in the capture");
        }
        if (!c.reached(Step.REQUEST)) {
            return new Unclear("what the client sent before the Connection Confirm is not in the capture; it may have closed first");
        }
        return new Found(c.failed(X224_SERVER_CLOSE_AFTER_CC, Culprit.SERVER, Confidence.SEEN,
                "the server answered the negotiation (" + c.selected() + ") and closed " + Quantities.duration(after) + " later, before "
                        + (c.selected().usesTls() ? "any ClientHello" : "the client went on")));
    }

    /// The client said something after the Connection Confirm, and whoever ended the connection had received it.
    private static boolean wentOn(Case c) {
        return c.client().lastPayload().isAfter(c.at(Step.CONFIRM)) && c.crossed().isEmpty();
    }

    private static Answer clientLeftAfterConfirm(Case c) {
        if (!clientLeft(c) || c.attempt().tcp().oneDirection()) {
            return CLEAR;
        }
        double after = c.ending().at().secondsSince(c.at(Step.CONFIRM));
        boolean atOnce = after < Limits.HUMAN_SECONDS;
        if (ofUser(c) && atOnce && c.requested().usesCredSsp() && c.selected().usesTls() && !c.selected().usesCredSsp()) {
            return new Found(c.failed(X224_CC_DOWNGRADE_TO_TLS, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                    "the server chose TLS without Network Level Authentication although the client offered it (" + c.requested()
                            + "), and the client left: it insists on NLA")
                    .with(Phase.X224).at(c.at(Step.CONFIRM)));
        }
        boolean probe = atOnce && !ofUser(c);
        return new Found(c.finding(probe ? SCAN_NEG_PROBE : X224_CLIENT_CLOSE_AFTER_CC, probe ? Outcome.PROBE : Outcome.ABANDONED,
                Phase.X224,
                Culprit.CLIENT, Confidence.STRONGLY_SUGGESTED, "the server chose " + c.selected() + " and the client left "
                        + Quantities.duration(after)
                        + " later without going on" + (!atOnce && c.selected().usesCredSsp()
                                ? ": here a client asks its user for credentials, and that question was cancelled" : ""))
                .at(c.at(Step.CONFIRM), c.ending().at()));
    }

    private static Answer clientSilentAfterConfirm(Case c) {
        if (!c.reached(Step.CONFIRM) || c.failure().isPresent() || c.reached(Step.CLIENT_HELLO) || c.reached(Step.CONNECT_INITIAL)
                || !c.ending().nobody() || c.attempt().tcp().oneDirection() || c.client().payloadBytes() == 0
                || c.client().lastPayload().isAfter(c.at(Step.CONFIRM))) {
            return CLEAR;
        }
        if (c.waited(c.at(Step.CONFIRM)) < Limits.PATIENCE_SECONDS || !c.delivery(Side.SERVER).acknowledged()) {
            return new Unclear("nothing after the Connection Confirm is captured");
        }
        if (c.delivery(Side.CLIENT).answerLost()) {
            return new Unclear("the client went on: its sequence numbers tell of more behind the request that is not in the capture");
        }
        return new Found(c.finding(X224_CLIENT_SILENT_AFTER_CC, Outcome.ABANDONED, Phase.X224, Culprit.CLIENT,
                Confidence.STRONGLY_SUGGESTED,
                "the client has not gone on for " + Quantities.duration(c.waited(c.at(Step.CONFIRM))) + " after the Connection Confirm")
                .at(c.at(Step.CONFIRM)));
    }

    private static Answer halfRequest(Case c) {
        if (c.reached(Step.REQUEST) || c.attempt().unread().ofClient() == 0 || c.attempt().unread().client().isPresent() || c.attempt()
                .midStart() || c.attempt().tcp().oneDirection() || c.client().loss().holeBytes() > 0) {
            return CLEAR;
        }
        if (c.cutOff()) {
            return new Unclear("the capture ends in the middle of the request");
        }
        return new Found(c.finding(X224_HALF_REQUEST, Outcome.PROBE, Phase.X224, Culprit.CLIENT, Confidence.SEEN,
                "the client sent only " + Quantities.count(c.attempt().unread().ofClient(), "byte") + " of a Connection Request")
                .at(c.client().lastPayload()));
    }
}
