package dev.rdptrace.report;

import static dev.rdptrace.bytes.Identity.CAPTURE;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.CaptureFacts.FileFacts;
import dev.rdptrace.capture.LinkType;
import dev.rdptrace.diagnosis.AdvisedChecks;
import dev.rdptrace.diagnosis.CodeCheck;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.SecondCapture;
import dev.rdptrace.diagnosis.page.ClientCode;
import dev.rdptrace.timeline.Comparison;
import dev.rdptrace.timeline.DatagramFacts;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SideTransport;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;

/// The report that other programs rely on, schema `rdptrace-report/1`. Streamed; the same analysis gives the same bytes.
public final class JsonReport {
    private static final String SCHEMA = "rdptrace-report/1";
    private static final String BRIEF = "rdptrace-brief/1";
    private static final int MOST_PACKETS = 500;

    private final JsonWriter json;
    private final Report report;
    private final AttemptJson attempts;

    JsonReport(JsonWriter json, Report report) {
        this.json = json;
        this.attempts = new AttemptJson(json);
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
        writeLines(report, disguise, out, SCHEMA, JsonReport::fields);
    }

    /// One incident a line, without its attempts and advice.
    static void writeBrief(Report report, Disguise disguise, OutputStream out) throws IOException {
        writeLines(report, disguise, out, BRIEF, (line, incident) -> {
            line.verdict(incident);
            line.json.endObject();
        });
    }

    private static void writeLines(Report report, Disguise disguise, OutputStream out, String schema,
            BiConsumer<JsonReport, Incident> fields) throws IOException {
        JsonWriter json = new JsonWriter(out, false, disguise);
        written(out, () -> {
            JsonReport lines = new JsonReport(json, report);
            for (Incident incident : report.incidents()) {
                json.startObject();
                lines.lone(incident, schema);
                fields.accept(lines, incident);
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
                json.numbers("frames", fitness.frames());
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
            json.time("firstTime", file.firstNanos());
            json.time("lastTime", file.lastNanos());
            json.startArray("linkTypes");
            facts.interfaces().stream().map(i -> LinkType.name(i.linkType())).distinct().forEach(json::value);
            json.endArray();
            if (file.truncated() != null) {
                json.property("truncated", file.truncated());
            }
            json.endObject();
        }
    }

    private void lone(Incident incident, String schema) {
        json.time("@timestamp", incident.firstNanos());
        json.property("schema", schema);
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

    private void verdict(Incident incident) {
        json.property("client", incident.client().markedAddress());
        json.property("server", incident.server().markedAddress());
        json.property("port", incident.server().port());
        json.word("outcome", incident.outcome().toString());
        attempts.verdict(incident.verdict(), incident.headline());
    }

    private void fields(Incident incident) {
        verdict(incident);
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
            json.numbers("frames", excluded.frames());
            json.endObject();
        }
        json.endArray();
        json.startArray("warnings");
        for (JudgedAttempt.Warning warning : report.warnings(incident)) {
            json.startObject();
            json.property("id", warning.id());
            json.property("says", warning.says());
            json.numbers("frames", warning.frames());
            json.endObject();
        }
        json.endArray();
        json.strings("nextLook", incident.nextLook());
        json.strings("fixes", incident.fixes());
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
        incident.attempts().forEach(attempts::write);
        json.endArray();
        List<Journey> hops = Journey.hops(incident);
        if (!hops.isEmpty()) {
            json.startArray("journey");
            hops.forEach(attempts::leg);
            json.endArray();
        }
        if (!incident.overUdp().isEmpty()) {
            json.startArray("overUdp");
            incident.overUdp().forEach(udp -> overUdp(incident, udp));
            json.endArray();
        }
        json.endObject();
    }

    private void overUdp(Incident incident, SideTransport udp) {
        json.startObject();
        json.property("stream", udp.stream());
        json.property("client", udp.client().marked());
        json.property("server", udp.server().marked());
        incident.owner(udp).ifPresent(main -> {
            json.property("ofStream", main.attempt().stream());
            json.property("joinedBy", main.tie(udp).toString());
        });
        json.property("ofGateway", udp.isGatewayChannel());
        json.property("answered", udp.isAnswered());
        if (udp.synAck().first().seen()) {
            json.property("version", SideTransport.versionName(udp.synAck().version()));
        }
        json.millis("rttMillis", udp.rttNanos());
        json.millis("roundTripMillis", udp.roundTripNanos());
        if (udp.tunnel().asked().seen()) {
            json.startObject("tunnel");
            if (udp.tunnel().requestId() >= 0) {
                json.property("requestId", udp.tunnel().requestId());
            } else {
                json.nothing("requestId");
            }
            json.orNull("result", udp.tunnel().answered().seen() ? Hex.code32(udp.tunnel().result()) : "");
            json.endObject();
        }
        for (Side side : Side.values()) {
            DatagramFacts sent = udp.sentBy(side);
            json.startObject(side == Side.CLIENT ? "fromClient" : "fromServer");
            json.property("datagrams", sent.sent());
            json.property("carrying", sent.carrying());
            json.property("repeats", sent.repeats());
            json.property("repairing", sent.repairing());
            json.property("unseen", sent.unseen());
            json.property("holesReported", sent.holes());
            json.millis("ackMillis", sent.ackNanos());
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
            json.numbers("frames", point.frames());
            json.numbers("otherFrames", point.otherFrames());
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
            case UNKNOWN -> {}
        }
        json.property("says", check.says());
        json.startArray("advised");
        for (AdvisedChecks.Held held : advised) {
            json.startObject();
            json.property("check", held.check());
            json.word("state", held.state().name().toLowerCase(Locale.ROOT));
            json.property("because", held.because());
            json.numbers("frames", held.frames());
            json.endObject();
        }
        json.endArray();
        json.endObject();
    }

}
