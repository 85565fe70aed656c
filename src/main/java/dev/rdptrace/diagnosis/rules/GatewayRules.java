package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.diagnosis.Answer.CLEAR;

import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Answer.Found;
import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Fault;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Rule;
import dev.rdptrace.diagnosis.Rule.Weight;
import dev.rdptrace.diagnosis.Words;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SizedRecord;
import dev.rdptrace.timeline.Step;
import java.util.List;

/// The leg to an RD Gateway, [MS-TSGU]: TLS, then HTTP that only keys can show.
final class GatewayRules {
    static final List<Rule> ALL = List.of(
            new Rule("rdg-refused", Weight.SHAPE, GatewayRules::refused),
            new Rule("rdg-closed", Weight.SHAPE, GatewayRules::closedByGateway),
            new Rule("rdg-tunnel", Weight.SHAPE, GatewayRules::tunnelCarries),
            new Rule("rdg-left", Weight.SHAPE, GatewayRules::leftAfterTls));

    /// A tunnel that carries a session moves more than any refusal.
    private static final int TUNNEL_RECORDS = 60;
    private static final int TUNNEL_BYTES = 20_000;
    /// Requests and answers of a refused handshake.
    private static final int REFUSAL_RECORDS = 24;

    private GatewayRules() {}

    private record Exchange(int requests, int answers, long requestBytes, long answerBytes) {}

    private static Exchange exchange(Case c) {
        int requests = 0;
        int answers = 0;
        long requestBytes = 0;
        long answerBytes = 0;
        for (SizedRecord record : c.attempt().records()) {
            if (record.alert()) {
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

    private static boolean inTunnel(Case c) {
        return c.attempt().gateway() && c.reached(Step.TLS_DONE);
    }

    private static Finding gateway(Case c, String id, Outcome outcome, Fault side, String says) {
        return c.finding(id, outcome, Phase.GATEWAY, side, Confidence.STRONGLY_SUGGESTED, says).at(c.at(Step.TLS_DONE), c.ending().at());
    }

    private static boolean carries(Case c, Exchange e) {
        return e.requests() + e.answers() >= TUNNEL_RECORDS && c.server().payloadBytes() >= TUNNEL_BYTES
                || c.server().payloadBytes() >= 5 * TUNNEL_BYTES && c.client().payloadBytes() >= TUNNEL_BYTES;
    }

    private static Answer refused(Case c) {
        Exchange e = exchange(c);
        if (!inTunnel(c) || !c.ending().byClient() || e.requests() == 0 || e.answers() == 0 || carries(c, e)
                || e.requests() + e.answers() > REFUSAL_RECORDS) {
            return CLEAR;
        }
        return new Found(gateway(c, "rdg-refused", Outcome.FAILED, Fault.GATEWAY, "the gateway's TLS is fine; inside it the gateway answered "
                + Words.count(e.requests(), "request") + " and the client gave up: refused (the HTTP status is encrypted)"));
    }

    private static Answer closedByGateway(Case c) {
        Exchange e = exchange(c);
        if (!inTunnel(c) || !c.ending().byServer() || e.requests() == 0 || carries(c, e)) {
            return CLEAR;
        }
        return new Found(gateway(c, "rdg-refused", Outcome.FAILED, Fault.GATEWAY, "the gateway's TLS is fine; after "
                + Words.count(e.requests(), "request") + " the gateway closed the connection"));
    }

    private static Answer tunnelCarries(Case c) {
        Exchange e = exchange(c);
        if (!inTunnel(c) || !carries(c, e)) {
            return CLEAR;
        }
        return new Found(gateway(c, "session-established", Outcome.ESTABLISHED, Fault.NONE,
                "the tunnel through the gateway carries a session (judged by its volume)").with(Phase.SESSION));
    }

    private static Answer leftAfterTls(Case c) {
        if (!inTunnel(c) || !c.ending().byClient() || exchange(c).requests() > 0) {
            return CLEAR;
        }
        return new Found(gateway(c, "tls-client-rejects-cert", Outcome.FAILED, Fault.CLIENT, "the client left right after the TLS handshake with"
                + " the gateway: it did not accept the gateway's certificate" + TlsRules.flaw(c)));
    }
}
