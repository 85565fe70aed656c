package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.report.Disguise;
import dev.rdptrace.report.EventText;
import dev.rdptrace.report.HtmlReport;
import dev.rdptrace.report.JsonReport;
import dev.rdptrace.report.Style;
import dev.rdptrace.report.TextReport;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CaptureBuilder.Dialogue;
import dev.rdptrace.testkit.Planted;
import dev.rdptrace.testkit.Tape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// Names that strangers choose cannot steer a terminal, turn the direction of writing or leave their quotes.
class HostileTextTest {
    /// Clears the screen, sets the title, rings, turns the writing around, joins, breaks lines, closes HTML.
    private static final String NASTY =
            "a\u001b[2J\u001b]0;pwned\u0007\u009b31m\u202e\u2066\u200f\u200b\u2028\ufeff\u0008\u007f\"\\</script><img src=x onerror=alert(1)>\t&";

    /// Controls of C1, directions of writing and a byte order mark, as UTF-16 can hold them.
    private static final String WIDE_NASTY = "\u009b31m\u202e\u2066\ufeff\u2028\ue000\u0007";

    /// Are reported as they are, apart from what steers.
    private static final Set<String> SHOWN = Set.of("cookie", "routing token", "server name", "certificate");

    private static final byte[] UTF8 = NASTY.getBytes(StandardCharsets.UTF_8);
    private static final byte[] WIDE = NASTY.getBytes(StandardCharsets.UTF_16LE);

    private static Tape cookie(byte[] nasty) {
        return said(d -> d
                .client(CaptureBuilder
                        .connectionRequest(join("Cookie: mstshash=".getBytes(StandardCharsets.US_ASCII), nasty, new byte[] {13, 10}), 3))
                .server(CaptureBuilder.connectionConfirm(3, 5)).serverFin());
    }

    private static Tape token(byte[] nasty) {
        return said(d -> d
                .client(CaptureBuilder
                        .connectionRequest(join("Cookie: msts=".getBytes(StandardCharsets.US_ASCII), nasty, new byte[] {13, 10}), 3))
                .server(CaptureBuilder.connectionConfirm(3, 5)).serverFin());
    }

    private static Tape loadBalancing(byte[] nasty) {
        return said(d -> d
                .client(CaptureBuilder.connectionRequest(join("tsv://".getBytes(StandardCharsets.US_ASCII), nasty, new byte[] {13, 10}), 3))
                .server(CaptureBuilder.connectionConfirm(3, 5)).serverFin());
    }

    private static Tape banner(byte[] nasty) {
        return said(d -> d.client(CaptureBuilder.connectionRequest(new byte[0], 3))
                .server(join("HTTP/1.1 400 ".getBytes(StandardCharsets.US_ASCII), nasty, "\r\nServer: ".getBytes(StandardCharsets.US_ASCII),
                        nasty,
                        "\r\n\r\n".getBytes(StandardCharsets.US_ASCII)))
                .serverFin());
    }

    private static Tape openingOfServer(byte[] nasty) {
        return said(d -> d.server(join("SSH-2.0-".getBytes(StandardCharsets.US_ASCII), nasty, new byte[] {13, 10})).serverFin());
    }

    private static Tape openingOfClient(byte[] nasty) {
        return said(d -> d.client(
                join("GET /".getBytes(StandardCharsets.US_ASCII), nasty, " HTTP/1.1\r\nHost: ".getBytes(StandardCharsets.US_ASCII), nasty,
                        "\r\n\r\n".getBytes(StandardCharsets.US_ASCII)))
                .serverFin());
    }

    private static Tape proxy(byte[] nasty) {
        return said(d -> d
                .client(join("CONNECT ".getBytes(StandardCharsets.US_ASCII), nasty,
                        ":3389 HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII)))
                .server("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII))
                .client(CaptureBuilder.connectionRequest(new byte[0], 3))
                .server(CaptureBuilder.connectionConfirm(3, 5)).serverFin());
    }

    private static Tape serverName(byte[] nasty) {
        return said(d -> d.client(CaptureBuilder.connectionRequest(new byte[0], 1)).server(CaptureBuilder.connectionConfirm(2, 1))
                .client(clientHello(nasty)).serverFin());
    }

    private static Tape certificate(byte[] nasty) {
        return said(d -> d.client(CaptureBuilder.connectionRequest(new byte[0], 1)).server(CaptureBuilder.connectionConfirm(2, 1))
                .client(clientHello("host".getBytes(StandardCharsets.US_ASCII))).server(serverFlight(nasty)).clientFin());
    }

    private interface Talk {
        Dialogue of(Dialogue dialogue);
    }

    private static Tape said(Talk talk) {
        return talk.of(new CaptureBuilder().tcp("192.0.2.10", 50000, "198.51.100.20", 3389).open()).end().tape();
    }

    private interface Place {
        Tape with(byte[] nasty);
    }

    @TestFactory
    Stream<DynamicTest> nothingRawReachesTheReports() {
        return Stream.of(test("cookie", HostileTextTest::cookie), test("routing token", HostileTextTest::token),
                test("load balancing", HostileTextTest::loadBalancing), test("HTTP banner", HostileTextTest::banner),
                test("server's opening", HostileTextTest::openingOfServer), test("client's opening", HostileTextTest::openingOfClient),
                test("proxy target", HostileTextTest::proxy), test("server name", HostileTextTest::serverName),
                test("certificate", HostileTextTest::certificate)).flatMap(tests -> tests);
    }

    /// Where a name stands in a field the reader of JSON gets it as it is, and no terminal before him; sentences are safe for both.
    @TestFactory
    Stream<DynamicTest> whatIsDecodedInsideSteersNothing() {
        return Planted.everywhere().stream().flatMap(place -> Stream.of(NASTY, WIDE_NASTY)
                .map(nasty -> DynamicTest.dynamicTest(place.name(), () -> quiet(place.with().apply(nasty)))));
    }

    private static void quiet(Analysis analysis) throws IOException {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        JsonReport.write(analysis.report("test"), json);
        JsonReport.writeLines(analysis.report("test"), json);
        TextReport.write(analysis.report("test"), new Style(false, 2, false, false, Style.Clock.DATE, ZoneOffset.UTC), json);
        HtmlReport.write(analysis.report("test"), Disguise.NONE, json);
        assertThat(steering(json.toString(StandardCharsets.UTF_8))).isEmpty();
        analysis.incidents().forEach(incident -> {
            List<String> says = new ArrayList<>(List.of(incident.verdict().says()));
            incident.warnings().forEach(warning -> says.add(warning.says()));
            incident.alternatives().forEach(other -> says.add(other.says()));
            incident.attempts().forEach(diagnosis -> diagnosis.attempt().events().forEach(event -> says.add(EventText.says(event))));
            says.forEach(each -> assertThat(steering(Identity.shown(each))).as(each).isEmpty());
        });
        ByteArrayOutputStream alone = new ByteArrayOutputStream();
        JsonReport.writeLines(analysis.report("test"), alone);
        alone.toString(StandardCharsets.UTF_8).lines().forEach(line -> {
            try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), line)) {
                while (parser.nextToken() != null) {
                    if (parser.currentToken() == JsonToken.VALUE_STRING && "says".equals(parser.currentName())) {
                        assertThat(steering(parser.getString())).isEmpty();
                    }
                }
            }
        });
    }

    private static List<String> steering(String text) {
        return text.codePoints().filter(HostileTextTest::steers).mapToObj(Integer::toHexString).distinct().toList();
    }

    private static Stream<DynamicTest> test(String name, Place place) {
        return Stream.of(DynamicTest.dynamicTest(name, () -> {
            String text = harmless(place.with(UTF8));
            if (SHOWN.contains(name)) {
                assertThat(text).contains("[2J");
            }
        }),
                DynamicTest.dynamicTest(name + " in UTF-16", () -> harmless(place.with(WIDE))));
    }

    private static String harmless(Tape tape) throws IOException {
        Analysis analysis = tape.analyze();
        assertThat(analysis.incidents()).isNotEmpty();
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        JsonReport.write(analysis.report("test"), json);
        String text = json.toString(StandardCharsets.UTF_8);
        assertThat(text.codePoints().filter(HostileTextTest::steers).mapToObj(Integer::toHexString).distinct().toList())
                .as("what reached the JSON in:%n%s", text).isEmpty();
        // Escaped for JSON is not enough for those who print what a parser gives them.
        List<String> steering = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), text)) {
            while (parser.nextToken() != null) {
                if (parser.currentToken() == JsonToken.VALUE_STRING && parser.getString().codePoints().anyMatch(HostileTextTest::steers)) {
                    steering.add(parser.currentName() + ": " + parser.getString().codePoints().filter(HostileTextTest::steers)
                            .mapToObj(Integer::toHexString).distinct().toList());
                }
            }
        }
        assertThat(steering).isEmpty();
        for (Style style : List.of(Style.PLAIN, new Style(false, 2, false, false, Style.Clock.DATE, ZoneOffset.UTC))) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            TextReport.write(analysis.report("test"), style, out);
            assertThat(out.toString(StandardCharsets.UTF_8).codePoints().filter(HostileTextTest::steers).mapToObj(Integer::toHexString)
                    .distinct()
                    .toList()).as("text report").isEmpty();
        }
        ByteArrayOutputStream html = new ByteArrayOutputStream();
        HtmlReport.write(analysis.report("test"), Disguise.NONE, html);
        assertThat(html.toString(StandardCharsets.UTF_8)).doesNotContain("<img src=x").doesNotContain("\u001b").doesNotContain("\u202e");
        analysis.incidents().forEach(incident -> {
            assertThat(steering(Identity.shown(incident.verdict().says()))).as(incident.verdict().says()).isEmpty();
            incident.attempts().forEach(diagnosis -> diagnosis.attempt().events()
                    .forEach(event -> assertThat(steering(Identity.shown(EventText.says(event)))).as(EventText.says(event)).isEmpty()));
        });
        return text;
    }

    private static boolean steers(int codePoint) {
        return codePoint != '\n' && switch (Character.getType(codePoint)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE -> true;
            default -> false;
        };
    }

    // ---- bytes ----

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] u16(int value) {
        return ByteBuffer.allocate(2).putShort((short) value).array();
    }

    private static byte[] handshake(int type, byte[] body) {
        byte[] message = join(new byte[] {(byte) type, 0}, u16(body.length), body);
        return join(new byte[] {22, 3, 3}, u16(message.length), message);
    }

    private static byte[] clientHello(byte[] name) {
        byte[] entry = join(new byte[] {0}, u16(name.length), name);
        byte[] extension = join(u16(0), u16(entry.length + 2), u16(entry.length), entry);
        return handshake(1, join(new byte[] {3, 3}, new byte[32], new byte[] {0, 0, 2, 0, 0x2f, 1, 0}, u16(extension.length), extension));
    }

    /// ServerHello and a self-signed certificate whose names are all the same.
    private static byte[] serverFlight(byte[] name) {
        byte[] hello = handshake(2, join(new byte[] {3, 3}, new byte[32], new byte[] {0, 0, 0x2f, 0}));
        byte[] rdn = der(0x30, der(0x31, der(0x30, der(6, new byte[] {0x55, 4, 3}), der(12, name))),
                der(0x31, der(0x30, der(6, new byte[] {0x55, 4, 10}), der(12, name))));
        byte[] algorithm = der(0x30, der(6, new byte[] {0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 13, 1, 1, 11}), der(5));
        byte[] rsa = der(0x30, der(6, new byte[] {0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 13, 1, 1, 1}), der(5));
        byte[] key = der(0x30, rsa, der(3, new byte[] {0}, der(0x30, der(2, new byte[] {0x40, 1, 2, 3}), der(2, new byte[] {3}))));
        byte[] dates = der(0x30, der(23, "250101000000Z".getBytes(StandardCharsets.US_ASCII)),
                der(23, "350101000000Z".getBytes(StandardCharsets.US_ASCII)));
        byte[] names = der(0x30, der(6, new byte[] {0x55, 0x1d, 0x11}), der(4, der(0x30, der(0x82, name))));
        byte[] body = der(0x30, der(0xa0, der(2, new byte[] {2})), der(2, new byte[] {7}), algorithm, rdn, dates, rdn, key,
                der(0xa3, der(0x30, names)));
        byte[] certificate = der(0x30, body, algorithm, der(3, new byte[] {0, 1, 2}));
        byte[] list = join(new byte[] {0}, u16(certificate.length), certificate);
        return join(hello, handshake(11, join(new byte[] {0}, u16(list.length), list)));
    }

    private static byte[] der(int tag, byte[]... parts) {
        byte[] content = join(parts);
        byte[] length = content.length < 128 ? new byte[] {(byte) content.length}
                : content.length < 256 ? new byte[] {(byte) 0x81, (byte) content.length}
                : new byte[] {(byte) 0x82, (byte) (content.length >> 8), (byte) content.length};
        return join(new byte[] {(byte) tag}, length, content);
    }
}
