package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.Lab;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.report.AnnotatedCapture;
import dev.rdptrace.report.Disguise;
import dev.rdptrace.report.Format;
import dev.rdptrace.report.HtmlReport;
import dev.rdptrace.report.JsonReport;
import dev.rdptrace.report.Leaks;
import dev.rdptrace.report.Report;
import dev.rdptrace.report.Style;
import dev.rdptrace.report.TextReport;
import dev.rdptrace.testkit.AnyRecord;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.Planted;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.Thorough;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// What peers said by name does not stand in a report that is shared, and what does not come from them does.
class ShareTest {
    private static final String WORD = "zqxzqxzqx";
    /// Any three letters of it, for where it was cut.
    private static final Pattern TRACE = Pattern.compile("(?i)zqx|qxz|xzq");

    private static final Pattern MARK = Pattern.compile("[\u0081\u0090]");

    /// Of these nothing is told to anybody.
    private static final List<String> UNSHOWN = List.of("SOCKS 4a", "other text in the request");

    @TestFactory
    Stream<DynamicTest> noWordOfThePeersIsShared() {
        return Planted.everywhere().stream().map(place -> DynamicTest.dynamicTest(place.name(), () -> {
            Report report = place.with().apply(WORD).report("0");
            List<String> shared = written(report, Disguise.of(report));
            for (String text : shared) {
                assertThat(text.lines().filter(line -> TRACE.matcher(line).find()).toList()).isEmpty();
            }
            String plain = String.join("\n", written(report, Disguise.NONE)) + LongStream.range(1, 200)
                    .mapToObj(AnnotatedCapture.comments(report)::on).toList();
            assertThat(MARK.matcher(plain + shared).find()).as("marks are for the inside").isFalse();
            if (!UNSHOWN.contains(place.name())) {
                assertThat(plain).as("the place is reached").matches(text -> TRACE.matcher(text).find());
            }
        }));
    }

    /// Words of specifications and of this program; what is made of marked parts where bytes are read, which the places above show.
    private static final Set<String> OURS =
            Set.of("credSspVersions", "curve", "extendedKeyUsages", "field", "guess", "ja3", "ja3s", "ja4", "keyAlgorithm",
                    "layer", "message", "oid", "pattern", "protocol", "reason", "refusal", "says", "signatureAlgorithm", "version", "what",
                    "sent", "arrived", "prologue",
                    "broken");

    /// Whatever a message can hold, in a capture or not.
    @Test
    void noTextThatADecoderCanReadIsShared() throws Exception {
        Map<String, Integer> planted = new TreeMap<>();
        Set<Integer> shown = new TreeSet<>();
        Set<Integer> leaked = new TreeSet<>();
        Pattern number = Pattern.compile("zqx([0-9]+)x");
        for (int seed = 0; seed < 150; seed++) {
            AnyRecord any = new AnyRecord(seed, component -> {
                String owner = component.getDeclaringRecord().getName();
                boolean read = owner.contains(".wire.") || owner.contains(".timeline.");
                boolean ours = OURS.contains(component.getName()) && !owner.endsWith("ServiceMessage") && !owner.endsWith("Response")
                        || owner.endsWith("FirstBytes") && component.getName().equals("name")
                        || owner.endsWith("$Field") && component.getName().equals("name");
                return read && !ours
                        ? Optional.of("zqx" + planted.computeIfAbsent(owner + "." + component.getName(), _ -> planted.size()) + "x")
                        : Optional.empty();
            });
            List<JudgedAttempt> all = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                all.add(any.of(JudgedAttempt.class));
            }
            Incident incident = any.of(Incident.class);
            Report report = new Report("0", any.of(CaptureFacts.class), List.of(), Map.of(),
                    List.of(new Incident(incident.client(), incident.server(),
                            incident.verdict().saying("it broke"), all.getFirst(), List.of(), List.of(), List.of(), List.of(), List.of(),
                            List.of(), all, incident.overUdp(), incident.compared())));
            String shared = seed % 10 > 0 ? json(report, Disguise.of(report)) : String.join("\n", written(report, Disguise.of(report)));
            number.matcher(shared).results().forEach(found -> leaked.add(Integer.parseInt(found.group(1))));
            number.matcher(json(report, Disguise.NONE)).results().forEach(found -> shown.add(Integer.parseInt(found.group(1))));
        }
        assertThat(planted.entrySet().stream().filter(place -> leaked.contains(place.getValue())).map(Map.Entry::getKey)).isEmpty();
        List<String> never = planted.entrySet().stream().filter(place -> !shown.contains(place.getValue())).map(Map.Entry::getKey).toList();
        System.out.println("texts of messages: " + planted.size() + ", never shown: " + never);
        assertThat(shown).hasSizeGreaterThan(60);
    }

    @Test
    void noCaptureBesideTheProjectLeaks() throws IOException {
        List<Path> all = Lab.files("public/rdp", "lab", "lab2", "kinds");
        Map<String, String> leaks = new TreeMap<>();
        for (int i = 0; i < all.size(); i += Thorough.oneIn(6)) {
            Path keys = all.get(i).resolveSibling("keys.log");
            if (Files.size(all.get(i)) < 2 << 20) {
                leaks.putAll(Leaks
                        .of(Files.exists(keys) ? Samples.reportOn(all.get(i).toString(), keys) : Samples.reportOn(all.get(i).toString())));
            }
        }
        assertThat(leaks).isEmpty();
    }

    @Test
    void whatAForeignServerSaidIsLeftOutWhollyHoweverShort() throws IOException {
        for (String said : List.of("hi", ".", "a: b", "10.1.2.3")) {
            Report report = new CaptureBuilder().tcp("192.0.2.10", 50000, "198.51.100.20", 3389).open()
                    .client(CaptureBuilder.connectionRequest(new byte[0], 3)).server(said.getBytes(StandardCharsets.US_ASCII)).serverFin()
                    .end().tape().analyze().report("0");
            for (String text : written(report, Disguise.of(report))) {
                assertThat(text).contains("not shown").doesNotContain("sent \"" + said).doesNotContain("&quot;" + said)
                        .doesNotContain(": " + said + "\n");
            }
        }
    }

    /// The code and the host's placeholder are what a second opinion needs.
    @Test
    void codesAndAdviceStay() throws IOException {
        Report report = place("NTLM").with().apply("zqx").report("0");
        String text = text(report, Disguise.of(report));
        assertThat(text).contains("STATUS_LOGON_FAILURE (0xC000006D)", "cmdkey /delete:TERMSRV/host-2")
                .doesNotContain("cmdkey /delete:name");
        String json = json(report, Disguise.of(report));
        assertThat(json).contains("\"errorCode\" : \"0xC000006D\"", "\"errorName\" : \"STATUS_LOGON_FAILURE\"");
    }

    @Test
    void aNameThatIsACommonWordDoesNotGarbleWhatIsSaid() throws IOException {
        for (String name : List.of("the", "frame", "Windows", "server", "Client", "RDP", "12")) {
            Report report = place("user cookie").with().apply(name).report("0");
            String plain = text(report, Disguise.NONE);
            String shared = text(report, Disguise.of(report));
            assertThat(shared).doesNotContain("user " + name + "\n");
            assertThat(flat(shared))
                    .isEqualTo(flat(plain).replaceAll("user " + name + "(?= [0-9*#])", "user user-1").replace("192.0.2.10", "host-1")
                            .replace("198.51.100.20", "host-2").replaceAll("1:[A-Za-z0-9+/]{27}=", "flow-1")
                            .replace("Read memory", "Read capture-1"));
            assertThat(json(report, Disguise.of(report))).contains("\"cookie\" : \"user-1\"");
        }
    }

    private static String flat(String text) {
        return text.replaceAll("[─│▶◀╳┤\\s]+", " ").replaceAll(" [0-9.]+ \\*?(#[0-9])", " $1");
    }

    @Test
    void linesAreBrokenAfterNamesWereReplaced() throws IOException {
        Report report =
                place("certificate").with().apply("a-name-of-sixty-characters-that-makes-lines-much-longer-than-they-be").report("0");
        List<String> lines = text(report, Disguise.of(report)).lines().toList();
        for (int i = 0; i + 1 < lines.size(); i++) {
            String next = lines.get(i + 1);
            if (next.startsWith("    ") && !lines.get(i).contains("│") && next.matches(" +[a-z].*") && !next.contains("missing")
                    && !lines.get(i).endsWith(":") && !lines.get(i).contains("tcp.stream")) {
                assertThat(lines.get(i).length() + 1 + next.strip().split(" ")[0].length()).as(lines.get(i)).isGreaterThan(100);
            }
        }
    }

    private static Planted place(String name) {
        return Planted.everywhere().stream().filter(place -> place.name().equals(name)).findFirst().orElseThrow();
    }

    private static List<String> written(Report report, Disguise disguise) throws IOException {
        List<String> all = new ArrayList<>();
        for (Style style : List.of(new Style(false, 0, true, false, Style.Clock.DATE, ZoneOffset.UTC), Style.PLAIN,
                new Style(false, 1, false, true, Style.Clock.DATE, ZoneOffset.UTC),
                new Style(false, 2, false, false, Style.Clock.DATE, ZoneOffset.UTC))) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            TextReport.write(report, style, disguise, out);
            all.add(out.toString(StandardCharsets.UTF_8));
        }
        all.add(json(report, disguise));
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        JsonReport.writeLines(report, disguise, lines);
        Format.ECS.write(report, Style.PLAIN, disguise, lines);
        Format.ZEEK.write(report, Style.PLAIN, disguise, lines);
        ByteArrayOutputStream page = new ByteArrayOutputStream();
        HtmlReport.write(report, disguise, page);
        return Stream.concat(all.stream(), Stream.of(lines, page).map(out -> out.toString(StandardCharsets.UTF_8)))
                .filter(text -> !text.isEmpty()).toList();
    }

    private static String text(Report report, Disguise disguise) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TextReport.write(report, new Style(false, 1, false, false, Style.Clock.RELATIVE, ZoneOffset.UTC), disguise, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static String json(Report report, Disguise disguise) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        JsonReport.write(report, disguise, out);
        return out.toString(StandardCharsets.UTF_8);
    }
}
