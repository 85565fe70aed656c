package dev.rdptrace.wire.field;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class BerTest {

    /// What `element` makes of these bytes, or why it refuses them.
    private static String read(String hex, Function<Reader, ?> element) {
        return switch (Reader.decodeWhole(HexFormat.of().parseHex(hex.replace(" ", "")), "test", element::apply)) {
            case Decoded.Complete<?>(byte[] octets, int _) -> HexFormat.of().formatHex(octets);
            case Decoded.Complete<?>(var value, int _) -> String.valueOf(value);
            case Decoded.Broken<?>(var fault) -> fault.reason();
            case Decoded.Partial<?> _ -> "ends early";
        };
    }

    private static Instant time(int tag, String text) {
        String hex = HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
        return Instant.ofEpochSecond(Long.parseLong(read(HexFormat.of().toHexDigits((byte) tag)
                + HexFormat.of().toHexDigits((byte) text.length()) + hex, in -> Ber.time(in, "time"))));
    }

    @Test
    void aLengthMayTakeMoreOctetsThanItNeeds() {
        for (String length : new String[] {"02", "8102", "820002", "83000002"}) {
            assertThat(read("04" + length + "abcd", in -> Ber.octets(in, "octets"))).isEqualTo("abcd");
        }
        assertThat(read("04 80 ab cd 00 00", in -> Ber.octets(in, "octets"))).isEqualTo("has length form 0x80");
        assertThat(read("04 84 00 00 00 02 ab cd", in -> Ber.octets(in, "octets"))).isEqualTo("has length form 0x84");
        assertThat(read("04 83 10 00 01", in -> Ber.octets(in, "octets"))).isEqualTo("has length 1048577");
        assertThat(read("30 00", in -> Ber.octets(in, "octets"))).isEqualTo("has tag 0x30, not 0x4");
    }

    @Test
    void aNumberThatIsNeverNegativeNeedsNoLeadingZero() {
        assertThat(read("02 02 ff ff", in -> Ber.unsigned(in, Ber.INTEGER, "n"))).isEqualTo("65535");
        assertThat(read("02 03 00 ff ff", in -> Ber.unsigned(in, Ber.INTEGER, "n"))).isEqualTo("65535");
        assertThat(read("02 02 ff ff", in -> Ber.integer(in, Ber.INTEGER, "n"))).isEqualTo("-1");
        assertThat(read("02 04 c0 00 00 6d", in -> (int) Ber.integer(in, Ber.INTEGER, "n"))).isEqualTo(Integer.toString(0xc000006d));
        assertThat(read("02 00", in -> Ber.integer(in, Ber.INTEGER, "n"))).isEqualTo("is an integer of 0 octets");
        assertThat(read("02 06 00 00 00 00 00 01", in -> Ber.unsigned(in, Ber.INTEGER, "n"))).isEqualTo("is an integer of 6 octets");
    }

    @Test
    void anArcTooBigForANumberIsAQuestionMark() {
        assertThat(read("06 09 2a 86 48 86 f7 0d 01 01 0b", in -> Ber.objectIdentifier(in, "id"))).isEqualTo("1.2.840.113549.1.1.11");
        assertThat(read("06 03 88 37 03", in -> Ber.objectIdentifier(in, "id"))).isEqualTo("2.999.3");
        assertThat(read("06 0c 69 ff ff ff ff ff ff ff ff ff 7f 01", in -> Ber.objectIdentifier(in, "id"))).isEqualTo("2.25.?.1");
        assertThat(read("06 02 2a 86", in -> Ber.objectIdentifier(in, "id"))).startsWith("needs 1 bytes");
    }

    @Test
    void timesAreRightToTheSecondInEveryForm() {
        assertThat(time(Ber.UTC_TIME, "260228235960Z")).isEqualTo(Instant.parse("2026-03-01T00:00:00Z"));
        assertThat(time(Ber.UTC_TIME, "500101000000Z")).isEqualTo(Instant.parse("1950-01-01T00:00:00Z"));
        assertThat(time(Ber.UTC_TIME, "2402291200+0530")).isEqualTo(Instant.parse("2024-02-29T06:30:00Z"));
        assertThat(time(Ber.GENERALIZED_TIME, "20240229120000.5Z")).isEqualTo(Instant.parse("2024-02-29T12:00:00Z"));
        assertThat(time(Ber.GENERALIZED_TIME, "99991231235959Z")).isEqualTo(Instant.parse("9999-12-31T23:59:59Z"));
        assertThat(time(Ber.GENERALIZED_TIME, "00000101000000Z")).isEqualTo(Instant.parse("0000-01-01T00:00:00Z"));
        assertThat(read("18 08 32303234 31333031", in -> Ber.time(in, "time"))).startsWith("needs");
        assertThat(read("02 01 00", in -> Ber.time(in, "time"))).isEqualTo("has tag 0x2, which is no time");
    }

    @Test
    void aFieldOfASequenceStandsOnceAndUnderItsTag() {
        assertThat(read("30 0a a0 03 02 01 06 a2 03 02 01 07", in -> Ber.fields(in, "T").integer(2, "two"))).isEqualTo("7");
        assertThat(read("30 05 a0 03 02 01 06", in -> Ber.fields(in, "T").integer(1, "one"))).isEqualTo("is missing");
        assertThat(read("30 0a a0 03 02 01 06 a0 03 02 01 07", in -> Ber.fields(in, "T"))).isEqualTo("stands twice");
        assertThat(read("30 03 02 01 06", in -> Ber.fields(in, "T"))).isEqualTo("has an element of tag 0x2");
    }
}
