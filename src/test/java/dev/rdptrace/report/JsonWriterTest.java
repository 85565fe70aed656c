package dev.rdptrace.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.json.JsonFactory;

class JsonWriterTest {
    @Test
    void writesForPeopleAndInOneLine() {
        Consumer<JsonWriter> some = json -> {
            json.startObject();
            json.property("text", "a");
            json.startArray("none");
            json.endArray();
            json.startObject("empty");
            json.endObject();
            json.startArray("numbers");
            json.value(1);
            json.value(-2);
            json.endArray();
            json.startArray("objects");
            json.startObject();
            json.property("yes", true);
            json.nothing("no");
            json.endObject();
            json.startObject();
            json.endObject();
            json.endArray();
            json.property("seconds", -1_500L, 3);
            json.endObject();
        };
        assertThat(written(true, some)).isEqualTo("""
                {
                  "text" : "a",
                  "none" : [ ],
                  "empty" : { },
                  "numbers" : [ 1, -2 ],
                  "objects" : [ {
                    "yes" : true,
                    "no" : null
                  }, { } ],
                  "seconds" : -1.500
                }""");
        assertThat(written(false, some)).isEqualTo(
                "{\"text\":\"a\",\"none\":[],\"empty\":{},\"numbers\":[1,-2],\"objects\":[{\"yes\":true,\"no\":null},{}],\"seconds\":-1.500}");
    }

    @Test
    void namesMayBeOfAnyLength() {
        String name = "n\"".repeat(40_000);
        String written = written(false, json -> {
            json.startObject();
            for (int i = 0; i < 3; i++) {
                json.property(name, i);
                json.property("short", i);
            }
            json.endObject();
        });
        String escaped = name.replace("\"", "\\\"");
        assertThat(written)
                .isEqualTo("{\"" + escaped + "\":0,\"short\":0,\"" + escaped + "\":1,\"short\":1,\"" + escaped + "\":2,\"short\":2}");
    }

    @Test
    void everyTextComesBack() {
        SplittableRandom random = new SplittableRandom(1);
        for (int round = 0; round < 2_000; round++) {
            StringBuilder text = new StringBuilder();
            int[] ranges = {0x20, 0x80, 0x800, 0xd800, Character.MAX_CODE_POINT + 1};
            for (int i = round % 400 == 0 ? 70_000 : random.nextInt(1, 40); i > 0; i--) {
                int point = random.nextInt(ranges[random.nextInt(ranges.length)]);
                text.appendCodePoint(0xd800 <= point && point < 0xe000 ? '"' : point);
            }
            // A text of the wire bears no marks of names: Identity.of takes them away.
            String expected = text.toString().replace('\u0081', '.').replace('\u0090', '.');
            assertThat(read(written(false, json -> {
                json.startObject();
                json.property("x", expected);
                json.endObject();
            }))).isEqualTo(expected);
        }
        assertThat(written(false, json -> json.value("\u001b\t\\\"/\u007f\ud800é"))).isEqualTo("\"\\u001B\\t\\\\\\\"/\\u007F\ufffdé\"");
    }

    /// Neither a terminal nor a chat does what a name of the wire tells it; a reader of JSON gets the name.
    @Test
    void whatSteersIsEscaped() {
        String steering = "\u0085\u009b31m\u202e\u2066\u200b\ufeff\u2028\u2029\u00ad\ue000" + Character.toString(0xe0041)
                + Character.toString(0x10fffd);
        String written = written(false, json -> {
            json.startObject();
            json.property("x", "ö" + steering);
            json.endObject();
        });
        assertThat(written).isEqualTo(
                "{\"x\":\"ö\\u0085\\u009B31m\\u202E\\u2066\\u200B\\uFEFF\\u2028\\u2029\\u00AD\\uE000\\uDB40\\uDC41\\uDBFF\\uDFFD\"}");
        assertThat(read(written)).isEqualTo("ö" + steering);
    }

    @Test
    void numbersAreWrittenWithoutExponents() {
        for (long value : new long[] {0, 9, 10, -10, 99, 100, Long.MAX_VALUE, Long.MIN_VALUE, 1_000_000_000_000_000_000L}) {
            assertThat(written(false, json -> json.value(value))).isEqualTo(Long.toString(value));
        }
        SplittableRandom random = new SplittableRandom(2);
        for (int i = 0; i < 20_000; i++) {
            double value = Math.round(random.nextDouble() * Math.pow(10, random.nextInt(16))) / 1e6;
            assertThat(property(json -> json.property("x", value))).isEqualTo(BigDecimal.valueOf(value).toPlainString());
            double raw = random.nextDouble() * 100;
            assertThat(property(json -> json.property("x", raw))).isEqualTo(BigDecimal.valueOf(raw).toPlainString());
            long units = random.nextLong() >> random.nextInt(64);
            int decimals = 1 + random.nextInt(9);
            assertThat(property(json -> json.property("x", units, decimals)))
                    .isEqualTo(BigDecimal.valueOf(units, decimals).toPlainString());
        }
    }

    @Test
    void tellsThatTheDiskIsFull() {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("no space left");
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                write(0);
            }
        };
        Report nothing = new Report("", null, List.of(), Map.of(), List.of());
        assertThatThrownBy(() -> JsonReport.writeLines(nothing, full)).isInstanceOf(IOException.class).hasMessage("no space left");
    }

    private static String property(Consumer<JsonWriter> content) {
        String object = written(false, json -> {
            json.startObject();
            content.accept(json);
            json.endObject();
        });
        return object.substring("{\"x\":".length(), object.length() - 1);
    }

    private static String written(boolean pretty, Consumer<JsonWriter> content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        JsonWriter json = new JsonWriter(out, pretty, Disguise.NONE);
        content.accept(json);
        json.flush();
        return out.toString(StandardCharsets.UTF_8);
    }

    private static String read(String json) {
        try (JsonParser parser = new JsonFactory().createParser(tools.jackson.core.ObjectReadContext.empty(), json)) {
            while (parser.nextToken() != JsonToken.VALUE_STRING) {
                assertThat(parser.currentToken()).isNotNull();
            }
            return parser.getString();
        }
    }
}
