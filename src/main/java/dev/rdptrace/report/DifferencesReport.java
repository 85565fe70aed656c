package dev.rdptrace.report;

import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.report.Differences.Difference;
import dev.rdptrace.report.Differences.Parting;
import dev.rdptrace.timeline.Phase;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// Two tries side by side, for people and for programs.
public final class DifferencesReport {
    private static final String SCHEMA = "https://rdptrace.dev/schema/diff/1";
    private static final int LABEL = 8;
    /// Lists that are longer are told by what they lack and add.
    private static final int LONG = 60;

    private DifferencesReport() {}

    /// @param good name of the capture that worked
    public static void write(Differences differences, String good, String bad, Style style, OutputStream out) throws IOException {
        LineWriter pen = new LineWriter(style, Disguise.NONE, new OutputStreamWriter(out, StandardCharsets.UTF_8));
        title(pen, "good", differences.good(), good);
        title(pen, "bad", differences.bad(), bad);
        pen.line();
        Parting parting = differences.parting();
        pen.paragraph(Ink.HEADING, "First difference: " + parting.layer().title() + ", " + parting.what(), parting.last()
                .map(step -> " (both came to " + step.says() + ")").orElse(""), 2);
        pen.row(Ink.PLAIN, "  " + label("good"), parting.good() + frame(parting.goodFrame()));
        pen.row(Ink.PLAIN, "  " + label("bad"), parting.bad() + Wording.inBrackets(parting.badFrames()));
        List<Difference> before = differences.before();
        tell(pen, "Set up otherwise before that, which may be why", before);
        tell(pen, "Also different", differences.others().stream().filter(one -> !before.contains(one)).toList());
        if (!differences.same().isEmpty()) {
            pen.heading("The same");
            byLayer(differences.same()).forEach((layer, all) -> pen.bullet("-", layer.title() + ": " + all.stream()
                    .map(one -> one.what() + " (" + shortened(one.good()) + ")").collect(Collectors.joining(", "))));
        }
        pen.close();
    }

    private static void title(LineWriter pen, String which, Incident incident, String file) {
        Ink ink = switch (incident.outcome()) {
            case ESTABLISHED -> Ink.GOOD;
            case FAILED, INTERRUPTED -> Ink.BAD;
            case ABANDONED, PROBE, NOT_RDP, UNDETERMINED -> Ink.UNSURE;
        };
        String words = Wording.point(Wording.says(incident.verdict()));
        pen.paragraph(ink, label(which) + Wording.mark(incident.outcome()) + Wording.loud(incident.outcome()), "  " + words, LABEL);
        pen.row(Ink.QUIET, label(""), file + " · " + incident.client().address() + " → " + incident.server() + " · "
                + TimeText.second(incident.firstNanos()));
    }

    private static String label(String word) {
        return word + " ".repeat(LABEL - word.length());
    }

    private static void tell(LineWriter pen, String heading, List<Difference> all) {
        if (!all.isEmpty()) {
            pen.heading(heading);
            all.forEach(one -> pen.bullet("-", one.layer().title() + ", " + one.what() + ": good " + shortened(one.good())
                    + frame(one.goodFrame()) + ", bad " + told(one) + frame(one.badFrame())));
        }
    }

    private static String frame(long frame) {
        return frame > 0 ? " (frame " + frame + ")" : "";
    }

    /// What the bad one says: of a long list only what is other than in the good one.
    private static String told(Difference one) {
        if (one.good().length() < LONG && one.bad().length() < LONG || !one.bad().contains(", ")) {
            return one.bad();
        }
        List<String> had = Arrays.asList(one.good().split(", "));
        List<String> has = Arrays.asList(one.bad().split(", "));
        List<String> parts = new ArrayList<>();
        List<String> lacks = had.stream().filter(word -> !has.contains(word)).toList();
        List<String> adds = has.stream().filter(word -> !had.contains(word)).toList();
        if (!lacks.isEmpty()) {
            parts.add("without " + String.join(", ", lacks));
        }
        if (!adds.isEmpty()) {
            parts.add("with " + String.join(", ", adds));
        }
        return parts.isEmpty() ? "the same in another order" : String.join("; ", parts);
    }

    private static String shortened(String list) {
        int count = list.split(", ").length;
        return list.length() <= LONG || count < 4 ? list : list.substring(0, list.indexOf(", ", LONG / 2)) + ", … (" + count + ")";
    }

    private static Map<Phase, List<Difference>> byLayer(List<Difference> all) {
        return all.stream().collect(Collectors.groupingBy(Difference::layer, LinkedHashMap::new, Collectors.toList()));
    }

    // ---- JSON ----

    /// One object; fields may be added, none is renamed.
    public static void writeJson(Differences differences, String good, String bad, OutputStream out) throws IOException {
        JsonWriter json = new JsonWriter(out, true, Disguise.NONE);
        json.startObject();
        json.property("schema", SCHEMA);
        tried(json, "good", differences.good(), good);
        tried(json, "bad", differences.bad(), bad);
        Parting parting = differences.parting();
        json.startObject("first");
        json.word("layer", parting.layer().toString());
        json.property("what", parting.what());
        parting.last().ifPresent(step -> json.property("after", step.says()));
        json.property("good", parting.good());
        json.positive("goodFrame", parting.goodFrame());
        json.property("bad", parting.bad());
        json.startArray("badFrames");
        parting.badFrames().forEach(json::value);
        json.endArray();
        json.endObject();
        json.startArray("different");
        differences.others().forEach(one -> compared(json, one));
        json.endArray();
        json.startArray("same");
        differences.same().forEach(one -> compared(json, one));
        json.endArray();
        json.endObject();
        json.end();
        json.flush();
    }

    private static void tried(JsonWriter json, String name, Incident incident, String file) {
        json.startObject(name);
        json.property("file", file);
        json.property("client", incident.client().address());
        json.property("server", incident.server().toString());
        json.property("time", TimeText.iso(incident.firstNanos()));
        json.word("outcome", incident.outcome().toString());
        json.word("id", incident.verdict().id());
        json.endObject();
    }

    private static void compared(JsonWriter json, Difference one) {
        json.startObject();
        json.word("layer", one.layer().toString());
        json.property("what", one.what());
        json.property("good", one.good());
        json.property("bad", one.bad());
        json.word("kind", one.kind().name().toLowerCase(Locale.ROOT));
        json.positive("goodFrame", one.goodFrame());
        json.positive("badFrame", one.badFrame());
        json.endObject();
    }
}
