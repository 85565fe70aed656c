package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.bytes.Identity.EXCERPT;
import static dev.rdptrace.diagnosis.Answer.CLEAR;
import static dev.rdptrace.diagnosis.Rule.rule;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_CLIENT_CLOSE_AT_CHALLENGE;
import static dev.rdptrace.diagnosis.rules.TlsRules.TLS_CH_ANSWERED_WITH_TPKT;
import static dev.rdptrace.diagnosis.rules.TurnRules.CLIENT_LEFT_IN_TLS;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Answer.Found;
import dev.rdptrace.diagnosis.Answer.Unclear;
import dev.rdptrace.diagnosis.Attribution;
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
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.Happening.ProxyAnswer;
import dev.rdptrace.timeline.Happening.ProxyRequest;
import dev.rdptrace.timeline.HopLimits;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.x224.FirstBytes;
import dev.rdptrace.wire.x224.Preconnection;
import dev.rdptrace.wire.x224.Tpdu;
import java.util.List;
import java.util.Optional;

/// Who is speaking at all: other protocols where RDP is expected, and connections that never meant to be RDP.
public final class OpeningRules {
    public static final Signature WRONG_PROTOCOL_SERVER =
            signature("wrong-protocol-server", in(Phase.X224, Phase.TLS, Phase.GATEWAY), by(Culprit.SERVER));
    public static final Signature PROXY_REFUSED = signature("proxy-refused", in(Phase.TCP), by(Culprit.PATH, Culprit.GATEWAY));
    public static final Signature RDG_407 = signature("rdg-407", in(Phase.GATEWAY), by(Culprit.PATH));
    public static final Signature PROXY_PROTOCOL_HEADER = signature("proxy-protocol-header", in(Phase.X224),
            by(Culprit.PATH, Culprit.GATEWAY));
    public static final Signature HEALTH_CHECK_TCP = signature("health-check-tcp", in(Phase.TCP), by(Culprit.NONE));
    public static final Signature PRECONNECTION_REFUSED = signature("preconnection-refused", in(Phase.X224), by(Culprit.SERVER));
    public static final Signature WRONG_PROTOCOL_CLIENT = signature("wrong-protocol-client", in(Phase.X224), by(Culprit.CLIENT));
    public static final Signature NON_RDP_TRAFFIC_3389 = signature("non-rdp-traffic-3389", in(Phase.X224), by(Culprit.NONE));
    public static final Signature SCAN_NEG_PROBE = signature("scan-neg-probe", in(Phase.X224, Phase.TLS, Phase.CREDSSP, Phase.MCS),
            by(Culprit.NONE));
    public static final Signature TLS_CLIENT_REJECTS_CERT =
            signature("tls-client-rejects-cert", in(Phase.TLS, Phase.GATEWAY), by(Culprit.CLIENT));

    static List<Rule<Case>> all() {
        return List.of(
                rule(Weight.MESSAGE, OpeningRules::wrongServer, WRONG_PROTOCOL_SERVER),
                rule(Weight.MESSAGE, OpeningRules::clearTextForTls, WRONG_PROTOCOL_SERVER),
                rule(Weight.MESSAGE, OpeningRules::proxyRefused, PROXY_REFUSED, RDG_407),
                rule(Weight.MESSAGE, OpeningRules::proxyHeader, PROXY_PROTOCOL_HEADER, HEALTH_CHECK_TCP),
                rule(Weight.SHAPE, OpeningRules::preconnectionRefused, PRECONNECTION_REFUSED),
                rule(Weight.MESSAGE, OpeningRules::wrongClient, WRONG_PROTOCOL_CLIENT).outranking(TLS_CH_ANSWERED_WITH_TPKT),
                rule(Weight.MESSAGE, OpeningRules::otherTraffic, NON_RDP_TRAFFIC_3389, WRONG_PROTOCOL_SERVER),
                rule(Weight.SHAPE, OpeningRules::connectOnly, HEALTH_CHECK_TCP, SCAN_NEG_PROBE),
                rule(Weight.SHAPE, OpeningRules::certificateOnly, SCAN_NEG_PROBE, TLS_CLIENT_REJECTS_CERT)
                        .outranking(TLS_CLIENT_REJECTS_CERT, CLIENT_LEFT_IN_TLS, CREDSSP_CLIENT_CLOSE_AT_CHALLENGE));
    }

    /// RFC 9110 15.5.8.
    private static final int AUTHENTICATION_REQUIRED = 407;

    private OpeningRules() {}

    private static Answer wrongServer(Case c) {
        if (c.attempt().x224().request().isEmpty() || c.attempt().unread().server().isEmpty() || c.reached(Step.CONFIRM)
                || c.withGateway()) {
            return CLEAR;
        }
        FirstBytes opening = c.attempt().unread().server().get();
        if (otherSender(c)) {
            return new Found(inTheServersName(c, Phase.X224, opening).at(c.at(Step.REQUEST), firstOf(c)));
        }
        return new Found(c.finding(WRONG_PROTOCOL_SERVER, Outcome.FAILED, Phase.X224, Culprit.SERVER, Confidence.SEEN,
                "what answers on " + c.host() + " is not an RDP server: " + spoken(opening)).at(c.at(Step.REQUEST), firstOf(c)));
    }

    private static String spoken(FirstBytes opening) {
        return opening.kind() == FirstBytes.Kind.UNKNOWN ? "it sent \"" + EXCERPT.of(opening.excerpt()) + "\""
                : "it speaks " + (opening.kind() == FirstBytes.Kind.HTTP_RESPONSE ? "HTTP" : opening.name());
    }

    /// The text came from elsewhere than the packets with which the server took the connection.
    private static boolean otherSender(Case c) {
        return Attribution.between(c.server().habits().payloadHopLimit(), c.server().habits().synHopLimit());
    }

    private static Finding inTheServersName(Case c, Phase phase, FirstBytes opening) {
        return c.finding(WRONG_PROTOCOL_SERVER, Outcome.FAILED, phase, Culprit.PATH, Confidence.STRONGLY_SUGGESTED,
                "a device on the path answers in the name of " + c.attempt().server().marked() + ": " + spoken(opening) + ", with a TTL of "
                        + c.server().habits().payloadHopLimit() + "; the server took the connection with "
                        + c.server().habits().synHopLimit());
    }

    /// RFC 8446 5.1: every answer to a ClientHello is a record. What is none was written by a program that does not speak TLS.
    private static Answer clearTextForTls(Case c) {
        if (c.attempt().unread().server().isEmpty() || !c.reached(Step.CLIENT_HELLO) || c.attempt().tls().serverRecords() > 0
                || c.attempt().tcp().oneDirection() || c.attempt().midStart()) {
            return CLEAR;
        }
        FirstBytes opening = c.attempt().unread().server().get();
        boolean unknown = opening.kind() == FirstBytes.Kind.UNKNOWN;
        if (unknown && c.server().loss().unseenAcknowledged() + c.server().loss().holeBytes() + c.attempt().tcp().cutPayload() > 0) {
            return new Unclear("the answer to the ClientHello is no TLS, but the capture lacks bytes");
        }
        if (otherSender(c)) {
            return new Found(inTheServersName(c, Phase.TLS, opening).at(c.at(Step.CLIENT_HELLO), firstOf(c)));
        }
        boolean gateway = c.withGateway();
        return new Found(c.finding(WRONG_PROTOCOL_SERVER, Outcome.FAILED, Phase.TLS, gateway ? Culprit.GATEWAY : Culprit.SERVER,
                unknown ? Confidence.STRONGLY_SUGGESTED : Confidence.SEEN, "what answers the ClientHello on " + c.host()
                        + " does not speak TLS: " + (unknown ? spoken(opening) : spoken(opening) + " (\"" + EXCERPT.of(opening.excerpt())
                                + "\")"))
                .at(c.at(Step.CLIENT_HELLO), firstOf(c)));
    }

    private static Moment firstOf(Case c) {
        return c.attempt().events().stream().filter(e -> e.kind() == Event.Kind.FIRST_BYTES && e.from().equals("server"))
                .map(Event::at).findFirst().orElse(c.server().lastPayload());
    }

    private static Optional<ProxyRequest> proxied(Case c) {
        return c.attempt().firstOf(ProxyRequest.class);
    }

    private static Answer proxyHeader(Case c) {
        Optional<ProxyRequest> header = proxied(c).filter(ProxyRequest::header);
        if (header.isEmpty() || c.reached(Step.CONFIRM) || c.ending().nobody()) {
            return CLEAR;
        }
        // PROXY protocol 2.2: LOCAL is the proxy's own connection, as for a health check.
        if (c.attempt().x224().request().isEmpty() && (c.ending().byClient() || header.get().local())) {
            return new Found(c.finding(HEALTH_CHECK_TCP, Outcome.PROBE, Phase.TCP, Culprit.NONE, Confidence.STRONGLY_SUGGESTED,
                    "a load balancer connected, sent its PROXY header and no RDP request: a health check, not a user").at(c.ending().at()));
        }
        if (!c.ending().byServer()) {
            return CLEAR;
        }
        return new Found(c.failed(PROXY_PROTOCOL_HEADER, Culprit.GATEWAY, Confidence.STRONGLY_SUGGESTED,
                "a load balancer puts a PROXY header before the RDP request, and the server closed instead of answering").with(Phase.X224));
    }

    /// [MS-RDPEPS] 3.2.5: a server that has nobody for the PDU disconnects the client.
    private static Answer preconnectionRefused(Case c) {
        if (!c.attempt().preconnected() || c.reached(Step.REQUEST) || c.reached(Step.CLIENT_HELLO) || !c.ending().byServer()
                || c.server().payloadBytes() > 0 || c.attempt().tcp().oneDirection()) {
            return CLEAR;
        }
        Event asked = c.attempt().told(Preconnection.class).findFirst().orElseThrow();
        return new Found(c.finding(PRECONNECTION_REFUSED, Outcome.FAILED, Phase.X224, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                "the server closed on the client's preconnection PDU for " + ((Preconnection) asked.what()).target()
                        + ": it has nothing of that name or number, or does not know such a PDU")
                .at(asked.at(), c.ending().at()));
    }

    /// A forward proxy (SOCKS, HTTP CONNECT) was asked for the way to an RDP server and said no.
    private static Answer proxyRefused(Case c) {
        if (proxied(c).filter(request -> !request.header()).isEmpty() || c.attempt().x224().request().isPresent() || c.attempt().tcp()
                .oneDirection()) {
            return CLEAR;
        }
        Optional<Event> answer = c.attempt().told(ProxyAnswer.class).reduce((_, later) -> later);
        if (answer.isPresent() && answer.get().what() instanceof ProxyAnswer(var words, int status, boolean refused) && refused) {
            boolean signIn = status == AUTHENTICATION_REQUIRED;
            return new Found(c.finding(signIn ? RDG_407 : PROXY_REFUSED, Outcome.FAILED, Phase.GATEWAY, Culprit.GATEWAY,
                    Confidence.SEEN, (signIn
                            ? "the proxy on the way to the RDP server wants credentials ("
                            : "the proxy refused the way to the RDP server (")
                            + c.attempt().proxy().says() + "): it answered \"" + words + "\"")
                    .at(answer.get().at(), c.ending().at()));
        }
        boolean answered = c.attempt().unread().server().isPresent();
        if (!answered && !c.ending().byServer()) {
            return CLEAR;
        }
        return new Found(c.finding(PROXY_REFUSED, Outcome.FAILED, Phase.GATEWAY, Culprit.GATEWAY, answered ? Confidence.SEEN
                : Confidence.STRONGLY_SUGGESTED,
                "the proxy refused the way to the RDP server (" + c.attempt().proxy().says() + ")"
                        + (answered ? ": it answered \"" + EXCERPT.of(c.attempt().unread().server().get().excerpt()) + "\"" : ""))
                .at(firstOf(c), c.ending().at()));
    }

    private static Answer wrongClient(Case c) {
        if (c.attempt().unread().client().isEmpty() || c.withGateway() || c.attempt().x224().request().isPresent()) {
            return CLEAR;
        }
        FirstBytes opening = c.attempt().unread().client().get();
        if (opening.kind() == FirstBytes.Kind.TPKT_OTHER && c.attempt().midStart()) {
            return CLEAR;
        }
        return new Found(c.finding(WRONG_PROTOCOL_CLIENT, Outcome.NOT_RDP, Phase.X224, Culprit.CLIENT, Confidence.SEEN,
                "the client does not speak RDP to " + c.attempt().server().marked() + ": its first bytes are "
                        + (opening.kind() == FirstBytes.Kind.UNKNOWN
                                ? "\"" + EXCERPT.of(opening.excerpt()) + "\"" : opening.name()))
                .at(c.client().lastPayload()));
    }

    private static Answer otherTraffic(Case c) {
        if (c.attempt().unread().server().isEmpty() || c.attempt().x224().request().isPresent() || c.attempt().unread().client().isPresent()
                || c.attempt().midStart() || !c.attempt().proxy().says().isEmpty()) {
            return CLEAR;
        }
        FirstBytes opening = c.attempt().unread().server().get();
        if (c.client().loss().unseenAcknowledged() > 0 || c.attempt().tcp().oneDirection()) {
            return new Unclear("the server speaks " + opening.name() + "; what the client had said before is not in the capture");
        }
        boolean rdpClient = c.client().payloadBytes() > 0;
        return new Found(c.finding(rdpClient ? WRONG_PROTOCOL_SERVER : NON_RDP_TRAFFIC_3389, rdpClient ? Outcome.FAILED : Outcome.NOT_RDP,
                Phase.X224, Culprit.SERVER, Confidence.SEEN, "the server speaks first, and it speaks " + opening.name() + ", not RDP")
                .at(firstOf(c)));
    }

    /// Connected and left without a word: a port check.
    private static Answer connectOnly(Case c) {
        if (halfOpen(c)) {
            return new Found(c.finding(SCAN_NEG_PROBE, Outcome.PROBE, Phase.TCP, Culprit.NONE, Confidence.STRONGLY_SUGGESTED,
                    "the client reset the connection as soon as the port answered: a port scan").closed(Culprit.CLIENT, Closing.RST)
                    .at(c.at(Step.SYN_ACK), c.attempt().tcp().resets().getFirst().at()));
        }
        if (!c.connected() || c.client().payloadBytes() > 0 || c.server().payloadBytes() > 0 || c.ending().nobody() || c.ending().byServer()
                || c.ending().byDevice() || c.attempt().tcp().oneDirection() || c.delivery(Side.CLIENT).answerLost()) {
            return CLEAR;
        }
        return new Found(c.finding(HEALTH_CHECK_TCP, Outcome.PROBE, Phase.TCP, Culprit.NONE, Confidence.STRONGLY_SUGGESTED,
                "the client connected and left without sending a byte: a port check, not a user").at(c.ending().at()));
    }

    /// RFC 9293 3.10.7.1: a host that knows of no connection answers a SYN-ACK with a bare reset at the number acknowledged. Who makes
    /// SYNs by hand chooses their TTL as well, so that the two differ; a client that had meant to connect would have gone on.
    private static boolean halfOpen(Case c) {
        if (!c.reached(Step.SYN_ACK) || c.connected() || c.attempt().tcp().resets().isEmpty() || c.server().payloadBytes() > 0) {
            return false;
        }
        ResetFacts reset = c.attempt().tcp().resets().getFirst();
        if (reset.from() != Side.CLIENT || !reset.at().isAfter(c.at(Step.SYN_ACK))) {
            return false;
        }
        if (c.ending().byClient()) {
            return true;
        }
        boolean nothingElse = c.client().traffic().packets() == c.attempt().tcp().synCount() && c.attempt().tcp().synCount() == 1;
        return nothingElse && !reset.header().hasAck() && reset.sequence().exact()
                && (HopLimits.isInitial(reset.header().hopLimit()) || hopsOfMadeSyn(c.client().habits().synHopLimit(), reset.header()
                        .hopLimit()));
    }

    /// Scanners give their SYNs a TTL of 37 to 59, or 255; the host's own packets begin with 64, 128 or 255. As both come the same
    /// way, the difference stays.
    private static boolean hopsOfMadeSyn(int syn, int reset) {
        int more = reset - syn;
        return syn >= 0 && (more >= 64 - 59 && more <= 64 - 37 || more >= 128 - 59 && more <= 128 - 37 || more == 64 - 255
                || more == 128 - 255);
    }

    /// TLS as far as the certificate, or the logon as far as the challenge, which names the host, and gone at once: whoever wants a session
    /// goes on, and a program that refuses a certificate says so. Who gave no name and no reason may have wanted no more than to see it.
    private static Answer certificateOnly(Case c) {
        String name = c.attempt().x224().request().map(Tpdu.ConnectionRequest::cookieName).orElse("");
        boolean scanner = Scanners.isName(name);
        boolean challenged = scanner && c.reached(Step.CHALLENGE);
        boolean shown = c.reached(Step.CERTIFICATE) || c.reached(Step.SERVER_FLIGHT) || c.reached(Step.TLS_DONE);
        boolean further = c.reached(scanner ? Step.AUTHENTICATE : Step.TOKEN) || c.reached(Step.REFUSED) || c.reached(Step.CONNECT_INITIAL)
                || c.reached(Step.RDSTLS_CAPABILITIES) || c.reached(Step.AAD_NONCE);
        if (!shown || further || !c.ending().byClient() || c.ending().how() == Closing.ALERT && !challenged
                || c.attempt().x224().request().isEmpty() || c.attempt().tcp().oneDirection() || c.attempt().tcp().cutPayload() > 0
                || c.server().loss().holeBytes() > 0) {
            return CLEAR;
        }
        Moment seen = challenged ? c.at(Step.CHALLENGE) : c.reached(Step.TLS_DONE) ? c.at(Step.TLS_DONE)
                : c.reached(Step.SERVER_FLIGHT) ? c.at(Step.SERVER_FLIGHT) : c.at(Step.CERTIFICATE);
        double after = c.ending().at().secondsSince(seen);
        if (after < 0 || after >= Limits.HUMAN_SECONDS) {
            return CLEAR;
        }
        String left = (challenged ? "the client took the logon as far as the server's challenge, which names the host,"
                : "the client took TLS as far as the server's certificate") + " and left " + Quantities.duration(after) + " later";
        if (scanner) {
            return new Found(c.finding(SCAN_NEG_PROBE, Outcome.PROBE, challenged ? Phase.CREDSSP : Phase.TLS, Culprit.CLIENT,
                    Confidence.STRONGLY_SUGGESTED, left + "; it calls itself \"" + Identity.USER.of(name) + "\": a scanner, not a user")
                    .at(seen, c.ending().at()));
        }
        boolean asksForPassword = c.reached(Step.TLS_DONE) && c.selected().usesCredSsp();
        if (!name.isEmpty() || c.attempt().x224().request().get().carriesToken() || asksForPassword) {
            return CLEAR;
        }
        return new Found(c.finding(TLS_CLIENT_REJECTS_CERT, Outcome.ABANDONED, Phase.TLS, Culprit.CLIENT, Confidence.STRONGLY_SUGGESTED,
                left + ", without a name and without a reason: a check of the certificate, or a client that does not trust it")
                .at(seen, c.ending().at()));
    }
}
