package dev.rdptrace.report;

import static dev.rdptrace.bytes.Identity.CAPTURE;
import static dev.rdptrace.bytes.Identity.COOKIE;
import static dev.rdptrace.bytes.Identity.DIGEST;
import static dev.rdptrace.bytes.Identity.FLOW;
import static dev.rdptrace.bytes.Identity.HOST;
import static dev.rdptrace.bytes.Identity.ID;
import static dev.rdptrace.bytes.Identity.NAME;
import static dev.rdptrace.bytes.Identity.WORD;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.CaptureFacts.FileFacts;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.LinkType;
import dev.rdptrace.diagnosis.AdvisedChecks;
import dev.rdptrace.diagnosis.CodeCheck;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.SecondCapture;
import dev.rdptrace.diagnosis.page.ClientCode;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.AuthenticationFacts;
import dev.rdptrace.timeline.Comparison;
import dev.rdptrace.timeline.DatagramFacts;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.GatewayFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SideTransport;
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
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The report that other programs rely on, schema `rdptrace-report/1`. Streamed; the same analysis gives the same bytes.
public final class JsonReport {
    private static final String SCHEMA = "rdptrace-report/1";
    private static final int MOST_PACKETS = 500;
    private static final Phase[] PHASES = Phase.values();

    private final JsonWriter json;
    private final Report report;
    private final CommunityId communityId = new CommunityId();

    JsonReport(JsonWriter json, Report report) {
        this.json = json;
        this.report = report;
    }

    /// One object for the whole capture.
    public static void write(Report report, OutputStream out) throws IOException {
        write(report, Disguise.NONE, out);
    }

    /// The same for strangers.
    public static void write(Report report, Disguise disguise, OutputStream out) throws IOException {
        JsonWriter json = new JsonWriter(out, true, disguise);
        written(out, () -> {
            JsonReport whole = new JsonReport(json, report);
            whole.report(List.of(report), () -> report.incidents().forEach(whole::incident));
            json.end();
            json.flush();
        });
    }

    /// One object for several captures, each of which was judged alone.
    ///
    /// @param captures their incidents are not asked for
    /// @param incidents of all of them, most important first, as [#element] wrote them
    public static void write(List<Report> captures, List<Part> incidents, OutputStream out) throws IOException {
        JsonWriter json = new JsonWriter(out, true, Disguise.NONE);
        written(out, () -> {
            new JsonReport(json, captures.getFirst()).report(captures, () -> incidents.forEach(json::element));
            json.end();
            json.flush();
        });
    }

    /// An incident of one capture as it stands in the report on several.
    public static void element(Report report, Incident incident, OutputStream out) throws IOException {
        JsonWriter json = JsonWriter.element(out);
        written(out, () -> {
            json.startObject();
            JsonReport of = new JsonReport(json, report);
            of.file(incident);
            of.fields(incident);
            json.flush();
        });
    }

    /// One incident a line, each with its time and its file, so that it can be read away from the others.
    public static void writeLines(Report report, OutputStream out) throws IOException {
        writeLines(report, Disguise.NONE, out);
    }

    /// The same for strangers.
    public static void writeLines(Report report, Disguise disguise, OutputStream out) throws IOException {
        JsonWriter json = new JsonWriter(out, false, disguise);
        written(out, () -> {
            JsonReport lines = new JsonReport(json, report);
            for (Incident incident : report.incidents()) {
                lines.json.startObject();
                lines.lone(incident);
                lines.fields(incident);
                json.end();
            }
            json.flush();
        });
    }

    static void written(OutputStream out, Runnable report) throws IOException {
        try {
            report.run();
        } catch (UncheckedIOException broken) {
            throw broken.getCause();
        }
        out.flush();
    }

    private void report(List<Report> captures, Runnable incidents) {
        json.startObject();
        json.property("schema", SCHEMA);
        json.startObject("tool");
        json.property("name", "rdptrace");
        json.property("version", report.version());
        json.endObject();
        capture(captures);
        json.startArray("incidents");
        incidents.run();
        json.endArray();
        json.endObject();
    }

    private void capture(List<Report> captures) {
        json.startObject("capture");
        json.startArray("files");
        captures.forEach(capture -> files(capture.capture()));
        json.endArray();
        json.startArray("fitness");
        for (Report capture : captures) {
            for (Report.Fitness fitness : capture.fitness()) {
                json.startObject();
                json.property("id", fitness.id());
                json.property("says", fitness.says());
                frames(fitness.frames());
                if (captures.size() > 1) {
                    json.property("file", CAPTURE.of(capture.capture().files().getFirst().path()));
                }
                json.endObject();
            }
        }
        json.endArray();
        Map<String, Long> counts = new LinkedHashMap<>();
        captures.forEach(capture -> capture.counts().forEach((name, count) -> counts.merge(name, count, Long::sum)));
        json.startObject("counts");
        counts.forEach(json::property);
        json.endObject();
        json.endObject();
    }

    private void files(CaptureFacts facts) {
        for (FileFacts file : facts.files()) {
            json.startObject();
            json.property("path", CAPTURE.of(file.path()));
            json.property("format", file.format());
            json.property("packets", file.packets());
            json.orNull("bytes", file.bytes());
            time("firstTime", file.firstNanos());
            time("lastTime", file.lastNanos());
            json.startArray("linkTypes");
            facts.interfaces().stream().map(i -> LinkType.name(i.linkType())).distinct().forEach(json::value);
            json.endArray();
            if (file.truncated() != null) {
                json.property("truncated", file.truncated());
            }
            json.endObject();
        }
    }

    void time(String name, long nanos) {
        if (nanos == Frame.NO_TIME) {
            json.nothing(name);
        } else {
            json.word(name, TimeText.iso(nanos));
        }
    }

    private void lone(Incident incident) {
        time("@timestamp", incident.firstNanos());
        json.property("schema", SCHEMA);
        json.property("id", TrySummary.of(incident).id());
        file(incident);
    }

    private void file(Incident incident) {
        report.file(incident).ifPresent(file -> json.property("file", CAPTURE.of(file.path())));
    }

    private void incident(Incident incident) {
        json.startObject();
        fields(incident);
    }

    private void fields(Incident incident) {
        json.property("client", HOST.of(incident.client().address()));
        json.property("server", HOST.of(incident.server().address()));
        json.property("port", incident.server().port());
        json.word("outcome", incident.outcome().toString());
        verdict(incident.verdict(), incident.headline());
        json.startArray("alternatives");
        for (JudgedAttempt.RunnerUp other : incident.alternatives()) {
            json.startObject();
            json.property("id", other.id());
            json.property("says", other.says());
            json.property("because", other.because());
            json.endObject();
        }
        json.endArray();
        json.startArray("excluded");
        for (Incident.Excluded excluded : incident.excluded()) {
            json.startObject();
            json.property("says", excluded.says());
            json.property("because", excluded.because());
            frames(excluded.frames());
            json.endObject();
        }
        json.endArray();
        json.startArray("warnings");
        for (JudgedAttempt.Warning warning : report.warnings(incident)) {
            json.startObject();
            json.property("id", warning.id());
            json.property("says", warning.says());
            frames(warning.frames());
            json.endObject();
        }
        json.endArray();
        strings("nextLook", incident.nextLook());
        strings("fixes", incident.fixes());
        json.startArray("clientCodes");
        for (ClientCode code : incident.clientCodes()) {
            json.startObject();
            json.orNull("main", code.main() < 0 ? "" : Hex.code(code.main()));
            json.orNull("extended", code.extended() < 0 ? "" : Hex.code(code.extended()));
            json.property("family", code.family().toString().toLowerCase(Locale.ROOT));
            json.word("confidence", Character.toString(code.confidence()));
            json.endObject();
        }
        json.endArray();
        report.codeCheck(incident).ifPresent(check -> clientCode(check, AdvisedChecks.of(incident)));
        incident.compared().ifPresent(this::comparison);
        json.startArray("attempts");
        incident.attempts().forEach(this::attempt);
        json.endArray();
        if (!incident.overUdp().isEmpty()) {
            json.startArray("overUdp");
            incident.overUdp().forEach(this::overUdp);
            json.endArray();
        }
        json.endObject();
    }

    private void overUdp(SideTransport udp) {
        json.startObject();
        json.property("stream", udp.stream());
        json.property("client", udp.client().marked());
        json.property("server", udp.server().marked());
        json.property("answered", udp.answered().seen());
        if (udp.answered().seen()) {
            json.property("version", SideTransport.versionName(udp.agreed()));
        }
        if (udp.rttNanos() >= 0) {
            millis("rttMillis", udp.rttNanos());
        } else {
            json.nothing("rttMillis");
        }
        for (Side side : Side.values()) {
            DatagramFacts sent = udp.sentBy(side);
            json.startObject(side == Side.CLIENT ? "fromClient" : "fromServer");
            json.property("datagrams", sent.sent());
            json.property("carrying", sent.carrying());
            json.property("repeats", sent.repeats());
            json.property("repairing", sent.repairing());
            json.property("holesReported", sent.holes());
            json.endObject();
        }
        json.endObject();
    }

    private void comparison(SecondCapture compared) {
        json.startObject("comparison");
        json.property("with", CAPTURE.of(compared.name()));
        json.property("paired", compared.facts().isPresent());
        json.startArray("points");
        for (SecondCapture.Point point : compared.points()) {
            json.startObject();
            json.property("says", point.says());
            frames("frames", point.frames());
            frames("otherFrames", point.otherFrames());
            json.endObject();
        }
        json.endArray();
        compared.facts().ifPresent(this::facts);
        json.endObject();
    }

    private void facts(Comparison facts) {
        json.property("stream", facts.stream());
        json.property("otherStream", facts.otherStream());
        json.property("otherClient", facts.otherClient().marked());
        json.property("otherServer", facts.otherServer().marked());
        json.property("translated", facts.translated());
        json.property("renumberedClient", facts.renumberedClient());
        json.property("renumberedServer", facts.renumberedServer());
        json.property("nearClient", facts.nearClient().toString());
        json.property("offsetSeconds", facts.offsetNanos(), 9);
        if (facts.uncertaintyNanos() >= 0) {
            json.property("uncertaintySeconds", facts.uncertaintyNanos(), 9);
        }
        json.property("incomplete", facts.incomplete());
        for (Side side : Side.values()) {
            Comparison.Way way = facts.way(side);
            json.startObject("from" + (side == Side.CLIENT ? "Client" : "Server"));
            json.property("sent", way.sent());
            json.property("matched", way.matched());
            json.property("lost", way.lost());
            json.property("injected", way.injected());
            json.property("lostBytes", way.lostBytes());
            json.property("unseenBytes", way.unseenBytes());
            json.positive("largestPacketArrived", way.largestArrivedIp());
            json.positive("smallestPacketLost", way.smallestLostIp());
            json.known("hops", way.hops());
            json.endObject();
        }
        json.startArray("changes");
        for (Comparison.Change change : facts.changes()) {
            json.startObject();
            json.property("from", change.from().toString());
            json.property("what", change.what());
            json.property("sent", change.sent());
            json.property("arrived", change.arrived());
            json.positive("frame", change.frame());
            json.positive("otherFrame", change.otherFrame());
            json.endObject();
        }
        json.endArray();
        json.startArray("packets");
        facts.sightings().stream().filter(s -> s.fate() != Comparison.Fate.ARRIVED || s.syn() || s.fin() || s.reset()).limit(MOST_PACKETS)
                .forEach(this::sighting);
        json.endArray();
    }

    private void sighting(Comparison.Sighting s) {
        json.startObject();
        json.property("from", s.from().toString());
        json.property("fate", s.fate().toString());
        json.word("time", TimeText.iso(s.nanos()));
        json.positive("frame", s.frame());
        json.positive("otherFrame", s.otherFrame());
        json.property("flags", s.flags());
        if (!s.syn()) {
            json.property("offset", s.offset());
        }
        json.property("length", s.length());
        json.property("packetLength", s.ipLength());
        json.property("undelivered", s.undelivered());
        json.endObject();
    }

    private void clientCode(CodeCheck check, List<AdvisedChecks.Held> advised) {
        json.startObject("clientCode");
        json.property("given", check.given());
        json.property("documented", check.documented());
        switch (check.agreement()) {
            case AGREES -> json.property("agrees", true);
            case CONTRADICTS -> json.property("agrees", false);
            case UNKNOWN -> { }
        }
        json.property("says", check.says());
        json.startArray("advised");
        for (AdvisedChecks.Held held : advised) {
            json.startObject();
            json.property("check", held.check());
            json.word("state", held.state().name().toLowerCase(Locale.ROOT));
            json.property("because", held.because());
            frames(held.frames());
            json.endObject();
        }
        json.endArray();
        json.endObject();
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
        frames(verdict.frames());
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

    private void attempt(JudgedAttempt diagnosis) {
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
        gateway(attempt.tunnel());
        tcp(attempt.tcp());
        strings("unclear", diagnosis.unclear().stream().map(Object::toString).toList());
        phases(attempt);
        json.startArray("events");
        for (Event event : attempt.events()) {
            EventText telling = EventText.of(event);
            json.startObject();
            json.property("frame", event.at().frame());
            json.word("time", TimeText.iso(event.at().nanos()));
            json.property("from", EventText.from(event.from()));
            json.word("kind", event.kind().toString());
            json.property("says", telling.says());
            json.word("phase", event.phase().toString());
            telling.details().forEach((name, value) -> detail(name, value));
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
                list.forEach(inner -> element(inner));
                json.endArray();
            }
            case Map<?, ?> map -> {
                json.startObject(name);
                map.forEach((key, inner) -> detail(String.valueOf(key), inner));
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
                map.forEach((key, inner) -> detail(String.valueOf(key), inner));
                json.endObject();
            }
            default -> json.value(value.toString());
        }
    }

    private void negotiation(Attempt attempt) {
        String token = "";
        String target = "";
        for (Routing line : attempt.request().map(Tpdu.ConnectionRequest::routing).orElse(List.of())) {
            switch (line) {
                case Routing.AddressToken address -> {
                    token = COOKIE.of(address.text());
                    target = HOST.of(address.address()) + ":" + address.port();
                }
                case Routing.OpaqueToken opaque -> token = COOKIE.of(opaque.text());
                case Routing.LoadBalanceInfo info -> token = COOKIE.of(info.text());
                case Routing.UserCookie _, Routing.FreeText _ -> { }
            }
        }
        strings("requested", attempt.request().map(request -> request.requestedProtocols().names()).orElse(List.of()));
        strings("requestFlags", attempt.request().flatMap(Tpdu.ConnectionRequest::negotiation).map(n -> n.flags().names())
                .orElse(List.of()));
        json.orNull("cookie", Identity.account(attempt.request().map(Tpdu.ConnectionRequest::cookieName).orElse("")));
        json.orNull("routingToken", token);
        json.property("routingTarget", target);
        json.property("correlationId", ID.of(attempt.request().map(Tpdu.ConnectionRequest::correlationId).orElse("")));
        reply(attempt.confirm().map(Tpdu.ConnectionConfirm::reply));
        json.property("prologue", attempt.prologue());
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
                case Tpdu.NegotiationReply.Unknown _ -> { }
            }
        }
        json.orNull("selected", selected);
        strings("responseFlags", flags);
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
            strings("offeredVersions", hello.offeredVersions().stream().map(v -> v.name()).toList());
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
            strings("names", certificate.subjectAltNames().stream().map(NAME::of).toList());
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

    private void gateway(GatewayFacts facts) {
        if (!facts.read()) {
            return;
        }
        json.startObject("gateway");
        json.startArray("statuses");
        facts.statuses().forEach(json::value);
        json.endArray();
        strings("schemes", facts.schemes().stream().map(WORD::of).toList());
        json.property("webSocketAsked", facts.upgrade());
        json.property("webSocket", facts.upgraded());
        json.property("target", HOST.of(facts.target()));
        json.property("opened", facts.opened());
        if (facts.error() != 0) {
            json.property("refused", facts.refusal());
            code("error", facts.gatewayError());
        }
        if (facts.host().filter(host -> host.tls().clientHello().isPresent() || host.tls().serverHello().isPresent()).isPresent()) {
            tls("hostTls", facts.host().get().tls());
        }
        json.endObject();
    }

    private void inner(Attempt attempt) {
        var inner = attempt.inner();
        if (!attempt.reached(Step.CONNECT_INITIAL)) {
            return;
        }
        json.startObject("mcs");
        if (inner.decrypted() || inner.joinsRequested() > 0) { // by sizes, or not known
            json.property("joinsRequested", inner.joinsRequested());
            json.property("joinsConfirmed", inner.joinsConfirmed());
        }
        if (inner.decrypted()) {
            strings("channels", inner.channels().stream().map(WORD::of).toList());
        }
        json.known("result", inner.connectResult());
        json.known("encryptionMethod", inner.encryptionMethod());
        json.known("encryptionLevel", inner.encryptionLevel());
        if (inner.errorInfo() > 0) {
            code("errorInfo", new ErrorInfo(inner.errorInfo()));
        }
        json.property("read", inner.decrypted());
        json.endObject();
    }

    private void tcp(TcpFacts tcp) {
        json.startObject("tcp");
        if (tcp.rttNanos() >= 0) {
            millis("rttMillis", tcp.rttNanos());
        } else {
            json.nothing("rttMillis");
        }
        for (Side side : Side.values()) {
            var half = tcp.half(side);
            json.startObject(side.toString());
            json.property("packets", half.traffic().packets());
            json.property("payloadBytes", half.payloadBytes());
            json.known("mss", half.habits().mss());
            json.known("hopLimit", half.habits().hopLimit());
            json.word("identification", half.habits().identification().name().toLowerCase(Locale.ROOT));
            json.property("retransmissions", half.traffic().retransmissions() + half.traffic().lossRepairs());
            json.property("outOfOrder", half.traffic().outOfOrder());
            json.property("duplicates", half.traffic().duplicates());
            json.positive("largestPacketDelivered", half.traffic().largestDeliveredIp());
            json.property("unacknowledged", half.loss().unacknowledged().size());
            json.property("missingBytes", half.loss().holeBytes());
            json.property("zeroWindowMillis", Math.round(half.zeroWindow().nanos() / 1e6));
            json.endObject();
        }
        json.orNull("mss", tcp.server().habits().mss());
        json.property("retransmissions", tcp.client().traffic().retransmissions() + tcp.client().traffic().lossRepairs()
                + tcp.server().traffic().retransmissions() + tcp.server().traffic().lossRepairs());
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
                millis("millis", begin.nanos() - first.nanos());
                json.endObject();
            }
        }
        json.endArray();
    }

    /// To the microsecond.
    private void millis(String name, long nanos) {
        json.property(name, Math.round(nanos / 1e3), 3);
    }

    private void frames(List<Long> frames) {
        frames("frames", frames);
    }

    private void frames(String name, List<Long> frames) {
        json.startArray(name);
        frames.forEach(json::value);
        json.endArray();
    }

    void strings(String name, List<String> values) {
        json.startArray(name);
        for (String value : values) {
            json.value(value);
        }
        json.endArray();
    }
}
