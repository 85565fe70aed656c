package dev.rdptrace.report;

import static dev.rdptrace.bytes.Identity.HOST;
import static dev.rdptrace.bytes.Identity.ID;
import static dev.rdptrace.bytes.Identity.TEXT;
import static dev.rdptrace.bytes.Identity.WORD;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.wire.gateway.CleanPath;
import dev.rdptrace.wire.gateway.GatewayError;
import dev.rdptrace.wire.gateway.GatewayPacket;
import dev.rdptrace.wire.gateway.HttpHead;
import java.util.ArrayList;
import java.util.List;

/// What is said to a gateway and by it, in words and in fields.
final class GatewayText {
    private static final int LONGEST = 200;

    private GatewayText() {}

    static EventText of(HttpHead head) {
        TokenText tokens = new TokenText();
        head.tokens().forEach(tokens::token);
        List<Object> pairs = new ArrayList<>();
        String says = switch (head) {
            case HttpHead.Request request -> {
                var authorization = request.first("Authorization").or(() -> request.first("Proxy-Authorization")).map(WORD::of);
                String method = WORD.of(request.method());
                String target = WORD.of(shortened(request.target()));
                pairs.addAll(List.of("method", method, "target", target, "connectionId", ID.of(request.connectionId()), "correlationId",
                        ID.of(request.correlationId()), "authorization", authorization.orElse("")));
                yield method + " " + target + (request.upgradesToWebSocket() ? ", upgrade to WebSocket" : "")
                        + authorization.map(scheme -> ", with " + scheme + " credentials").orElse("");
            }
            case HttpHead.Response response -> {
                List<String> schemes = response.authenticationSchemes().stream().map(WORD::of).toList();
                String reason = WORD.of(shortened(response.reason()));
                pairs.addAll(List.of("status", response.status(), "reasonPhrase", reason, "schemes", schemes,
                        "software", WORD.of(response.first("Server").orElse(""))));
                yield response.status() + " " + reason
                        + (schemes.isEmpty() ? "" : ", wants " + String.join(" or ", schemes));
            }
        };
        if (!tokens.fields().isEmpty()) {
            pairs.addAll(List.of("authentication", tokens.fields()));
        }
        return new EventText("HTTP " + says + (tokens.says().isEmpty() ? "" : ": " + tokens.says()), pairs.toArray());
    }

    private static String shortened(String text) {
        return text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
    }

    static EventText of(Event event, GatewayPacket packet) {
        boolean client = event.from().equals("client");
        return switch (packet) {
            case GatewayPacket.HandshakeRequest(var major, var minor, _) ->
                    new EventText("gateway handshake request, version " + major + "." + minor);
            case GatewayPacket.HandshakeResponse response -> answer("gateway handshake response", response.error());
            case GatewayPacket.ExtendedAuth(var code, var length) -> {
                String says = "gateway authentication message of " + length + " bytes";
                yield client ? new EventText(says) : answer(says, code);
            }
            case GatewayPacket.TunnelCreate create -> new EventText("tunnel create" + (create.paaCookie() ? ", with a cookie" : "")
                    + (create.reauthentication() ? ", reauthentication" : ""));
            case GatewayPacket.TunnelResponse response -> answer("tunnel response", response.error());
            case GatewayPacket.TunnelAuth(var name) -> new EventText("tunnel authorization request of " + HOST.of(name), "clientName",
                    HOST.of(name));
            case GatewayPacket.TunnelAuthResponse response -> answer("tunnel authorization response"
                    + (response.idleTimeoutMinutes() > 0 ? ", idle timeout " + response.idleTimeoutMinutes() + " min" : ""),
                    response.error());
            case GatewayPacket.ChannelCreate create -> {
                List<String> resources = create.resources().stream().map(HOST::of).toList();
                yield new EventText("channel to " + String.join(" or ", resources) + ", port " + create.port(), "resources", resources);
            }
            case GatewayPacket.ChannelResponse response -> answer("channel response", response.error());
            case GatewayPacket.ServiceMessage(var message) ->
                    new EventText("message of the gateway: " + TEXT.of(shortened(message)), "serviceMessage", TEXT.of(shortened(message)));
            case GatewayPacket.CloseChannel(var response, var code) -> response || client
                    ? new EventText("channel closed" + (code.isSuccess() ? "" : ", " + EventText.named(code)))
                    : answer("the gateway closes the channel", code);
            case GatewayPacket.Other other -> new EventText("gateway packet " + other.name());
            case GatewayPacket.Data _ -> new EventText("gateway data");
        };
    }

    private static Object known(int number) {
        return number < 0 ? "" : number;
    }

    static EventText of(CleanPath message) {
        return switch (message) {
            case CleanPath.Request request -> new EventText("RDCleanPath request for " + HOST.of(request.destination())
                    + (request.token() ? ", with a token" : "") + (request.preconnection() ? ", with a preconnection PDU" : ""),
                    "destination", HOST.of(request.destination()));
            case CleanPath.Answer answer -> new EventText("RDCleanPath answer: TLS with the host is ready" + (answer.serverAddress()
                    .isEmpty() ? "" : " at " + HOST.of(answer.serverAddress())), "serverAddress", HOST.of(answer.serverAddress()));
            case CleanPath.Refusal refusal -> new EventText("RDCleanPath refusal: " + refusal.says(), "code", known(refusal.code()),
                    "httpStatus", known(refusal.httpStatus()), "socketError", known(refusal.socketError()), "tlsAlert",
                    known(refusal.tlsAlert()));
        };
    }

    private static EventText answer(String says, GatewayError code) {
        return new EventText(says + (code.isSuccess() ? "" : ": " + EventText.named(code)), "errorCode", Hex.code32(code.code()),
                "errorName", code.name());
    }
}
