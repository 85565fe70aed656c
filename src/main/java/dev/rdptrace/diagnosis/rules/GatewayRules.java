package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.bytes.Identity.WORD;
import static dev.rdptrace.diagnosis.Answer.CLEAR;
import static dev.rdptrace.diagnosis.Rule.rule;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.OpeningRules.RDG_407;
import static dev.rdptrace.diagnosis.rules.OpeningRules.TLS_CLIENT_REJECTS_CERT;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.diagnosis.Answer.Found;
import dev.rdptrace.diagnosis.Answer.Unclear;
import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.Closing;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.GatewayShape.HalfOpen;
import dev.rdptrace.diagnosis.GatewayShape;
import dev.rdptrace.diagnosis.Limits;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.diagnosis.Rule.Weight;
import dev.rdptrace.diagnosis.Rule;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.timeline.GatewayFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SizedRecord;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.gateway.HttpHead;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// The leg to an RD Gateway, [MS-TSGU]: TLS, then HTTP that only keys can show.
public final class GatewayRules {
    public static final Signature RDG_IN_CHANNEL_DEAD = signature("rdg-in-channel-dead", in(Phase.GATEWAY), by(Culprit.PATH));
    public static final Signature RDG_REFUSED = signature("rdg-refused", in(Phase.GATEWAY), by(Culprit.GATEWAY));
    public static final Signature RDG_401_LOOP = signature("rdg-401-loop", in(Phase.GATEWAY), by(Culprit.CLIENT, Culprit.GATEWAY));
    public static final Signature RDG_403 = signature("rdg-403", in(Phase.GATEWAY), by(Culprit.GATEWAY));
    public static final Signature RDG_404 = signature("rdg-404", in(Phase.GATEWAY), by(Culprit.GATEWAY));
    public static final Signature RDG_5XX = signature("rdg-5xx", in(Phase.GATEWAY), by(Culprit.GATEWAY));
    public static final Signature RDG_WEBSOCKET_STRIPPED = signature("rdg-websocket-stripped", in(Phase.GATEWAY), by(Culprit.PATH));
    public static final Signature RDG_CAP_DENIED = signature("rdg-cap-denied", in(Phase.GATEWAY), by(Culprit.GATEWAY));
    public static final Signature RDG_RAP_DENIED = signature("rdg-rap-denied", in(Phase.GATEWAY), by(Culprit.GATEWAY));
    public static final Signature RDG_TARGET_UNREACHABLE = signature("rdg-target-unreachable", in(Phase.GATEWAY), by(Culprit.GATEWAY));
    public static final Signature RDG_MAX_CONNECTIONS = signature("rdg-max-connections", in(Phase.GATEWAY), by(Culprit.GATEWAY));
    public static final Signature RDG_QUARANTINE_OR_COOKIE = signature("rdg-quarantine-or-cookie", in(Phase.GATEWAY), by(Culprit.GATEWAY));
    public static final Signature RDG_NO_CERTIFICATE = signature("rdg-no-certificate", in(Phase.GATEWAY), by(Culprit.GATEWAY));
    public static final Signature RDG_SESSION_TIMEOUT = signature("rdg-session-timeout", in(Phase.GATEWAY), by(Culprit.GATEWAY));
    public static final Signature RDG_NO_ANSWER = signature("rdg-no-answer", in(Phase.GATEWAY), by(Culprit.GATEWAY));
    public static final Signature RDG_IDLE_CUT = signature("rdg-idle-cut", in(Phase.GATEWAY), by(Culprit.PATH));
    public static final Signature SESSION_ESTABLISHED = signature("session-established", in(Phase.SESSION), by(Culprit.NONE));

    static List<Rule<Case>> all() {
        return List.of(
                rule(Weight.MESSAGE, GatewayRules::answered, RDG_REFUSED, RDG_401_LOOP, RDG_403, RDG_404, RDG_407, RDG_5XX,
                        RDG_WEBSOCKET_STRIPPED, RDG_CAP_DENIED, RDG_RAP_DENIED, RDG_TARGET_UNREACHABLE, RDG_MAX_CONNECTIONS,
                        RDG_QUARANTINE_OR_COOKIE, RDG_NO_CERTIFICATE, RDG_SESSION_TIMEOUT),
                rule(Weight.SHAPE, GatewayRules::onlyOneDirection, RDG_IN_CHANNEL_DEAD).outranking(RDG_REFUSED),
                rule(Weight.SHAPE, GatewayRules::refused, RDG_REFUSED),
                rule(Weight.SHAPE, GatewayRules::closedByGateway, RDG_REFUSED),
                rule(Weight.ABSENCE, GatewayRules::unanswered, RDG_NO_ANSWER),
                rule(Weight.SHAPE, GatewayRules::cutWhenIdle, RDG_IDLE_CUT),
                rule(Weight.SHAPE, GatewayRules::tunnelCarries, SESSION_ESTABLISHED),
                rule(Weight.SHAPE, GatewayRules::leftAfterTls, TLS_CLIENT_REJECTS_CERT));
    }

    /// A request, its head and body apart.
    private static final int OPENING_RECORDS = 2;

    private GatewayRules() {}

    private record Exchange(int requests, int answers, long requestBytes, long answerBytes) {}

    private static Exchange exchange(Case c) {
        int requests = 0;
        int answers = 0;
        long requestBytes = 0;
        long answerBytes = 0;
        int ticket = ticketSize(c);
        for (SizedRecord record : c.attempt().records()) {
            if (record.alert() || record.from() == Side.SERVER && record.plainMin() == ticket) {
                continue;
            }
            if (record.from() == Side.CLIENT) {
                requests++;
                requestBytes += record.plainMin();
            } else {
                answers++;
                answerBytes += record.plainMin();
            }
        }
        return new Exchange(requests, answers, requestBytes, answerBytes);
    }

    /// RFC 8446 4.6.1: the session tickets of TLS 1.3 come behind the handshake, unasked, each as long as the other. -1 where none can
    /// be told from an answer.
    private static int ticketSize(Case c) {
        if (c.leg().tls().serverHello().filter(hello -> hello.version().is13()).isEmpty()) {
            return -1;
        }
        boolean asked = false;
        int first = -1;
        for (SizedRecord record : c.attempt().records()) {
            if (record.from() == Side.CLIENT) {
                if (first >= 0) {
                    return -1; // it went on: that was an answer
                }
                asked = true;
            } else if (!record.exact() || record.alert()) {
                return -1;
            } else if (!asked || record.plainMin() == first) {
                return record.plainMin();
            } else if (first >= 0) {
                return -1;
            } else {
                first = record.plainMin();
            }
        }
        return -1;
    }

    // ---- read with keys ----

    private static Answer answered(Case c) {
        GatewayFacts tunnel = c.attempt().tunnel();
        if (!inTunnel(c) || !tunnel.read()) {
            return CLEAR;
        }
        if (tunnel.refused().error() != 0) {
            boolean up = c.attempt().sessionUp();
            return new Found(read(c, StatusCodes.ofGateway(tunnel.refused().error(), tunnel.refused().what()), up ? Outcome.INTERRUPTED
                    : Outcome.FAILED,
                    (tunnel.refused().what().equals("close") ? "the gateway closed the way to the server"
                            : "the gateway refused the " + tunnel.refused().what() + (tunnel.way().target().isEmpty() ? "" : " to "
                                    + Identity.HOST.of(tunnel.way().target())))
                            + ": " + StatusCodes.says(tunnel.gatewayError()))
                    .because(tunnel.gatewayError()).at(tunnel.refused().at())
                    .with(up ? Phase.SESSION : Phase.GATEWAY));
        }
        boolean onItsWay = tunnel.http().upgraded() || tunnel.way().opened() || tunnel.inner() || tunnel.status() == 0 || c.ending()
                .nobody() || tunnel.channel().out() && tunnel.status() == 200 && !stripped(tunnel);
        if (onItsWay || carries(c, exchange(c))) {
            return CLEAR;
        }
        return new Found(http(c, tunnel.status()));
    }

    /// The status of an answer that opened no tunnel.
    private static Finding http(Case c, int status) {
        GatewayFacts tunnel = c.attempt().tunnel();
        long refusals = tunnel.http().statuses().stream().filter(s -> s == status).count();
        Signature signature = switch (status) {
            case 401 -> RDG_401_LOOP;
            case 403 -> RDG_403;
            case 404 -> RDG_404;
            case 407 -> RDG_407;
            default -> status >= 500 ? RDG_5XX : status == 200 && tunnel.http().upgrade() ? RDG_WEBSOCKET_STRIPPED : RDG_REFUSED;
        };
        String reason = tunnel.reason(status).map(words -> " (" + WORD.of(words) + ")").orElse("");
        String says = tunnel.http().service() != HttpHead.Service.TUNNEL && status != 407 ? tunnel.http().service().says()
                + " answered HTTP " + status + reason : switch (status) {
                    case 401 -> "the gateway answered 401" + reason
                            + (refusals > 1 ? " " + Quantities.count(refusals, "time") : "")
                            + (tunnel.http().schemes().isEmpty() ? "" : " and wants "
                                    + tunnel.http().schemes().stream().map(WORD::of).collect(Collectors.joining(" or ")))
                            + (tunnel.http().credentials() ? "; the client's credentials did not satisfy it"
                                    : "; the client sent no credentials");
                    case 407 -> "a proxy on the way to the gateway wants credentials (407)";
                    case 200 -> tunnel.http().upgrade() ? "the client asked for WebSocket and got an ordinary answer (200) instead of 101"
                            : "the gateway answered 200 and no tunnel came of it";
                    default -> "the gateway answered HTTP " + status + reason + " instead of opening a tunnel";
                };
        return read(c, signature, Outcome.FAILED, says).at(tunnel.http().lastAnswer());
    }

    /// WebSocket was asked for and not given, and the client has not gone on with a second connection.
    private static boolean stripped(GatewayFacts tunnel) {
        return tunnel.http().upgrade() && !tunnel.http().upgraded() && !tunnel.channel().requested().seen();
    }

    /// [MS-TSGU] 3.3.5.1: without WebSocket the client's packets take a connection of their own. The gateway agreed to the other one, and
    /// has nothing to answer on it.
    private static Answer onlyOneDirection(Case c) {
        GatewayFacts tunnel = c.attempt().tunnel();
        HalfOpen shape = tunnel.read() ? HalfOpen.NO : GatewayShape.halfOpen(c.attempt().records());
        boolean unanswered = tunnel.read() ? tunnel.channel().out() && !tunnel.channel().answered().seen()
                : shape == HalfOpen.PACKET || shape == HalfOpen.RPC_IN;
        if (!inTunnel(c) || !unanswered || open(c) || stripped(tunnel)) {
            return CLEAR;
        }
        if (tunnel.channel().inStatus() >= 400) {
            return new Found(http(c, tunnel.channel().inStatus()));
        }
        Moment since = !tunnel.read() ? lastRequest(c) : tunnel.channel().requested().isAfter(tunnel.http().lastAnswer()) ? tunnel.channel()
                .requested() : tunnel.http().lastAnswer();
        if (c.waited(since) < Limits.PATIENCE_SECONDS) {
            return CLEAR;
        }
        String waited = Quantities.duration(c.waited(since));
        boolean sent = !tunnel.read() || tunnel.channel().requested().seen();
        String method = tunnel.http().overRpc() || shape == HalfOpen.RPC_IN ? "RPC" : "RDG";
        return new Found(gateway(c, RDG_IN_CHANNEL_DEAD, Outcome.FAILED, Culprit.PATH, "of the tunnel's two connections "
                + (sent ? "the one to the gateway (" + method + "_IN_DATA) took the client's first packet, and within " + waited
                        + " no answer came on the other: something on the way holds it back, or hands the two to different gateways"
                        : "only the one from the gateway (" + method + "_OUT_DATA) came up; for " + waited
                                + " the client had no way to send its first packet"))
                .at(since, c.ending().at()));
    }

    /// What the sizes of the records show of the way behind the gateway, without keys.
    private static int passedOn(Case c) {
        return c.attempt().tunnel().read() ? 0 : GatewayShape.behind(c.attempt().records(), true).orElse(0);
    }

    private static Finding read(Case c, Signature signature, Outcome outcome, String says) {
        return c.finding(signature, outcome, Phase.GATEWAY, Culprit.GATEWAY, Confidence.SEEN, says).at(c.ending().at());
    }

    private static boolean inTunnel(Case c) {
        return c.attempt().gateway() && begun(c).seen();
    }

    /// Since when HTTP may be said.
    private static Moment begun(Case c) {
        return c.leg().at(c.attempt().tunnel().clear() ? Step.ESTABLISHED : Step.TLS_DONE);
    }

    private static Finding gateway(Case c, Signature signature, Outcome outcome, Culprit side, String says) {
        return c.finding(signature, outcome, Phase.GATEWAY, side, Confidence.STRONGLY_SUGGESTED, says)
                .at(begun(c), c.ending().at());
    }

    private static boolean carries(Case c, Exchange e) {
        return passedOn(c) >= Limits.TUNNEL_SESSION_RECORDS
                || e.requests() + e.answers() >= Limits.TUNNEL_RECORDS && c.server().payloadBytes() >= Limits.TUNNEL_TRAFFIC
                || c.server().payloadBytes() >= 5 * Limits.TUNNEL_TRAFFIC && c.client().payloadBytes() >= Limits.TUNNEL_TRAFFIC;
    }

    /// It was read that the gateway opened the way, be it on the other connection of the tunnel.
    private static boolean open(Case c) {
        return passedOn(c) >= Limits.TUNNEL_OPEN_RECORDS || c.attempt().tunnel().way().opened() || c.attempt().tunnel().inner();
    }

    /// A refusal takes seconds. A connection that both kept for a minute, with little said, is what any app and web server do
    /// and close when a timer runs out; a name alone does not make a gateway's refusal of it.
    private static boolean kept(Case c) {
        return !c.attempt().tunnel().read() && c.ending().at().secondsSince(begun(c)) >= Limits.IDLE_SECONDS;
    }

    private static Answer refused(Case c) {
        if (!inTunnel(c)) {
            return CLEAR;
        }
        Exchange e = exchange(c);
        int passed = passedOn(c);
        if (passed >= Limits.TUNNEL_OPEN_RECORDS && !c.ending().nobody() && !carries(c, e)) {
            return new Unclear("the gateway opened the way to the host behind it and passed on " + passed
                    + " messages; what client and host said in them is encrypted, and too little for a session");
        }
        if (kept(c) || !c.ending().byClient() || e.requests() == 0 || e.answers() == 0 || carries(c, e)
                || e.requests() + e.answers() > Limits.REFUSAL_RECORDS || open(c)) {
            return CLEAR;
        }
        Optional<Unclear> other = halfOpen(c).or(() -> otherService(c, e));
        if (other.isPresent()) {
            return other.get();
        }
        boolean setUp = !c.attempt().tunnel().read() && GatewayShape.behind(c.attempt().records(), true).isPresent();
        return new Found(gateway(c, RDG_REFUSED, Outcome.FAILED, Culprit.GATEWAY,
                (setUp ? "the gateway did not open the way to the host: the tunnel was set up, it" : "the gateway refused the client: it")
                        + " answered " + Quantities.count(e.requests(), "request") + ", and the client gave up" + (setUp
                                ? "; the host is not allowed or not reached (the code is encrypted)"
                                : c.attempt().tunnel().read() ? "" : " (the HTTP status is encrypted)")));
    }

    /// Was the other connection refused, or did it never come up? This one does not say.
    private static Optional<Unclear> halfOpen(Case c) {
        return c.attempt().tunnel().read() || GatewayShape.halfOpen(c.attempt().records()) != HalfOpen.RPC_OUT ? Optional.empty()
                : Optional.of(new Unclear("the gateway agreed to this connection of a tunnel over RPC (RPC_OUT_DATA), and had nothing from"
                        + " the other one (RPC_IN_DATA)"));
    }

    /// What may have been asked for is another service of the gateway's web server, a ticket of its KDC proxy ([MS-KKDCP] 2.1) or a page:
    /// whoever offers HTTP/2 wants no tunnel; what opens a tunnel has no body, or a short one ([MS-TSGU] 3.3.5.1, [MS-RPCH] 2.1.2.1.2), and
    /// what asks for a ticket one of a hundred bytes and more, in a record of its own or in that of the head. Then the answer tells: it is
    /// longer than any refusal of a gateway, or one after which the server closes, as with HTTP/1.0, in which Kerberos libraries ask.
    private static Optional<Unclear> otherService(Case c, Exchange e) {
        if (c.attempt().tunnel().read()) {
            return Optional.empty();
        }
        int ticket = ticketSize(c);
        List<SizedRecord> said = c.attempt().records().stream().filter(record -> !record.alert()
                && (record.from() == Side.CLIENT || record.plainMin() != ticket)).toList();
        boolean body = said.size() > 1 && said.stream().limit(2).allMatch(record -> record.from() == Side.CLIENT
                && record.plainMin() >= Limits.TICKET_REQUEST_BYTES);
        boolean inOne = e.requests() == 1 && e.requestBytes() >= Limits.TICKET_REQUEST_RECORD
                && (e.answerBytes() >= Limits.LONGEST_GATEWAY_REFUSAL
                        || c.ending().byServer() && e.answerBytes() >= Limits.SHORTEST_TICKET_ANSWER);
        String why = GatewayShape.offersHttp2(c.leg()) ? "the client offers HTTP/2, which no tunnel uses"
                : body ? "the client's first request in the gateway's TLS has a body, and none that opens a tunnel has"
                : inOne ? "the client's one request in the gateway's TLS is as long as one with a body, and got such a one's answer" : "";
        return why.isEmpty() ? Optional.empty() : Optional.of(new Unclear(why
                + ": it may want a Kerberos ticket (KDC proxy) or a web page; what was answered is encrypted"));
    }

    /// The request arrived, and nothing came back.
    private static Answer unanswered(Case c) {
        if (!inTunnel(c)) {
            return CLEAR;
        }
        Exchange e = exchange(c);
        boolean opening = e.requests() > 0 && e.requests() <= OPENING_RECORDS && e.answers() == 0;
        if (!opening || c.ending().byServer() || c.ending().byDevice() || open(c) || c.attempt().tcp().oneDirection()) {
            return CLEAR;
        }
        double waited = c.waited(lastRequest(c));
        if (waited < Limits.PATIENCE_SECONDS) {
            return CLEAR;
        }
        if (c.server().loss().unseenAcknowledged() > 0 || c.keepAliveUnanswered() || c.server().loss().holeBytes() > 0) {
            return new Unclear("whether the gateway answered is not in the capture");
        }
        return new Found(gateway(c, RDG_NO_ANSWER, Outcome.FAILED, Culprit.GATEWAY,
                "the client's request inside the gateway's TLS was not answered within " + Quantities.duration(waited)
                        + ": the gateway's web service, or what that waits for, hangs"));
    }

    private static Moment lastRequest(Case c) {
        Moment last = begun(c);
        for (SizedRecord record : c.attempt().records()) {
            last = record.from() == Side.CLIENT && !record.alert() ? record.at() : last;
        }
        return last;
    }

    private static Answer closedByGateway(Case c) {
        if (!inTunnel(c)) {
            return CLEAR;
        }
        Exchange e = exchange(c);
        if (kept(c) || !c.ending().byServer() || e.requests() == 0 || carries(c, e) || open(c)) {
            return CLEAR;
        }
        Optional<Unclear> other = halfOpen(c).or(() -> otherService(c, e));
        if (other.isPresent()) {
            return other.get();
        }
        return new Found(gateway(c, RDG_REFUSED, Outcome.FAILED, Culprit.GATEWAY, "the gateway closed the connection after "
                + Quantities.count(e.requests(), "request") + " inside its TLS"));
    }

    /// RDP asks for a sign of life more often than any such timer; a cut after silence is a timer on the way.
    private static Answer cutWhenIdle(Case c) {
        boolean cut = c.ending().byServer() && c.ending().how() != Closing.ALERT || c.ending().byDevice();
        if (!inTunnel(c) || !carries(c, exchange(c)) || !cut || c.idle() < Limits.IDLE_SECONDS) {
            return CLEAR;
        }
        return new Found(gateway(c, RDG_IDLE_CUT, Outcome.INTERRUPTED, c.ending().byDevice() ? Culprit.PATH : Culprit.GATEWAY,
                "the connection to the gateway was cut after " + Quantities.duration(c.idle())
                        + " without traffic, as a timer does: of a proxy or load balancer before it, or its own")
                .with(Phase.SESSION));
    }

    private static Answer tunnelCarries(Case c) {
        if (!inTunnel(c) || !carries(c, exchange(c)) || c.attempt().tunnel().inner() || cutWhenIdle(c) instanceof Found) {
            return CLEAR;
        }
        return new Found(gateway(c, SESSION_ESTABLISHED, Outcome.ESTABLISHED, Culprit.NONE,
                "the tunnel through the gateway carries a session (judged by its volume)").with(Phase.SESSION));
    }

    private static Answer leftAfterTls(Case c) {
        if (!inTunnel(c) || c.attempt().tunnel().clear() || !c.ending().byClient() || exchange(c).requests() > 0) {
            return CLEAR;
        }
        return new Found(gateway(c, TLS_CLIENT_REJECTS_CERT, Outcome.FAILED, Culprit.CLIENT,
                "the client left right after the TLS handshake with"
                        + " the gateway: it did not accept the gateway's certificate" + TlsRules.flaw(c)));
    }
}
