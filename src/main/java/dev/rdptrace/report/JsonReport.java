package dev.rdptrace.report;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.CaptureFacts.FileFacts;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.diagnosis.CodeCheck;
import dev.rdptrace.diagnosis.Compared;
import dev.rdptrace.diagnosis.Diagnosis;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.page.ClientCode;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.AuthenticationFacts;
import dev.rdptrace.timeline.Comparison;
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
import dev.rdptrace.wire.field.NtStatus;
import dev.rdptrace.wire.rdstls.RdstlsResult;
import dev.rdptrace.wire.share.ErrorInfo;
import dev.rdptrace.wire.tls.Alert;
import dev.rdptrace.wire.tls.CertificateFacts;
import dev.rdptrace.wire.tls.Fingerprint;
import dev.rdptrace.wire.x224.FailureCode;
import dev.rdptrace.wire.x224.Routing;
import dev.rdptrace.wire.x224.Tpdu;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultPrettyPrinter;

/// The report that other programs rely on, schema `rdptrace-report/1`. Streamed; the same analysis gives the same bytes.
public final class JsonReport {
    private static final String SCHEMA = "rdptrace-report/1";
    private static final int MOST_PACKETS = 500;

    private final JsonGenerator json;
    private final Report report;

    private JsonReport(JsonGenerator json, Report report) {
        this.json = json;
        this.report = report;
    }

    /// One object for the whole capture.
    public static void write(Report report, OutputStream out) throws IOException {
        try (JsonGenerator json = factory().createGenerator(new Pretty(), out, JsonEncoding.UTF8)) {
            new JsonReport(json, report).report();
        }
        out.write('\n');
        out.flush();
    }

    /// One incident a line.
    public static void writeLines(Report report, OutputStream out) throws IOException {
        JsonFactory factory = factory();
        for (Incident incident : report.incidents()) {
            try (JsonGenerator json = factory.createGenerator(ObjectWriteContext.empty(), out, JsonEncoding.UTF8)) {
                new JsonReport(json, report).incident(incident);
            }
            out.write('\n');
        }
        out.flush();
    }

    /// The caller's stream stays open; numbers are written as people write them, not as 1.19E-4.
    private static JsonFactory factory() {
        return JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN).build();
    }

    /// Two blanks a level and a line feed on every platform.
    private static final class Pretty extends ObjectWriteContext.Base {
        @Override
        public tools.jackson.core.PrettyPrinter getPrettyPrinter() {
            tools.jackson.core.util.DefaultIndenter lines = new tools.jackson.core.util.DefaultIndenter("  ", "\n");
            return new DefaultPrettyPrinter().withObjectIndenter(lines);
        }
    }

    private void report() {
        json.writeStartObject();
        json.writeStringProperty("schema", SCHEMA);
        json.writeObjectPropertyStart("tool");
        json.writeStringProperty("name", "rdptrace");
        json.writeStringProperty("version", report.version());
        json.writeEndObject();
        capture();
        json.writeArrayPropertyStart("incidents");
        report.incidents().forEach(this::incident);
        json.writeEndArray();
        json.writeEndObject();
    }

    private void capture() {
        CaptureFacts facts = report.capture();
        json.writeObjectPropertyStart("capture");
        json.writeArrayPropertyStart("files");
        for (FileFacts file : facts.files()) {
            json.writeStartObject();
            json.writeStringProperty("path", file.path());
            json.writeStringProperty("format", file.format());
            json.writeNumberProperty("packets", file.packets());
            json.writeNumberProperty("bytes", file.bytes());
            time("firstTime", file.firstNanos());
            time("lastTime", file.lastNanos());
            json.writeArrayPropertyStart("linkTypes");
            facts.interfaces().stream().map(i -> LinkNames.of(i.linkType())).distinct().forEach(json::writeString);
            json.writeEndArray();
            if (file.truncated() != null) {
                json.writeStringProperty("truncated", file.truncated());
            }
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayPropertyStart("fitness");
        for (Report.Fitness fitness : report.fitness()) {
            json.writeStartObject();
            json.writeStringProperty("id", fitness.id());
            json.writeStringProperty("says", fitness.says());
            frames(fitness.frames());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeObjectPropertyStart("counts");
        report.counts().forEach(json::writeNumberProperty);
        json.writeEndObject();
        json.writeEndObject();
    }

    private void time(String name, long nanos) {
        if (nanos == Frame.NO_TIME) {
            json.writeNullProperty(name);
        } else {
            json.writeStringProperty(name, Times.iso(nanos));
        }
    }

    private void incident(Incident incident) {
        json.writeStartObject();
        json.writeStringProperty("client", incident.client().address());
        json.writeStringProperty("server", incident.server().address());
        json.writeNumberProperty("port", incident.server().port());
        json.writeStringProperty("outcome", incident.outcome().toString());
        verdict(incident.verdict(), incident.headline());
        json.writeArrayPropertyStart("alternatives");
        for (Diagnosis.RunnerUp other : incident.alternatives()) {
            json.writeStartObject();
            json.writeStringProperty("id", other.id());
            json.writeStringProperty("says", other.says());
            json.writeStringProperty("because", other.because());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayPropertyStart("excluded");
        for (Incident.Excluded excluded : incident.excluded()) {
            json.writeStartObject();
            json.writeStringProperty("says", excluded.says());
            json.writeStringProperty("because", excluded.because());
            frames(excluded.frames());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayPropertyStart("warnings");
        for (Diagnosis.Warning warning : report.warnings(incident)) {
            json.writeStartObject();
            json.writeStringProperty("id", warning.id());
            json.writeStringProperty("says", warning.says());
            frames(warning.frames());
            json.writeEndObject();
        }
        json.writeEndArray();
        strings("nextLook", incident.nextLook());
        strings("fixes", incident.fixes());
        json.writeArrayPropertyStart("clientCodes");
        for (ClientCode code : incident.clientCodes()) {
            json.writeStartObject();
            if (code.main() >= 0) {
                json.writeStringProperty("main", "0x" + Integer.toHexString(code.main()).toUpperCase(java.util.Locale.ROOT));
            } else {
                json.writeNullProperty("main");
            }
            if (code.extended() >= 0) {
                json.writeStringProperty("extended", "0x" + Integer.toHexString(code.extended()).toUpperCase(java.util.Locale.ROOT));
            } else {
                json.writeNullProperty("extended");
            }
            json.writeStringProperty("family", code.family().toString().toLowerCase(java.util.Locale.ROOT));
            json.writeStringProperty("confidence", Character.toString(code.confidence()));
            json.writeEndObject();
        }
        json.writeEndArray();
        report.codeCheck(incident).ifPresent(this::clientCode);
        incident.compared().ifPresent(this::comparison);
        json.writeArrayPropertyStart("attempts");
        incident.attempts().forEach(this::attempt);
        json.writeEndArray();
        json.writeEndObject();
    }

    private void comparison(Compared compared) {
        json.writeObjectPropertyStart("comparison");
        json.writeStringProperty("with", compared.name());
        json.writeBooleanProperty("paired", compared.facts().isPresent());
        json.writeArrayPropertyStart("points");
        for (Compared.Point point : compared.points()) {
            json.writeStartObject();
            json.writeStringProperty("says", point.says());
            frames("frames", point.frames());
            frames("otherFrames", point.otherFrames());
            json.writeEndObject();
        }
        json.writeEndArray();
        compared.facts().ifPresent(this::facts);
        json.writeEndObject();
    }

    private void facts(Comparison facts) {
        json.writeNumberProperty("stream", facts.stream());
        json.writeNumberProperty("otherStream", facts.otherStream());
        json.writeStringProperty("otherClient", facts.otherClient().toString());
        json.writeStringProperty("otherServer", facts.otherServer().toString());
        json.writeBooleanProperty("translated", facts.translated());
        json.writeBooleanProperty("renumberedClient", facts.renumberedClient());
        json.writeBooleanProperty("renumberedServer", facts.renumberedServer());
        json.writeStringProperty("nearClient", facts.nearClient().toString());
        json.writeNumberProperty("offsetSeconds", BigDecimal.valueOf(facts.offsetNanos(), 9));
        if (facts.uncertaintyNanos() < 0) {
            json.writeNullProperty("uncertaintySeconds");
        } else {
            json.writeNumberProperty("uncertaintySeconds", BigDecimal.valueOf(facts.uncertaintyNanos(), 9));
        }
        json.writeBooleanProperty("incomplete", facts.incomplete());
        for (Side side : Side.values()) {
            Comparison.Way way = facts.way(side);
            json.writeObjectPropertyStart("from" + (side == Side.CLIENT ? "Client" : "Server"));
            json.writeNumberProperty("sent", way.sent());
            json.writeNumberProperty("matched", way.matched());
            json.writeNumberProperty("lost", way.lost());
            json.writeNumberProperty("injected", way.injected());
            json.writeNumberProperty("lostBytes", way.lostBytes());
            json.writeNumberProperty("unseenBytes", way.unseenBytes());
            json.writeNumberProperty("largestPacketArrived", way.largestArrivedIp());
            json.writeNumberProperty("smallestPacketLost", way.smallestLostIp());
            json.writeNumberProperty("hops", way.hops());
            json.writeEndObject();
        }
        json.writeArrayPropertyStart("changes");
        for (Comparison.Change change : facts.changes()) {
            json.writeStartObject();
            json.writeStringProperty("from", change.from().toString());
            json.writeStringProperty("what", change.what());
            json.writeStringProperty("sent", change.sent());
            json.writeStringProperty("arrived", change.arrived());
            json.writeNumberProperty("frame", change.frame());
            json.writeNumberProperty("otherFrame", change.otherFrame());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayPropertyStart("packets");
        facts.sightings().stream().filter(s -> s.fate() != Comparison.Fate.ARRIVED || s.syn() || s.fin() || s.reset()).limit(MOST_PACKETS)
                .forEach(this::sighting);
        json.writeEndArray();
    }

    private void sighting(Comparison.Sighting s) {
        json.writeStartObject();
        json.writeStringProperty("from", s.from().toString());
        json.writeStringProperty("fate", s.fate().toString());
        json.writeStringProperty("time", Times.iso(s.nanos()));
        json.writeNumberProperty("frame", s.frame());
        json.writeNumberProperty("otherFrame", s.otherFrame());
        json.writeNumberProperty("flags", s.flags());
        json.writeNumberProperty("offset", s.offset());
        json.writeNumberProperty("length", s.length());
        json.writeNumberProperty("packetLength", s.ipLength());
        json.writeNumberProperty("undelivered", s.undelivered());
        json.writeEndObject();
    }

    private void clientCode(CodeCheck check) {
        json.writeObjectPropertyStart("clientCode");
        json.writeStringProperty("given", check.given());
        json.writeStringProperty("documented", check.documented());
        switch (check.agreement()) {
            case AGREES -> json.writeBooleanProperty("agrees", true);
            case CONTRADICTS -> json.writeBooleanProperty("agrees", false);
            case UNKNOWN -> json.writeNullProperty("agrees");
        }
        json.writeStringProperty("says", check.says());
        json.writeEndObject();
    }

    private void verdict(Finding verdict, Diagnosis diagnosis) {
        json.writeObjectPropertyStart("verdict");
        json.writeStringProperty("id", verdict.id());
        json.writeStringProperty("says", verdict.says());
        json.writeStringProperty("phase", verdict.phase().toString());
        json.writeStringProperty("side", verdict.side().toString());
        json.writeStringProperty("confidence", verdict.confidence().toString());
        json.writeStringProperty("closedBy", verdict.closedBy().toString());
        json.writeStringProperty("how", verdict.how().toString());
        frames(verdict.frames());
        json.writeObjectPropertyStart("lastGood");
        json.writeNumberProperty("frame", diagnosis.lastGood().frame());
        json.writeStringProperty("says", diagnosis.lastGood().says());
        json.writeEndObject();
        if (diagnosis.firstMissing().from().isEmpty()) {
            json.writeNullProperty("firstMissing");
        } else {
            json.writeObjectPropertyStart("firstMissing");
            json.writeStringProperty("from", diagnosis.firstMissing().from());
            json.writeStringProperty("says", diagnosis.firstMissing().says());
            json.writeNumberProperty("waitedSeconds", BigDecimal.valueOf(diagnosis.firstMissing().waitedSeconds()));
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private void attempt(Diagnosis diagnosis) {
        Attempt attempt = diagnosis.attempt();
        json.writeStartObject();
        json.writeNumberProperty("stream", attempt.stream());
        json.writeStringProperty("transport", "tcp");
        json.writeStringProperty("client", attempt.client().toString());
        json.writeStringProperty("server", attempt.server().toString());
        json.writeStringProperty("communityId", CommunityId.of(attempt.client(), attempt.server()));
        json.writeStringProperty("outcome", diagnosis.outcome().toString());
        verdict(diagnosis.verdict(), diagnosis);
        negotiation(attempt);
        if (attempt.tls().clientHello().isPresent() || attempt.tls().serverHello().isPresent()) {
            tls(attempt.tls());
        }
        authentication(attempt);
        inner(attempt);
        gateway(attempt.tunnel());
        tcp(attempt.tcp());
        strings("unclear", diagnosis.unclear());
        phases(attempt);
        json.writeArrayPropertyStart("events");
        for (Event event : attempt.events()) {
            json.writeStartObject();
            json.writeNumberProperty("frame", event.at().frame());
            json.writeStringProperty("time", Times.iso(event.at().nanos()));
            json.writeStringProperty("from", event.from());
            json.writeStringProperty("kind", event.kind().toString());
            json.writeStringProperty("says", event.says());
            json.writeStringProperty("phase", event.phase().toString());
            event.details().forEach(this::detail);
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void detail(String name, Object value) {
        switch (value) {
            case Integer number -> json.writeNumberProperty(name, number);
            case Long number -> json.writeNumberProperty(name, number);
            case Boolean flag -> json.writeBooleanProperty(name, flag);
            case List<?> list -> {
                json.writeArrayPropertyStart(name);
                list.forEach(this::element);
                json.writeEndArray();
            }
            case Map<?, ?> map -> {
                json.writeObjectPropertyStart(name);
                map.forEach((key, inner) -> detail(String.valueOf(key), inner));
                json.writeEndObject();
            }
            default -> json.writeStringProperty(name, value.toString());
        }
    }

    private void element(Object value) {
        switch (value) {
            case Integer number -> json.writeNumber(number);
            case Long number -> json.writeNumber(number);
            case Boolean flag -> json.writeBoolean(flag);
            case Map<?, ?> map -> {
                json.writeStartObject();
                map.forEach((key, inner) -> detail(String.valueOf(key), inner));
                json.writeEndObject();
            }
            default -> json.writeString(value.toString());
        }
    }

    /// The fields of the negotiation are always there, `null` where the capture does not have them.
    private void negotiation(Attempt attempt) {
        String token = null;
        String target = null;
        for (Routing line : attempt.request().map(Tpdu.ConnectionRequest::routing).orElse(List.of())) {
            switch (line) {
                case Routing.AddressToken address -> {
                    token = address.text();
                    target = address.address() + ":" + address.port();
                }
                case Routing.OpaqueToken opaque -> token = opaque.text();
                case Routing.LoadBalanceInfo info -> token = info.text();
                case Routing.UserCookie _, Routing.FreeText _ -> { }
            }
        }
        strings("requested", attempt.request().map(request -> request.requestedProtocols().names()).orElse(List.of()));
        strings("requestFlags", attempt.request().flatMap(Tpdu.ConnectionRequest::negotiation).map(n -> n.flags().names()).orElse(List.of()));
        optional("cookie", attempt.request().map(Tpdu.ConnectionRequest::cookieName).orElse(""));
        optional("routingToken", token);
        optional("routingTarget", target);
        optional("correlationId", attempt.request().map(Tpdu.ConnectionRequest::correlationId).orElse(""));
        reply(attempt.confirm().map(Tpdu.ConnectionConfirm::reply));
        if (!attempt.prologue().isEmpty()) {
            json.writeStringProperty("prologue", attempt.prologue());
        }
    }

    private void reply(Optional<Tpdu.NegotiationReply> reply) {
        String selected = null;
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
                case Tpdu.NegotiationReply.Unknown _ -> { }
            }
        }
        optional("selected", selected);
        strings("responseFlags", flags);
        if (failure == null) {
            json.writeNullProperty("failureCode");
        } else {
            json.writeNumberProperty("failureCode", Integer.toUnsignedLong(failure.code()));
            json.writeStringProperty("failureName", failure.name());
        }
    }

    private void optional(String name, String value) {
        if (value == null || value.isEmpty()) {
            json.writeNullProperty(name);
        } else {
            json.writeStringProperty(name, value);
        }
    }

    private void tls(TlsFacts tls) {
        json.writeObjectPropertyStart("tls");
        tls.serverHello().ifPresent(hello -> {
            json.writeStringProperty("version", hello.version().name());
            json.writeStringProperty("cipher", hello.suite().name());
            json.writeStringProperty("ja3s", Fingerprint.ja3s(hello).value());
        });
        tls.clientHello().ifPresent(hello -> {
            json.writeStringProperty("serverName", hello.serverName());
            strings("offeredVersions", hello.offeredVersions().stream().map(v -> v.name()).toList());
            json.writeStringProperty("ja3", Fingerprint.ja3(hello).value());
            json.writeStringProperty("ja4", Fingerprint.ja4(hello).value());
            json.writeNumberProperty("clientHelloBytes", tls.clientHelloLength());
        });
        json.writeBooleanProperty("resumed", tls.resumed());
        json.writeArrayPropertyStart("certificates");
        for (CertificateFacts certificate : tls.certificates()) {
            json.writeStartObject();
            json.writeStringProperty("subject", certificate.subject());
            json.writeStringProperty("issuer", certificate.issuer());
            strings("names", certificate.subjectAltNames());
            json.writeStringProperty("notBefore", Times.iso(certificate.notBefore() * 1_000_000_000L));
            json.writeStringProperty("notAfter", Times.iso(certificate.notAfter() * 1_000_000_000L));
            json.writeStringProperty("key", certificate.keyAlgorithm());
            json.writeNumberProperty("keyBits", certificate.keyBits());
            json.writeStringProperty("signature", certificate.signatureAlgorithm());
            json.writeBooleanProperty("selfSigned", certificate.selfSigned());
            json.writeStringProperty("sha256", certificate.sha256());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayPropertyStart("alerts");
        for (TlsFacts.AlertSeen alert : tls.alerts()) {
            json.writeStartObject();
            json.writeStringProperty("from", alert.from().toString());
            if (alert.encrypted()) {
                json.writeNullProperty("level");
                json.writeNullProperty("code");
                json.writeStringProperty("name", "encrypted");
            } else {
                json.writeNumberProperty("level", alert.level());
                json.writeNumberProperty("code", alert.code());
                json.writeStringProperty("name", new Alert(alert.level(), alert.code()).name());
            }
            json.writeNumberProperty("frame", alert.at().frame());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void authentication(Attempt attempt) {
        var facts = attempt.authentication();
        if (!attempt.reached(Step.TOKEN) && !attempt.reached(Step.RDSTLS_CAPABILITIES) && !attempt.reached(Step.AAD_NONCE)) {
            return;
        }
        json.writeObjectPropertyStart("credssp");
        json.writeStringProperty("mechanism", facts.mechanism().title());
        json.writeStringProperty("answer", facts.answer().toString());
        json.writeStringProperty("versions", facts.credSspVersions());
        if (facts.status() != 0) {
            code("error", new NtStatus(facts.status()));
        }
        if (facts.kerberosError() >= 0) {
            code("kerberosError", new KerberosError(facts.kerberosError()));
        }
        if (facts.earlyAuthorization() >= 0) {
            json.writeStringProperty("earlyAuthorization", new EarlyUserAuthorization(facts.earlyAuthorization()).name());
        }
        if (attempt.reached(Step.RDSTLS_RESULT) && facts.decrypted()) {
            code("result", new RdstlsResult(facts.result()));
        } else if (attempt.reached(Step.AAD_RESULT) && facts.decrypted()) {
            code("result", new HResult(facts.result()));
        }
        if (!facts.user().isEmpty()) {
            json.writeStringProperty("user", facts.user());
        }
        if (facts.clockSkewNanos() != AuthenticationFacts.NO_SKEW) {
            json.writeNumberProperty("serverClockAheadMillis", Math.round(facts.clockSkewNanos() / 1e6));
        }
        json.writeBooleanProperty("decrypted", facts.decrypted());
        json.writeEndObject();
    }

    /// A code with its name and what it means: `errorCode`, `errorName`, `errorMeaning`.
    private void code(String name, Code code) {
        json.writeStringProperty(name.equals("errorInfo") ? name : name + "Code", Hex.code32(code.code()));
        json.writeStringProperty(name + "Name", code.name());
        json.writeStringProperty(name + "Meaning", code.meaning());
    }

    private void gateway(GatewayFacts facts) {
        if (!facts.read()) {
            return;
        }
        json.writeObjectPropertyStart("gateway");
        json.writeArrayPropertyStart("statuses");
        facts.statuses().forEach(json::writeNumber);
        json.writeEndArray();
        strings("schemes", facts.schemes());
        json.writeBooleanProperty("webSocketAsked", facts.upgrade());
        json.writeBooleanProperty("webSocket", facts.upgraded());
        if (!facts.target().isEmpty()) {
            json.writeStringProperty("target", facts.target());
        }
        json.writeBooleanProperty("opened", facts.opened());
        if (facts.error() != 0) {
            json.writeStringProperty("refused", facts.refusal());
            code("error", facts.gatewayError());
        }
        json.writeEndObject();
    }

    private void inner(Attempt attempt) {
        var inner = attempt.inner();
        if (!attempt.reached(Step.CONNECT_INITIAL)) {
            return;
        }
        json.writeObjectPropertyStart("mcs");
        json.writeNumberProperty("joinsRequested", inner.joinsRequested());
        json.writeNumberProperty("joinsConfirmed", inner.joinsConfirmed());
        strings("channels", inner.channels());
        if (inner.connectResult() >= 0) {
            json.writeNumberProperty("result", inner.connectResult());
        }
        if (inner.encryptionMethod() >= 0) {
            json.writeNumberProperty("encryptionMethod", inner.encryptionMethod());
            json.writeNumberProperty("encryptionLevel", inner.encryptionLevel());
        }
        if (inner.errorInfo() > 0) {
            code("errorInfo", new ErrorInfo(inner.errorInfo()));
        }
        json.writeBooleanProperty("read", inner.decrypted());
        json.writeEndObject();
    }

    private void tcp(TcpFacts tcp) {
        json.writeObjectPropertyStart("tcp");
        if (tcp.rttNanos() >= 0) {
            json.writeNumberProperty("rttMillis", millis(tcp.rttNanos()));
        } else {
            json.writeNullProperty("rttMillis");
        }
        for (dev.rdptrace.timeline.Side side : dev.rdptrace.timeline.Side.values()) {
            var half = tcp.half(side);
            json.writeObjectPropertyStart(side.toString());
            json.writeNumberProperty("packets", half.packets());
            json.writeNumberProperty("payloadBytes", half.payloadBytes());
            json.writeNumberProperty("mss", half.mss());
            json.writeNumberProperty("hopLimit", half.hopLimit());
            json.writeStringProperty("identification", half.identificationHabit().name().toLowerCase(java.util.Locale.ROOT));
            json.writeNumberProperty("retransmissions", half.retransmissions() + half.lossRepairs());
            json.writeNumberProperty("outOfOrder", half.outOfOrder());
            json.writeNumberProperty("duplicates", half.duplicates());
            json.writeNumberProperty("largestPacketDelivered", half.largestDeliveredIp());
            json.writeNumberProperty("unacknowledged", half.unacknowledged().size());
            json.writeNumberProperty("missingBytes", half.holeBytes());
            json.writeNumberProperty("zeroWindowMillis", Math.round(half.zeroWindowNanos() / 1e6));
            json.writeEndObject();
        }
        json.writeNumberProperty("mss", tcp.server().mss());
        json.writeNumberProperty("retransmissions", tcp.client().retransmissions() + tcp.client().lossRepairs()
                + tcp.server().retransmissions() + tcp.server().lossRepairs());
        json.writeEndObject();
    }

    private void phases(Attempt attempt) {
        json.writeArrayPropertyStart("phases");
        Moment first = attempt.first();
        for (Phase phase : Phase.values()) {
            Moment begin = Moment.NEVER;
            for (Map.Entry<Step, Moment> step : attempt.steps().entrySet()) {
                if (step.getKey().phase() == phase && (!begin.seen() || begin.isAfter(step.getValue()))) {
                    begin = step.getValue();
                }
            }
            if (begin.seen()) {
                json.writeStartObject();
                json.writeStringProperty("phase", phase.toString());
                json.writeNumberProperty("frame", begin.frame());
                json.writeStringProperty("time", Times.iso(begin.nanos()));
                json.writeNumberProperty("millis", millis(begin.nanos() - first.nanos()));
                json.writeEndObject();
            }
        }
        json.writeEndArray();
    }

    /// To the microsecond.
    private static BigDecimal millis(long nanos) {
        return BigDecimal.valueOf(Math.round(nanos / 1e3), 3);
    }

    private void frames(List<Long> frames) {
        frames("frames", frames);
    }

    private void frames(String name, List<Long> frames) {
        json.writeArrayPropertyStart(name);
        frames.forEach(json::writeNumber);
        json.writeEndArray();
    }

    private void strings(String name, List<String> values) {
        json.writeArrayPropertyStart(name);
        values.forEach(json::writeString);
        json.writeEndArray();
    }
}
