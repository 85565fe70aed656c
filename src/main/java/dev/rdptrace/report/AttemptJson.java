package dev.rdptrace.report;

import static dev.rdptrace.bytes.Identity.COOKIE;
import static dev.rdptrace.bytes.Identity.DIGEST;
import static dev.rdptrace.bytes.Identity.FLOW;
import static dev.rdptrace.bytes.Identity.HOST;
import static dev.rdptrace.bytes.Identity.ID;
import static dev.rdptrace.bytes.Identity.NAME;
import static dev.rdptrace.bytes.Identity.TEXT;
import static dev.rdptrace.bytes.Identity.WORD;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.AuthenticationFacts;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.GatewayFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.timeline.TcpFacts;
import dev.rdptrace.timeline.TlsFacts;
import dev.rdptrace.wire.credssp.EarlyUserAuthorization;
import dev.rdptrace.wire.credssp.KerberosError;
import dev.rdptrace.wire.field.Code;
import dev.rdptrace.wire.field.HResult;
import dev.rdptrace.wire.field.Status;
import dev.rdptrace.wire.rdstls.RdstlsResult;
import dev.rdptrace.wire.share.ErrorInfo;
import dev.rdptrace.wire.tls.Alert;
import dev.rdptrace.wire.tls.CertificateFacts;
import dev.rdptrace.wire.x224.FailureCode;
import dev.rdptrace.wire.x224.Routing;
import dev.rdptrace.wire.x224.Tpdu;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// One connection of a try as the JSON report tells it: its verdict, what both sides said, and every event.
final class AttemptJson {
    private static final Phase[] PHASES = Phase.values();

    private final JsonWriter json;
    private final CommunityId communityId = new CommunityId();

    AttemptJson(JsonWriter json) {
        this.json = json;
    }

    void verdict(Finding verdict, JudgedAttempt diagnosis) {
        json.startObject("verdict");
        json.property("id", verdict.id());
        json.property("says", verdict.says());
        json.word("phase", verdict.phase().toString());
        json.word("side", verdict.side().toString());
        json.word("confidence", verdict.confidence().toString());
        json.word("closedBy", verdict.closedBy().toString());
        json.word("how", verdict.how().toString());
        json.numbers("frames", verdict.frames());
        json.startObject("lastGood");
        boolean worked = diagnosis.lastGood().frame() > 0;
        json.orNull("frame", worked ? diagnosis.lastGood().frame() : -1);
        json.property("says", diagnosis.lastGood().says());
        json.endObject();
        if (diagnosis.firstMissing().from().isEmpty()) {
            json.nothing("firstMissing");
        } else {
            json.startObject("firstMissing");
            json.property("from", diagnosis.firstMissing().from());
            json.property("says", diagnosis.firstMissing().says());
            if (worked) {
                json.property("waitedSeconds", diagnosis.firstMissing().waitedSeconds());
            } else {
                json.nothing("waitedSeconds");
            }
            json.endObject();
        }
        json.endObject();
    }

    void write(JudgedAttempt diagnosis) {
        Attempt attempt = diagnosis.attempt();
        json.startObject();
        json.property("stream", attempt.stream());
        json.property("transport", attempt.overUdp() ? "udp" : "tcp");
        json.property("client", attempt.client().marked());
        json.property("server", attempt.server().marked());
        json.property("communityId", FLOW.of(communityId.of(attempt)));
        json.word("outcome", diagnosis.outcome().toString());
        verdict(diagnosis.verdict(), diagnosis);
        negotiation(attempt);
        if (attempt.tls().clientHello().isPresent() || attempt.tls().serverHello().isPresent()) {
            tls("tls", attempt.tls());
        }
        authentication(attempt);
        inner(attempt);
        gateway(attempt);
        tcp(attempt.tcp());
        json.strings("unclear", diagnosis.unclear().stream().map(Object::toString).toList());
        phases(attempt);
        json.startArray("events");
        for (Event event : attempt.events()) {
            EventText telling = EventText.of(event);
            json.startObject();
            json.property("frame", event.at().frame());
            json.time("time", event.at().nanos());
            json.property("from", EventText.from(event.from()));
            json.word("kind", event.kind().toString());
            json.property("says", telling.says());
            json.word("phase", event.phase().toString());
            details(telling.details());
            json.endObject();
        }
        json.endArray();
        json.endObject();
    }

    private void detail(String name, Object value) {
        switch (value) {
            case Integer number -> json.property(name, number);
            case Long number -> json.property(name, number);
            case Boolean flag -> json.property(name, flag);
            case List<?> list -> {
                json.startArray(name);
                for (Object inner : list) {
                    element(inner);
                }
                json.endArray();
            }
            case Map<?, ?> map -> {
                json.startObject(name);
                details(map);
                json.endObject();
            }
            default -> json.property(name, value.toString());
        }
    }

    private void element(Object value) {
        switch (value) {
            case Integer number -> json.value(number);
            case Long number -> json.value(number);
            case Boolean flag -> json.value(flag);
            case Map<?, ?> map -> {
                json.startObject();
                details(map);
                json.endObject();
            }
            default -> json.value(value.toString());
        }
    }

    private void details(Map<?, ?> all) {
        for (Map.Entry<?, ?> detail : all.entrySet()) {
            detail(String.valueOf(detail.getKey()), detail.getValue());
        }
    }

    private void negotiation(Attempt attempt) {
        String token = "";
        String target = "";
        for (Routing line : attempt.x224().request().map(Tpdu.ConnectionRequest::routing).orElse(List.of())) {
            switch (line) {
                case Routing.AddressToken address -> {
                    token = COOKIE.of(address.text());
                    target = HOST.of(address.address()) + ":" + address.port();
                }
                case Routing.OpaqueToken opaque -> token = COOKIE.of(opaque.text());
                case Routing.LoadBalanceInfo info -> token = COOKIE.of(info.text());
                case Routing.UserCookie _,Routing.FreeText _ -> {}
            }
        }
        json.strings("requested", attempt.x224().request().map(request -> request.requestedProtocols().names()).orElse(List.of()));
        json.strings("requestFlags", attempt.x224().request().flatMap(Tpdu.ConnectionRequest::negotiation).map(n -> n.flags().names())
                .orElse(List.of()));
        json.orNull("cookie", Identity.account(attempt.x224().request().map(Tpdu.ConnectionRequest::cookieName).orElse("")));
        json.orNull("routingToken", token);
        json.property("routingTarget", target);
        json.property("correlationId", ID.of(attempt.x224().request().map(Tpdu.ConnectionRequest::correlationId).orElse("")));
        reply(attempt.x224().confirm().map(Tpdu.ConnectionConfirm::reply));
        json.property("prologue", attempt.proxy().says());
    }

    private void reply(Optional<Tpdu.NegotiationReply> reply) {
        String selected = "";
        FailureCode failure = null;
        List<String> flags = List.of();
        if (reply.isPresent()) {
            switch (reply.get()) {
                case Tpdu.NegotiationReply.Response(var given, var protocols) -> {
                    selected = protocols.toString();
                    flags = given.names();
                }
                case Tpdu.NegotiationReply.Failure(var code) -> failure = code;
                case Tpdu.NegotiationReply.None _ -> selected = "RDP";
                case Tpdu.NegotiationReply.Unknown _ -> {}
            }
        }
        json.orNull("selected", selected);
        json.strings("responseFlags", flags);
        if (failure == null) {
            json.nothing("failureCode");
        } else {
            json.property("failureCode", Integer.toUnsignedLong(failure.code()));
            json.property("failureName", failure.name());
        }
    }

    private void tls(String name, TlsFacts tls) {
        json.startObject(name);
        tls.serverHello().ifPresent(hello -> {
            json.property("version", hello.version().name());
            json.property("cipher", hello.suite().name());
            json.property("ja3s", tls.ja3s());
        });
        tls.clientHello().ifPresent(hello -> {
            json.property("serverName", HOST.of(hello.serverName()));
            json.strings("offeredVersions", hello.offeredVersions().stream().map(v -> v.name()).toList());
            json.property("ja3", tls.ja3());
            json.property("ja4", tls.ja4());
            json.property("clientHelloBytes", tls.clientHelloLength());
        });
        json.property("resumed", tls.resumed());
        json.startArray("certificates");
        for (CertificateFacts certificate : tls.certificates()) {
            json.startObject();
            json.property("subject", NAME.of(certificate.subject()));
            json.property("issuer", NAME.of(certificate.issuer()));
            json.strings("names", certificate.subjectAltNames().stream().map(NAME::of).toList());
            json.word("notBefore", TimeText.isoOfSeconds(certificate.notBefore()));
            json.word("notAfter", TimeText.isoOfSeconds(certificate.notAfter()));
            json.property("key", certificate.keyAlgorithm());
            json.known("keyBits", certificate.keyBits());
            json.property("signature", certificate.signatureAlgorithm());
            json.property("selfSigned", certificate.selfSigned());
            json.property("sha256", DIGEST.of(certificate.sha256()));
            json.endObject();
        }
        json.endArray();
        json.startArray("alerts");
        for (TlsFacts.AlertSeen alert : tls.alerts()) {
            json.startObject();
            json.property("from", alert.from().toString());
            if (alert.encrypted()) {
                json.nothing("level");
                json.nothing("code");
                json.property("name", "encrypted");
            } else {
                json.property("level", alert.level());
                json.property("code", alert.code());
                json.property("name", new Alert(alert.level(), alert.code()).name());
            }
            json.property("frame", alert.at().frame());
            json.endObject();
        }
        json.endArray();
        json.endObject();
    }

    private void authentication(Attempt attempt) {
        var facts = attempt.authentication();
        if (!attempt.reached(Step.TOKEN) && !attempt.reached(Step.RDSTLS_CAPABILITIES) && !attempt.reached(Step.AAD_NONCE)) {
            return;
        }
        json.startObject("credssp");
        json.property("mechanism", facts.mechanism().title());
        json.property("answer", facts.answer().toString());
        json.property("versions", facts.credSspVersions());
        if (facts.status() != 0) {
            code("error", Status.of(facts.status()));
        }
        if (facts.kerberosError() >= 0) {
            code("kerberosError", new KerberosError(facts.kerberosError()));
        }
        if (facts.earlyAuthorization() >= 0) {
            json.property("earlyAuthorization", new EarlyUserAuthorization(facts.earlyAuthorization()).name());
        }
        if (attempt.reached(Step.RDSTLS_RESULT) && facts.decrypted()) {
            code("result", new RdstlsResult(facts.result()));
        } else if (attempt.reached(Step.AAD_RESULT) && facts.decrypted()) {
            code("result", new HResult(facts.result()));
        }
        json.property("user", Identity.account(facts.user()));
        if (facts.clockSkewNanos() != AuthenticationFacts.NO_SKEW) {
            json.property("serverClockAheadMillis", Math.round(facts.clockSkewNanos() / 1e6));
        }
        json.property("decrypted", facts.decrypted());
        json.endObject();
    }

    /// A code with its name and what it means: `errorCode`, `errorName`, `errorMeaning`.
    private void code(String name, Code code) {
        json.property(name.equals("errorInfo") ? name : name + "Code", Hex.code32(code.code()));
        json.property(name + "Name", code.name());
        json.property(name + "Meaning", code.meaning());
    }

    private void gateway(Attempt attempt) {
        GatewayFacts facts = attempt.tunnel();
        if (!facts.read()) {
            return;
        }
        json.startObject("gateway");
        if (facts.clear()) {
            json.property("clear", true);
        }
        json.startArray("statuses");
        facts.http().statuses().forEach(json::value);
        json.endArray();
        json.strings("schemes", facts.http().schemes().stream().map(WORD::of).toList());
        json.property("webSocketAsked", facts.http().upgrade());
        json.property("webSocket", facts.http().upgraded());
        json.property("target", HOST.of(facts.way().target()));
        json.property("opened", facts.way().opened());
        if (facts.refused().error() != 0) {
            json.property("refused", facts.refused().what());
            code("error", facts.gatewayError());
        }
        if (facts.web().carrier() != GatewayFacts.Web.Carrier.NONE) {
            web(facts.web());
        }
        if (facts.host().filter(host -> host.tls().clientHello().isPresent() || host.tls().serverHello().isPresent()
                || host.tls().certificate().isPresent()).isPresent()) {
            tls("hostTls", facts.host().get().tls());
        }
        if (facts.way().asked().seen()) {
            json.startArray("legs");
            Journey.through(attempt).forEach(this::leg);
            json.endArray();
        }
        json.endObject();
    }

    private void web(GatewayFacts.Web web) {
        json.property("carrier", web.carrier().toString());
        web.refusal().ifPresent(refusal -> {
            json.startObject("refusal");
            json.known("code", refusal.code());
            json.known("httpStatus", refusal.httpStatus());
            json.known("socketError", refusal.socketError());
            json.known("tlsAlert", refusal.tlsAlert());
            json.endObject();
        });
        if (web.close().at().seen()) {
            json.startObject("close");
            json.known("code", web.close().code());
            json.property("reason", TEXT.of(web.close().reason()));
            json.endObject();
        }
    }

    void leg(Journey leg) {
        json.startObject();
        json.property("from", leg.from());
        json.property("to", leg.to());
        json.property("transport", leg.transport());
        json.word("began", TimeText.iso(leg.began().nanos()));
        if (leg.done().seen()) {
            json.property("seconds", leg.seconds());
            json.property("did", leg.did());
        }
        leg.broke().ifPresent(phase -> json.word("brokeIn", phase.toString()));
        json.endObject();
    }

    private void inner(Attempt attempt) {
        var inner = attempt.inner();
        if (!attempt.reached(Step.CONNECT_INITIAL)) {
            return;
        }
        json.startObject("mcs");
        if (inner.decrypted() || inner.conference().joinsRequested() > 0) { // by sizes, or not known
            json.property("joinsRequested", inner.conference().joinsRequested());
            json.property("joinsConfirmed", inner.conference().joinsConfirmed());
        }
        if (inner.decrypted()) {
            json.strings("channels", inner.conference().channels().stream().map(WORD::of).toList());
        }
        json.known("result", inner.conference().connectResult());
        json.known("encryptionMethod", inner.encryption().method());
        json.known("encryptionLevel", inner.encryption().level());
        if (inner.error().code() > 0) {
            code("errorInfo", new ErrorInfo(inner.error().code()));
        }
        json.property("read", inner.decrypted());
        json.endObject();
    }

    private void tcp(TcpFacts tcp) {
        json.startObject("tcp");
        json.millis("rttMillis", tcp.rttNanos());
        for (Side side : Side.values()) {
            var half = tcp.half(side);
            json.startObject(side.toString());
            json.property("packets", half.traffic().packets());
            json.property("payloadBytes", half.payloadBytes());
            json.known("mss", half.habits().mss());
            json.known("hopLimit", half.habits().hopLimit());
            json.word("identification", half.habits().identification().name().toLowerCase(Locale.ROOT));
            json.property("retransmissions", half.traffic().repeats());
            json.property("outOfOrder", half.traffic().outOfOrder());
            json.property("duplicates", half.traffic().duplicates());
            json.positive("largestPacketDelivered", half.traffic().largestDeliveredIp());
            json.property("unacknowledged", half.loss().unacknowledged().size());
            json.property("missingBytes", half.loss().holeBytes());
            json.property("zeroWindowMillis", Math.round(half.zeroWindow().nanos() / 1e6));
            json.endObject();
        }
        json.orNull("mss", tcp.server().habits().mss());
        json.property("retransmissions", tcp.repeats());
        json.endObject();
    }

    private void phases(Attempt attempt) {
        json.startArray("phases");
        Moment first = attempt.first();
        Moment[] begins = new Moment[PHASES.length];
        for (Map.Entry<Step, Moment> step : attempt.steps().entrySet()) {
            int phase = step.getKey().phase().ordinal();
            if (begins[phase] == null || !begins[phase].seen() || begins[phase].isAfter(step.getValue())) {
                begins[phase] = step.getValue();
            }
        }
        for (Phase phase : PHASES) {
            Moment begin = begins[phase.ordinal()];
            if (begin != null && begin.seen()) {
                json.startObject();
                json.word("phase", phase.toString());
                json.property("frame", begin.frame());
                json.word("time", TimeText.iso(begin.nanos()));
                json.millis("millis", begin.nanos() - first.nanos());
                json.endObject();
            }
        }
        json.endArray();
    }
}
