package dev.rdptrace.report;

import static dev.rdptrace.bytes.Identity.CAPTURE;
import static dev.rdptrace.bytes.Identity.FLOW;
import static dev.rdptrace.bytes.Identity.HOST;
import static dev.rdptrace.bytes.Identity.NAME;
import static dev.rdptrace.bytes.Identity.USER;

import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.TlsFacts;
import java.io.OutputStream;
import java.util.List;
import java.util.Locale;

/// A document of the Elastic Common Schema for each try; under `rdptrace` stand fields of our own, as in [JsonReport].
final class EcsReport {
    /// Every field that is used has been in it since then, with the same type.
    private static final String ECS = "8.17.0";

    private final JsonWriter json;
    private final Report report;
    private final AttemptJson attempts;
    private final CommunityId communityId = new CommunityId();
    /// Placeholders are no addresses, and an index would refuse the document.
    private final boolean addresses;

    private EcsReport(JsonWriter json, Report report, boolean addresses) {
        this.json = json;
        this.report = report;
        this.attempts = new AttemptJson(json);
        this.addresses = addresses;
    }

    static void write(Report report, Disguise disguise, OutputStream out) {
        JsonWriter json = new JsonWriter(out, false, disguise);
        EcsReport documents = new EcsReport(json, report, disguise == Disguise.NONE);
        report.incidents().forEach(documents::document);
        json.flush();
    }

    private void document(Incident incident) {
        TrySummary summary = TrySummary.of(incident);
        Attempt attempt = summary.attempt();
        json.startObject();
        json.time("@timestamp", summary.first());
        json.property("message", incident.verdict().says());
        object("ecs", "version", ECS);
        event(summary);
        end("source", attempt, Side.CLIENT);
        end("destination", attempt, Side.SERVER);
        json.startObject("network");
        json.property("transport", attempt.overUdp() ? "udp" : "tcp");
        json.property("type", attempt.client().isIpv4() ? "ipv4" : "ipv6");
        json.property("protocol", "rdp");
        json.property("community_id", FLOW.of(communityId.of(attempt)));
        json.endObject();
        if (!summary.user().isEmpty()) {
            json.startObject("user");
            json.property("name", USER.of(summary.userName()));
            json.property("domain", NAME.of(summary.userDomain()));
            json.endObject();
        }
        tls(attempt.tls());
        json.startObject("observer");
        json.property("product", "rdptrace");
        json.property("version", report.version());
        json.endObject();
        report.file(incident).ifPresent(file -> {
            json.startObject("log");
            object("file", "path", CAPTURE.of(file.path()));
            json.endObject();
        });
        json.startObject("rdptrace");
        json.word("outcome", incident.outcome().toString());
        attempts.verdict(incident.verdict(), incident.headline());
        json.strings("nextLook", incident.nextLook());
        json.strings("fixes", incident.fixes());
        json.property("stream", attempt.stream());
        json.property("attempts", incident.attempts().size());
        json.endObject();
        json.endObject();
        json.end();
    }

    private void event(TrySummary summary) {
        Outcome outcome = summary.incident().outcome();
        json.startObject("event");
        json.property("id", summary.id());
        json.property("module", "rdptrace");
        json.property("dataset", "rdptrace.try");
        json.property("kind", "event");
        json.strings("category", List.of("network"));
        json.strings("type", List.of("connection", "protocol"));
        json.property("outcome", outcome == Outcome.ESTABLISHED ? "success" : outcome.isTrouble() ? "failure" : "unknown");
        json.property("action", "rdp-connect");
        json.property("code", summary.incident().verdict().id());
        json.property("reason", summary.incident().verdict().says());
        if (summary.timed()) {
            json.word("start", TimeText.iso(summary.first()));
            json.word("end", TimeText.iso(summary.last()));
            json.property("duration", summary.last() - summary.first());
        }
        json.endObject();
    }

    private void end(String name, Attempt attempt, Side side) {
        Endpoint endpoint = side == Side.CLIENT ? attempt.client() : attempt.server();
        json.startObject(name);
        json.property("address", endpoint.markedAddress());
        if (addresses) {
            json.property("ip", endpoint.address());
        }
        json.property("port", endpoint.port());
        json.property("packets", attempt.tcp().half(side).traffic().packets());
        json.endObject();
    }

    private void tls(TlsFacts tls) {
        if (tls.clientHello().isEmpty() && tls.serverHello().isEmpty()) {
            return;
        }
        json.startObject("tls");
        tls.clientHello().ifPresent(hello -> {
            json.startObject("client");
            json.property("server_name", HOST.of(hello.serverName()));
            json.property("ja3", tls.ja3());
            json.endObject();
        });
        tls.serverHello().ifPresent(hello -> {
            String[] version = hello.version().name().split(" ", 2);
            json.property("cipher", hello.suite().name());
            if (version.length == 2) {
                json.property("version_protocol", version[0].toLowerCase(Locale.ROOT));
                json.property("version", version[1]);
            }
            object("server", "ja3s", tls.ja3s());
            json.property("resumed", tls.resumed());
        });
        json.endObject();
    }

    private void object(String name, String property, String value) {
        json.startObject(name);
        json.property(property, value);
        json.endObject();
    }
}
