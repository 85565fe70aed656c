package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.diagnosis.Answer.CLEAR;

import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Answer.Found;
import dev.rdptrace.diagnosis.Answer.Unclear;
import dev.rdptrace.diagnosis.Attribution;
import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Fault;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.How;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Rule;
import dev.rdptrace.diagnosis.Rule.Weight;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.x224.FirstBytes;
import java.util.List;
import java.util.Optional;

/// Who is speaking at all: other protocols where RDP is expected, and connections that never meant to be RDP.
final class OpeningRules {
    static final List<Rule> ALL = List.of(
            new Rule("wrong-protocol-server", Weight.MESSAGE, OpeningRules::wrongServer),
            new Rule("wrong-protocol-server", Weight.MESSAGE, OpeningRules::clearTextForTls),
            new Rule(List.of("proxy-refused", "rdg-407"), Weight.MESSAGE, OpeningRules::proxyRefused),
            new Rule("proxy-protocol-header", Weight.MESSAGE, OpeningRules::proxyHeader),
            new Rule("wrong-protocol-client", Weight.MESSAGE, OpeningRules::wrongClient),
            new Rule(List.of("non-rdp-traffic-3389", "wrong-protocol-server"),
                    Weight.MESSAGE, OpeningRules::otherTraffic),
            new Rule(List.of("health-check-tcp", "scan-neg-probe"),
                    Weight.SHAPE, OpeningRules::connectOnly));

    /// RFC 9110 15.5.8.
    private static final int AUTHENTICATION_REQUIRED = 407;

    private OpeningRules() {}

    private static Answer wrongServer(Case c) {
        if (c.attempt().request().isEmpty() || c.attempt().serverOpening().isEmpty() || c.reached(Step.CONFIRM) || c.attempt().gateway()) {
            return CLEAR;
        }
        FirstBytes opening = c.attempt().serverOpening().get();
        if (otherSender(c)) {
            return new Found(inTheServersName(c, Phase.X224, opening).at(c.at(Step.REQUEST), firstOf(c)));
        }
        return new Found(c.finding("wrong-protocol-server", Outcome.FAILED, Phase.X224, Fault.SERVER, Confidence.SEEN,
                "what answers on " + c.attempt().server() + " is not an RDP server: " + spoken(opening)).at(c.at(Step.REQUEST), firstOf(c)));
    }

    private static String spoken(FirstBytes opening) {
        return opening.kind() == FirstBytes.Kind.UNKNOWN ? "it sent \"" + opening.excerpt() + "\""
                : "it speaks " + (opening.kind() == FirstBytes.Kind.HTTP_RESPONSE ? "HTTP" : opening.name());
    }

    /// The text came from elsewhere than the packets with which the server took the connection.
    private static boolean otherSender(Case c) {
        return Attribution.between(c.server().payloadHopLimit(), c.server().synHopLimit());
    }

    private static Finding inTheServersName(Case c, Phase phase, FirstBytes opening) {
        return c.finding("wrong-protocol-server", Outcome.FAILED, phase, Fault.PATH, Confidence.STRONGLY_SUGGESTED,
                "a device on the path answers in the name of " + c.attempt().server() + ": " + spoken(opening) + ", with a TTL of "
                        + c.server().payloadHopLimit() + "; the server took the connection with " + c.server().synHopLimit());
    }

    /// RFC 8446 5.1: every answer to a ClientHello is a record. What is none was written by a program that does not speak TLS.
    private static Answer clearTextForTls(Case c) {
        if (c.attempt().serverOpening().isEmpty() || !c.reached(Step.CLIENT_HELLO) || c.attempt().tls().serverRecords() > 0
                || c.attempt().tcp().oneDirection() || c.attempt().midStart()) {
            return CLEAR;
        }
        FirstBytes opening = c.attempt().serverOpening().get();
        boolean unknown = opening.kind() == FirstBytes.Kind.UNKNOWN;
        if (unknown && c.server().unseenAcknowledged() + c.server().holeBytes() + c.attempt().tcp().cutPayload() > 0) {
            return new Unclear("the answer to the ClientHello is no TLS, but the capture lacks bytes");
        }
        if (otherSender(c)) {
            return new Found(inTheServersName(c, Phase.TLS, opening).at(c.at(Step.CLIENT_HELLO), firstOf(c)));
        }
        boolean gateway = c.attempt().gateway();
        return new Found(c.finding("wrong-protocol-server", Outcome.FAILED, Phase.TLS, gateway ? Fault.GATEWAY : Fault.SERVER,
                unknown ? Confidence.STRONGLY_SUGGESTED : Confidence.SEEN, "what answers the ClientHello on " + c.attempt().server()
                        + " does not speak TLS: " + (unknown ? spoken(opening) : spoken(opening) + " (\"" + opening.excerpt() + "\")"))
                .at(c.at(Step.CLIENT_HELLO), firstOf(c)));
    }

    private static Moment firstOf(Case c) {
        return c.attempt().events().stream().filter(e -> e.kind() == Event.Kind.FIRST_BYTES && e.from().equals("server"))
                .map(Event::at).findFirst().orElse(c.server().lastPayload());
    }

    private static Answer proxyHeader(Case c) {
        boolean header = c.attempt().prologue().startsWith("PROXY");
        if (!header || c.reached(Step.CONFIRM) || c.ending().nobody()) {
            return CLEAR;
        }
        return new Found(c.failed("proxy-protocol-header", Fault.GATEWAY, Confidence.STRONGLY_SUGGESTED,
                "a load balancer puts a PROXY header before the RDP request, and the server closed instead of answering").with(Phase.X224));
    }

    /// A forward proxy (SOCKS, HTTP CONNECT) was asked for the way to an RDP server and said no.
    private static Answer proxyRefused(Case c) {
        boolean asked = !c.attempt().prologue().isEmpty() && !c.attempt().prologue().startsWith("PROXY");
        if (!asked || c.attempt().request().isPresent() || c.attempt().tcp().oneDirection()) {
            return CLEAR;
        }
        Optional<Event> answer = c.attempt().events().stream().filter(event -> event.details().containsKey("proxyStatus"))
                .reduce((_, later) -> later).filter(event -> Boolean.TRUE.equals(event.details().get("refused")));
        if (answer.isPresent()) {
            boolean signIn = Integer.valueOf(AUTHENTICATION_REQUIRED).equals(answer.get().details().get("proxyStatus"));
            return new Found(c.finding(signIn ? "rdg-407" : "proxy-refused", Outcome.FAILED, Phase.GATEWAY, Fault.GATEWAY,
                    Confidence.SEEN, (signIn
                    ? "the proxy on the way to the RDP server wants credentials (" : "the proxy refused the way to the RDP server (")
                    + c.attempt().prologue() + "): it answered \"" + answer.get().details().get("answer") + "\"")
                    .at(answer.get().at(), c.ending().at()));
        }
        boolean answered = c.attempt().serverOpening().isPresent();
        if (!answered && !c.ending().byServer()) {
            return CLEAR;
        }
        return new Found(c.finding("proxy-refused", Outcome.FAILED, Phase.GATEWAY, Fault.GATEWAY, answered ? Confidence.SEEN
                : Confidence.STRONGLY_SUGGESTED, "the proxy refused the way to the RDP server (" + c.attempt().prologue() + ")"
                        + (answered ? ": it answered \"" + c.attempt().serverOpening().get().excerpt() + "\"" : "")).at(firstOf(c), c.ending().at()));
    }

    private static Answer wrongClient(Case c) {
        if (c.attempt().clientOpening().isEmpty() || c.attempt().gateway() || c.attempt().request().isPresent()) {
            return CLEAR;
        }
        FirstBytes opening = c.attempt().clientOpening().get();
        if (opening.kind() == FirstBytes.Kind.TPKT_OTHER && c.attempt().midStart()) {
            return CLEAR;
        }
        return new Found(c.finding("wrong-protocol-client", Outcome.NOT_RDP, Phase.X224, Fault.CLIENT, Confidence.SEEN,
                "the client does not speak RDP to " + c.attempt().server() + ": its first bytes are " + (opening.kind() == FirstBytes.Kind.UNKNOWN
                        ? "\"" + opening.excerpt() + "\"" : opening.name())).at(c.client().lastPayload()));
    }

    private static Answer otherTraffic(Case c) {
        if (c.attempt().serverOpening().isEmpty() || c.attempt().request().isPresent() || c.attempt().clientOpening().isPresent()
                || c.attempt().midStart() || !c.attempt().prologue().isEmpty()) {
            return CLEAR;
        }
        FirstBytes opening = c.attempt().serverOpening().get();
        boolean rdpClient = c.client().payloadBytes() > 0;
        return new Found(c.finding(rdpClient ? "wrong-protocol-server" : "non-rdp-traffic-3389", rdpClient ? Outcome.FAILED : Outcome.NOT_RDP,
                Phase.X224, Fault.SERVER, Confidence.SEEN, "the server speaks first, and it speaks " + opening.name() + ", not RDP").at(firstOf(c)));
    }

    /// Connected and left without a word: a port check.
    private static Answer connectOnly(Case c) {
        if (!c.connected() || c.client().payloadBytes() > 0 || c.server().payloadBytes() > 0 || c.ending().nobody() || c.ending().byServer()
                || c.ending().byDevice() || c.attempt().tcp().oneDirection()) {
            boolean halfOpen = c.reached(Step.SYN_ACK) && !c.connected() && c.ending().byClient() && c.ending().how() == How.RST;
            return halfOpen ? new Found(c.finding("scan-neg-probe", Outcome.PROBE, Phase.TCP, Fault.NONE, Confidence.STRONGLY_SUGGESTED,
                    "the client reset the connection as soon as the port answered: a port scan").at(c.at(Step.SYN_ACK), c.ending().at())) : CLEAR;
        }
        return new Found(c.finding("health-check-tcp", Outcome.PROBE, Phase.TCP, Fault.NONE, Confidence.STRONGLY_SUGGESTED,
                "the client connected and left without sending a byte: a port check, not a user").at(c.ending().at()));
    }
}
