package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.diagnosis.Answer.CLEAR;
import static dev.rdptrace.diagnosis.Rule.rule;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.diagnosis.Answer.Found;
import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Limits;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.diagnosis.Rule.Weight;
import dev.rdptrace.diagnosis.Rule;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.timeline.GatewayFacts.Way;
import dev.rdptrace.timeline.GatewayFacts.Web;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.wire.gateway.CleanPath;
import java.util.List;

/// RDP of a browser through a gateway that it speaks WebSocket with: which of the two hops broke.
public final class WebGatewayRules {
    public static final Signature WEB_GATEWAY_REFUSED = signature("web-gateway-refused", in(Phase.GATEWAY), by(Culprit.GATEWAY));
    public static final Signature WEB_GATEWAY_HOST_UNREACHABLE = signature("web-gateway-host-unreachable", in(Phase.GATEWAY),
            by(Culprit.GATEWAY));
    public static final Signature WEB_GATEWAY_HOST_TLS_FAILED = signature("web-gateway-host-tls-failed", in(Phase.GATEWAY),
            by(Culprit.GATEWAY));
    public static final Signature WEB_GATEWAY_NO_ANSWER = signature("web-gateway-no-answer", in(Phase.GATEWAY), by(Culprit.GATEWAY));

    /// RFC 9110 15.6.3, 15.6.5.
    private static final int BAD_GATEWAY = 502;
    private static final int GATEWAY_TIMEOUT = 504;
    /// RFC 6455 7.4.1, and the registry of RFC 6455 11.7.
    private static final int INTERNAL_ERROR = 1011;
    private static final int WS_BAD_GATEWAY = 1014;

    private WebGatewayRules() {}

    static List<Rule<Case>> all() {
        return List.of(
                rule(Weight.MESSAGE, WebGatewayRules::refused, WEB_GATEWAY_REFUSED, WEB_GATEWAY_HOST_UNREACHABLE,
                        WEB_GATEWAY_HOST_TLS_FAILED),
                rule(Weight.MESSAGE, WebGatewayRules::closedWithCode, WEB_GATEWAY_HOST_UNREACHABLE),
                rule(Weight.SHAPE, WebGatewayRules::closed, WEB_GATEWAY_REFUSED, WEB_GATEWAY_HOST_UNREACHABLE),
                rule(Weight.ABSENCE, WebGatewayRules::unanswered, WEB_GATEWAY_NO_ANSWER));
    }

    private static Web web(Case c) {
        return c.attempt().tunnel().web();
    }

    private static boolean waitsForHost(Case c) {
        Way way = c.attempt().tunnel().way();
        return web(c).carrier() != Web.Carrier.NONE && way.asked().seen() && !way.answered().seen();
    }

    private static String host(Case c) {
        String target = c.attempt().tunnel().way().target();
        return target.isEmpty() ? "the host behind it" : Identity.HOST.of(target);
    }

    private static Finding finding(Case c, Signature id, Confidence confidence, String says) {
        return c.finding(id, Outcome.FAILED, Phase.GATEWAY, Culprit.GATEWAY, confidence, says);
    }

    /// What the host itself said of the negotiation is for those who judge that.
    private static Answer refused(Case c) {
        CleanPath.Refusal refusal = web(c).refusal().orElse(null);
        if (refusal == null || c.failure().isPresent()) {
            return CLEAR;
        }
        boolean unreached = refusal.socketError() >= 0 || refusal.httpStatus() == BAD_GATEWAY || refusal.httpStatus() == GATEWAY_TIMEOUT;
        boolean byTls = refusal.tlsAlert() >= 0;
        Signature id = byTls ? WEB_GATEWAY_HOST_TLS_FAILED : unreached ? WEB_GATEWAY_HOST_UNREACHABLE : WEB_GATEWAY_REFUSED;
        String says = byTls ? "the gateway reached " + host(c) + ", and TLS between the two failed"
                : unreached ? "the gateway took the browser's request and did not reach " + host(c)
                : "the gateway refused the browser's request for " + host(c);
        return new Found(finding(c, id, Confidence.SEEN, says + ": " + refusal.says()).at(c.attempt().tunnel().way().answered()));
    }

    private static Answer closedWithCode(Case c) {
        Web.Close close = web(c).close();
        if (!waitsForHost(c) || close.code() != INTERNAL_ERROR && close.code() != WS_BAD_GATEWAY) {
            return CLEAR;
        }
        return new Found(finding(c, WEB_GATEWAY_HOST_UNREACHABLE, Confidence.STRONGLY_SUGGESTED, "the gateway took the WebSocket,"
                + " and closed it with " + close.code() + (close.reason().isEmpty() ? "" : " (" + Identity.TEXT.of(close.reason()) + ")")
                + " before " + host(c) + " had said a word: it did not reach that").at(close.at()));
    }

    private static Answer closed(Case c) {
        Web.Close close = web(c).close();
        if (!waitsForHost(c) || !close.at().seen() && !c.ending().byServer()) {
            return CLEAR;
        }
        boolean path = web(c).carrier() == Web.Carrier.CLEAN_PATH;
        String says = path ? "the gateway closed the connection without an answer to the browser's request for " + host(c)
                : "the gateway took the WebSocket, and closed it before " + host(c) + " had said a word: it did not reach that,"
                        + " or that closed at once";
        return new Found(finding(c, path ? WEB_GATEWAY_REFUSED : WEB_GATEWAY_HOST_UNREACHABLE, Confidence.STRONGLY_SUGGESTED, says)
                .at(c.attempt().tunnel().way().asked(), close.at().seen() ? close.at() : c.ending().at()));
    }

    private static Answer unanswered(Case c) {
        Moment asked = c.attempt().tunnel().way().asked();
        if (!waitsForHost(c) || web(c).close().at().seen() || c.ending().byServer() || c.ending().byDevice()
                || c.waited(asked) < Limits.PATIENCE_SECONDS || c.attempt().tcp().oneDirection()
                || c.server().loss().holeBytes() > 0 || c.server().loss().unseenAcknowledged() > 0) {
            return CLEAR;
        }
        return new Found(finding(c, WEB_GATEWAY_NO_ANSWER, Confidence.STRONGLY_SUGGESTED, "the gateway took the browser's request for "
                + host(c) + " and did not answer within " + Quantities.duration(c.waited(asked)) + ": it waits for the host, or hangs")
                .at(asked));
    }
}
