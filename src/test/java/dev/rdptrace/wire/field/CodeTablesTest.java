package dev.rdptrace.wire.field;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.rdptrace.wire.credssp.KerberosError;
import dev.rdptrace.wire.gateway.GatewayError;
import dev.rdptrace.wire.rdstls.RdstlsResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CodeTablesTest {

    @Test
    void everyTableHasRowsAsWideAsItsHead() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/main/resources/dev/rdptrace/tables"))) {
            assertThat(files.map(file -> file.getFileName().toString())).hasSizeGreaterThan(10)
                    .allSatisfy(file -> assertThat(Table.rows(file)).as(file).hasSizeGreaterThan(5));
        }
    }

    @Test
    void aRowOfAnotherWidthIsRefused() {
        List<String> lines = List.of("# a note", "# code\tname\tmeaning", "", "0x1\tONE\tone", "# two\tmore", "2\tTWO\ttwo");
        assertThat(Table.parse("t", lines)).hasSize(2);
        for (String bad : List.of("3\tTHREE", "3\tTHREE\tthree\t")) {
            assertThatIllegalStateException().isThrownBy(() -> Table.parse("t", Stream.concat(lines.stream(), Stream.of(bad)).toList()))
                    .withMessageStartingWith("t line 7");
        }
        assertThatIllegalStateException().isThrownBy(() -> Table.rows("no-such-table.tsv"));
    }

    @Test
    void aCodeThatStandsTwiceIsRefused() {
        List<String[]> rows = List.of(new String[] {"0x0000000A", "A", "a", ""}, new String[] {"11", "B", "b", ""});
        assertThat(CodeTable.of("t", rows).find(10)).map(CodeTable.Entry::name).contains("A");
        assertThat(CodeTable.of("t", rows).name(11)).isEqualTo("B");
        for (String code : List.of("10", "-1", "0x100000000")) {
            List<String[]> more = Stream.concat(rows.stream(), Stream.<String[]>of(new String[] {code, "C", "c", ""})).toList();
            assertThatIllegalStateException().isThrownBy(() -> CodeTable.of("t", more)).withMessageContaining(code);
        }
    }

    @Test
    void everyRowHasNameAndMeaning() {
        for (Code code : List.of(new NtStatus(0), new HResult(0), new KerberosError(0), new GatewayError(0), new RdstlsResult(0))) {
            assertThat(code.table().entries()).hasSizeGreaterThan(7).allSatisfy(entry -> {
                assertThat(entry.name()).matches("[A-Z0-9_]+");
                assertThat(entry.meaning()).isNotBlank().doesNotEndWith(".");
                assertThat(entry.advice().isEmpty() || entry.advice().endsWith(".")).as(entry.name()).isTrue();
            });
        }
    }

    @Test
    void everyRefusalOfALogonSaysWhoMustDoWhat() {
        for (int code : new int[] {0xc000006d, 0xc000006a, 0xc0000064, 0xc000006e, 0xc000006f, 0xc0000070, 0xc0000071,
                0xc0000224, 0xc0000072, 0xc0000193, 0xc0000234, 0xc000015b, 0xc0000133, 0xc000005e, 0xc0000192, 0xc000018c,
                0xc000018d, 0xc0000413, 0xc0000418, 0xc000035b, 0xc0000388, 0xc0000022, 0xc00000bb, 0xc0000380, 0xc0000381,
                0xc0000017, 0xc000009a}) {
            assertThat(new NtStatus(code).advice()).as(new NtStatus(code).name()).isNotBlank();
        }
    }

    @Test
    void anUnknownCodeKeepsItsNumber() {
        assertThat(new NtStatus(0xc0ffee00).name()).isEqualTo("0xC0FFEE00");
        assertThat(new NtStatus(0xc0ffee00).isKnown()).isFalse();
        assertThat(new NtStatus(0xc0ffee00).meaning()).isEmpty();
        assertThat(new HResult(0xd000006d).isKnown()).isTrue();
    }

    @Test
    void aStatusGoesByTheTableThatKnowsIt() {
        assertThat(Status.of(0xc000006d)).isEqualTo(new NtStatus(0xc000006d));
        assertThat(Status.of(0x80090302).name()).isEqualTo("SEC_E_UNSUPPORTED_FUNCTION");
        assertThat(Status.of(0x800912ab)).isEqualTo(new HResult(0x800912ab));
        assertThat(Status.of(0xc0ffee00)).isEqualTo(new NtStatus(0xc0ffee00));
    }

    @Test
    void namesAndFlagsShowWhatHasNoName() {
        assertThat(Names.from(1, "one").and(5, "five").of(5)).isEqualTo("five");
        assertThat(Names.from(1, "one").of(2)).isEqualTo("0x2");
        assertThat(FlagNames.none().and(1, "a").and(4, "b").in(0x8005)).containsExactly("a", "b", "0x8000");
    }

    @Test
    void textEndsAtItsNul() {
        assertThat(Text.utf16le(new byte[] {'a', 0, 0, 0, 'b', 0})).isEqualTo("a");
        assertThat(Text.utf16le(new byte[] {'a', 0, 'b'})).isEqualTo("a");
        assertThat(Text.ansi(new byte[] {'a', 0, 'b'})).isEqualTo("a");
    }

    @Test
    void windowsTimeCountsFrom1601() {
        assertThat(WindowsTime.epochNanos(116_444_736_000_000_000L)).isZero();
        assertThat(WindowsTime.epochNanos(116_444_736_010_000_000L)).isEqualTo(1_000_000_000L);
        assertThat(WindowsTime.epochNanos(0)).isEqualTo(WindowsTime.UNKNOWN);
        assertThat(WindowsTime.epochNanos(Long.MAX_VALUE)).isEqualTo(WindowsTime.UNKNOWN);
        assertThat(WindowsTime.epochNanos(-1)).isEqualTo(WindowsTime.UNKNOWN);
    }
}
