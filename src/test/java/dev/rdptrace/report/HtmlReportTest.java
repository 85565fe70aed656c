package dev.rdptrace.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rdptrace.Analyzer;
import dev.rdptrace.TwoCaptures;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.evidence.Evidence;
import dev.rdptrace.net.Packet;
import dev.rdptrace.net.Verdict;
import dev.rdptrace.redact.Redaction;
import dev.rdptrace.testkit.Samples;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One page that loads nothing, runs nothing and believes nothing.
class HtmlReportTest {
    @TempDir private Path folder;

    private static final Pattern ELEMENT = Pattern.compile("<([a-zA-Z0-9]+)");

    @Test
    void thePageIsSelfContained() {
        assertThat(Samples.all()).allSatisfy(sample -> {
            String html = html(withEvidence(sample));
            assertThat(html).contains("content=\"default-src 'none'; style-src 'unsafe-inline'\"");
            assertThat(html.replaceAll("<a href=\"#try-\\d+\">", "").toLowerCase(java.util.Locale.ROOT))
                    .doesNotContain("<script", "<img", "<link", "<iframe", "href=", "src=", "url(", "@import")
                    .doesNotContainPattern("<[^>]*\\son\\w+=");
        });
    }

    @Test
    void everyElementIsClosed() {
        assertThat(Samples.all()).allSatisfy(sample -> {
            String body = html(withEvidence(sample)).replaceFirst("(?s).*(?=<body>)", "").replace("</html>", "");
            DocumentBuilderFactory.newInstance().newDocumentBuilder()
                    .parse(new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
        });
    }

    @Test
    void textFromTheWireStaysText() {
        Report report = Samples.report(Path.of("port-closed"));
        CaptureFacts facts = report.capture();
        String attack = "<script>alert(1)</script>\"><b onmouseover='x'>&lt;\u202e\u0000";
        Report hostile = new Report("0",
                new CaptureFacts(List.of(new CaptureFacts.FileFacts(attack, "pcap", 1, 1, 0, 0, null)), facts.interfaces(),
                        List.of(), List.of(), List.of()),
                List.of(new Report.Fitness("note", attack, List.of())), Map.of(), report.incidents());
        String html = html(hostile);
        assertThat(html).contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&gt;&lt;b onmouseover=&#39;x&#39;&gt;&amp;lt;\\u202e\\u0000");
        assertThat(ELEMENT.matcher(html).results().map(element -> element.group(1)).distinct()).isSubsetOf("html", "head", "meta", "title",
                "style",
                "body", "h1", "h2", "h3", "b", "p", "code", "section", "ul", "ol", "li", "div", "table", "tr", "th", "td", "details",
                "summary", "footer", "svg", "g",
                "line", "polygon", "text", "header", "main", "article", "dl", "dt", "dd", "caption", "thead", "tbody", "figure",
                "figcaption", "desc", "rect", "circle", "polyline", "span", "mark");
    }

    @Test
    void aTryIsOneArticleThatSaysWhoActsAndHowToFindIt() {
        String html = html(Samples.report(Path.of("samples/nla-required"))
                .with(Evidence.NONE.withDigests(Map.of("samples/nla-required/capture.pcapng", "abc123", "other.pcap", "def456"))));
        assertThat(html).contains("<title>rdptrace: FAILED: The server insists on Network Level Authentication", "<h1>RDP in ",
                "<article id=\"try-1\" class=\"bad\">",
                "<dt>Who acts</dt><dd>whoever runs the client</dd>",
                "<dt>Diagnosis</dt><dd><code>x224-neg-failure-5-nla-required</code></dd>",
                "<code>frame.number in {6, 8}</code>", "<caption>", "<th scope=\"col\">frame</th>", "SHA-256 <code>abc123</code>",
                "Compared with other.pcap, SHA-256 <code>def456</code>").doesNotContain("class=\"tries\"");
        assertThat(html.indexOf("<header>")).isLessThan(html.indexOf("<main>"));
        assertThat(html.indexOf("</main>")).isLessThan(html.indexOf("<footer>"));
    }

    /// On a screen that is too narrow for the picture its words are read.
    @Test
    void thePictureIsThereInWordsToo() {
        assertThat(Samples.all()).allSatisfy(sample -> {
            Report report = Samples.report(sample);
            String html = html(report);
            for (Incident incident : report.incidents()) {
                if (!Report.setAside(incident)) {
                    assertThat(html).contains(LadderRow.of(incident, false).stream().filter(LadderRow::deciding)
                            .map(row -> HtmlReport.text(Identity.shown(row.says())) + "</li>").toList());
                }
            }
        });
    }

    @Test
    void whatDecidedIsShownAsItWasCapturedWithTheMessageMarked() throws IOException {
        String html = html(withEvidence(Path.of("samples/nla-required")));
        assertThat(html).contains("<summary>The bytes of what decided (frames 6, 8)</summary>", "<caption>Frame 8, server: ",
                "; 85 bytes</caption>",
                "<span>09 ea <mark>03 00 00 13 0e d0</mark></span><span><mark>00 00 00 00 00 03 00 08</mark></span>",
                "<span><mark>00 05 00 00 00</mark></span>", "<span><mark>shash=··</mark></span>",
                "<span>..<mark>......</mark></span>", "<mark>...+&amp;.</mark>");
    }

    /// What a whole copy to pass on would not hold: the user's name, random numbers, what is encrypted.
    @Test
    void whatIsNotPassedOnIsNotShownEither() throws IOException {
        for (Path sample : Samples.all()) {
            Map<Long, Evidence.FrameBytes> frames = withEvidence(sample).evidence().frames();
            ByteArrayOutputStream copy = new ByteArrayOutputStream();
            try (PacketSource capture = open(sample)) {
                new Redaction(Set.of(443), false).write(capture, copy, "", () -> false);
            }
            Frame frame = new Frame();
            Packet packet = new Packet();
            try (PacketSource passedOn = Captures.open(List.of("-"), new ByteArrayInputStream(copy.toByteArray()))) {
                while (passedOn.next(frame)) {
                    Evidence.FrameBytes shown = frames.get(frame.number());
                    boolean tcp = packet.wrap(frame) == Verdict.TCP;
                    for (int i = packet.payloadOffset() - frame.offset(); tcp && shown != null && i < shown.bytes().length; i++) {
                        assertThat(shown.hidden().get(i) || shown.bytes()[i] == frame.bytes()[frame.offset() + i])
                                .as("%s, frame %d, byte %d", sample, frame.number(), i).isTrue();
                    }
                }
            }
        }
    }

    @Test
    void strangersGetNoBytes() throws IOException {
        Report report = withEvidence(Path.of("samples/nla-required"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        HtmlReport.write(report, Disguise.of(report), out);
        assertThat(out.toString(StandardCharsets.UTF_8)).doesNotContain("class=\"hex\"").contains("What happened");
    }

    @Test
    void thePlotSaysWhatWasSentAndWhatNeverCame() throws IOException {
        assertThat(html(withEvidence(Path.of("samples/pmtu-black-hole")))).contains("<title>Bytes from the server over time</title>",
                "<rect class=\"hole\"", "<polyline class=\"ack\"",
                "The server sent 2 packets with data, up to byte 2167 of its stream. The client acknowledged 19 bytes. 1448 bytes of it were never seen, and never acknowledged.</figcaption>",
                ">seconds since the connection began</text>", ">bytes from the server</text>");
        assertThat(html(withEvidence(Path.of("samples/clienthello-lost")))).contains("<circle class=\"lost\"", ">never acknowledged</text>",
                "The client sent 8 packets with data, 6 of them again, up to byte 365 of its stream. The server acknowledged 43 bytes.</figcaption>");
        assertThat(html(withEvidence(Path.of("samples/success-lossy-path")))).doesNotContain("class=\"plot\"");
    }

    private static PacketSource open(Path sample) throws IOException {
        return Captures.open(List.of(Samples.file(sample.getFileName().toString()).toString()), InputStream.nullInputStream());
    }

    private static Report withEvidence(Path sample) throws IOException {
        Report report = Samples.report(sample);
        try (PacketSource source = open(sample)) {
            return report.with(Evidence.read(report.incidents(), source, () -> false));
        }
    }

    @Test
    void severalTriesHaveATableThatLeadsToEach() throws IOException {
        List<Report> captures = Stream.of("nla-required", "success-nla-tls12", "health-check")
                .map(sample -> Samples.report(Path.of("samples", sample))).toList();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        HtmlReport.write(captures, captures.stream().map(report -> HtmlReport.entry(report, 0, Disguise.NONE, true)).toList(), out);
        String html = out.toString(StandardCharsets.UTF_8);
        assertThat(html).contains("<title>rdptrace: 2 tries: 1 failed, 1 established</title>", "<h1>RDP in 3 captures</h1>",
                "<h2>2 tries: 1 failed, 1 established</h2>",
                "<th scope=\"row\"><a href=\"#try-1\">1</a></th>", "nla-required/capture.pcapng #8</td></tr>",
                "<article id=\"try-2\" class=\"good\">",
                "<dt>File</dt><dd>samples/success-nla-tls12/capture.pcapng</dd>", "Set aside: no users");
        assertThat(html.split("<article", -1)).hasSize(3);
    }

    @Test
    void backticksAreCodeWhereTheyComeInPairs() {
        assertThat(HtmlReport.marked("a `b<c` d")).isEqualTo("a <code>b&lt;c</code> d");
        assertThat(HtmlReport.marked("a `b")).isEqualTo("a `b");
    }

    /// In a real browser, with everything unfolded.
    @Test
    void onATelephoneAndOnADeskNothingIsCutOff() throws IOException, InterruptedException {
        Analyzer.Opening here = () -> Captures.open(List.of(Samples.file("forged-reset").toString()), InputStream.nullInputStream());
        Analyzer.Opening there =
                () -> Captures.open(List.of(Samples.file("forged-reset-server-side").toString()), InputStream.nullInputStream());
        Report compared = TwoCaptures.compare(Analyzer.analyze(here, Analyzer.Options.NONE, () -> false), here, there, "there",
                Analyzer.Options.NONE, () -> false).report("0");
        List<Report> captures = List.of(compared, withEvidence(Path.of("samples/pmtu-black-hole")),
                withEvidence(Path.of("samples/clienthello-lost")), Samples.report(Path.of("samples/success-ipv6")));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        HtmlReport.write(captures, captures.stream().map(report -> HtmlReport.entry(report, 0, Disguise.NONE, true)).toList(), out);
        // The page itself runs nothing. No window is that narrow, but a frame is: it tells what it measures.
        String measured = out.toString(StandardCharsets.UTF_8).replaceFirst("<meta http-equiv[^>]*>", "")
                .replace("<details>", "<details open=\"\">")
                .replace("</body>",
                        "<script>parent.postMessage(innerWidth + ' plots ' + [...document.querySelectorAll('.plot')].filter(one => one.getBoundingClientRect().height > 150).length + ' cut: ' + [document.documentElement, ...document.querySelectorAll('.scroll, table, dl, li, p, h1, h2')]"
                                + ".filter(one => one.getBoundingClientRect().right > innerWidth || one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)"
                                + ".map(one => one.tagName + '.' + one.className).join(' '), '*')</script></body>");
        Files.writeString(folder.resolve("page.html"), measured);
        Path page = Files.writeString(folder.resolve("frame.html"),
                "<title>|</title><script>onmessage = said => document.title += said.data + '|'</script>"
                        + "<iframe src='page.html' width='390' height='2000'></iframe><iframe src='page.html' width='1280' height='2000'>");
        Path seen = folder.resolve("seen.html");
        browse(seen, "--virtual-time-budget=5000", "--dump-dom", page.toUri().toString());
        assumeTrue(Files.readString(seen).contains("cut: "), "Chromium does not run here");
        assertThat(seen).content().contains("|390 plots 2 cut: |", "|1280 plots 2 cut: |");
    }

    @Test
    void onPaperThePictureIsOnTheFirstPage() throws IOException, InterruptedException {
        Path pdftotext = Path.of("/usr/bin/pdftotext");
        assumeTrue(Files.isExecutable(pdftotext), "no pdftotext here");
        Path page = Files.writeString(folder.resolve("page.html"), html(withEvidence(Path.of("samples/pmtu-black-hole"))));
        Path paper = folder.resolve("page.pdf");
        browse(folder.resolve("said"), "--no-pdf-header-footer", "--print-to-pdf=" + paper, page.toUri().toString());
        assumeTrue(Files.exists(paper), "Chromium does not print here");
        Process text = new ProcessBuilder(pdftotext.toString(), paper.toString(), "-").start();
        String[] pages = new String(text.getInputStream().readAllBytes(), StandardCharsets.UTF_8).split("\f");
        assertThat(pages[0]).contains("FAILED", "Do first", "What happened", "ServerHello did not come");
        assertThat(pages).hasSizeLessThanOrEqualTo(3);
    }

    /// @param said what it writes
    private void browse(Path said, String... arguments) throws IOException, InterruptedException {
        Optional<Path> browser = Stream.of("chromium", "chromium-browser", "google-chrome").map(name -> Path.of("/usr/bin", name))
                .filter(Files::isExecutable).findFirst();
        assumeTrue(browser.isPresent(), "no Chromium here");
        List<String> command =
                new ArrayList<>(List.of(browser.get().toString(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-breakpad",
                        "--user-data-dir=" + folder.resolve("profile")));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectOutput(said.toFile()).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        boolean ended = process.waitFor(60, TimeUnit.SECONDS);
        process.destroyForcibly();
        clear(folder.resolve("profile"));
        assumeTrue(ended, "Chromium does not end here");
    }

    /// What the browser leaves running may still write.
    private static void clear(Path profile) throws IOException, InterruptedException {
        for (int i = 0; i < 20 && Files.exists(profile); i++) {
            try (Stream<Path> all = Files.walk(profile)) {
                for (Path one : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(one);
                }
            } catch (IOException | UncheckedIOException written) {
                Thread.sleep(100);
            }
        }
    }

    /// Each incident is looked at where it lies, and handed on before the next.
    @Test
    void manyIncidentsAreNeverOnTheHeapTogether() throws IOException {
        Report one = Samples.tape("nla-required").analyze().report("0");
        int[] looked = {0};
        List<Incident> many = new AbstractList<>() {
            @Override
            public Incident get(int index) {
                looked[0]++;
                return one.incidents().getFirst();
            }

            @Override
            public int size() {
                return 2000;
            }
        };
        int[] longest = {0};
        ByteArrayOutputStream page = new ByteArrayOutputStream();
        HtmlReport.write(new Report("0", one.capture(), List.of(), Map.of(), many), Disguise.NONE, new OutputStream() {
            @Override
            public void write(int octet) {}

            @Override
            public void write(byte[] bytes, int offset, int length) {
                longest[0] = Math.max(longest[0], length);
                page.write(bytes, offset, length);
            }
        });
        assertThat(looked[0]).isGreaterThanOrEqualTo(4000); // to count it, and for its row
        assertThat(longest[0]).isLessThan(100_000);
        String html = page.toString(StandardCharsets.UTF_8);
        assertThat(html).contains("<h2>2000 tries: 2000 failed</h2>\n<p>by cause: 2000 × x224-neg-failure-5-nla-required</p>",
                "<a href=\"#try-200\">200</a>", "<th scope=\"row\">201</th>", "<th scope=\"row\">2000</th>");
        assertThat(html.split("<article", -1)).as("as many are told whole").hasSize(201);
    }

    private static String html(Report report) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            HtmlReport.write(report, Disguise.NONE, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
