package dev.rdptrace.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SizedRecord;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.field.Table;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class KnownSizeTest {
    private static final Map<Step, KnownSize> OPENED = new EnumMap<>(Map.ofEntries(Map.entry(Step.TOKEN, KnownSize.TOKEN),
            Map.entry(Step.AUTHENTICATE, KnownSize.AUTHENTICATE), Map.entry(Step.ACCEPTED, KnownSize.ACCEPTANCE),
            Map.entry(Step.REFUSED, KnownSize.ERROR_CODE), Map.entry(Step.CONNECT_INITIAL, KnownSize.CONNECT_INITIAL),
            Map.entry(Step.CONNECT_RESPONSE, KnownSize.CONNECT_RESPONSE), Map.entry(Step.ERECT_DOMAIN, KnownSize.ERECT_DOMAIN),
            Map.entry(Step.ATTACH_USER, KnownSize.ATTACH_USER), Map.entry(Step.ATTACH_CONFIRM, KnownSize.ATTACH_CONFIRM),
            Map.entry(Step.CHANNEL_JOIN, KnownSize.JOIN_REQUEST), Map.entry(Step.CHANNELS_JOINED, KnownSize.JOIN_CONFIRM),
            Map.entry(Step.CLIENT_INFO, KnownSize.CLIENT_INFO), Map.entry(Step.LICENSE_DONE, KnownSize.LICENSE_ACCEPTED),
            Map.entry(Step.DEMAND_ACTIVE, KnownSize.DEMAND_ACTIVE), Map.entry(Step.CONFIRM_ACTIVE, KnownSize.CONFIRM_ACTIVE)));

    @Test
    void everyMessageHasARowOfItsOwn() {
        List<String[]> rows = Table.rows("record-sizes.tsv");
        assertThat(rows).extracting(row -> row[0]).containsExactly(
                Stream.of(KnownSize.values()).map(one -> one.name().toLowerCase(Locale.ROOT).replace('_', '-')).toArray(String[]::new));
        assertThat(rows).allSatisfy(row -> {
            assertThat(row[1]).isIn("client", "server", "both");
            assertThat(row[4]).as(row[0]).isNotBlank();
            assertThat(row[5]).as(row[0]).isNotBlank();
        });
        assertThat(KnownSize.values()).allSatisfy(one -> assertThat(one.least()).isBetween(0, one.most()));
    }

    @Test
    void aRecordWhosePaddingIsUnknownMayBeWhatItNeedNotBe() {
        SizedRecord padded = new SizedRecord(Moment.NEVER, Side.SERVER, 0, 15, false);
        assertThat(KnownSize.JOIN_CONFIRM.mayBe(padded)).isTrue();
        assertThat(KnownSize.JOIN_CONFIRM.surelyIs(padded)).isFalse();
        assertThat(KnownSize.LICENSE_ACCEPTED.mayBe(padded)).isFalse();
        assertThat(KnownSize.CHOICE.surelyIs(padded)).isTrue();
    }

    /// What was read in a record that keys opened has the size by which it would have been told without them; in those of a gateway
    /// are the packets of its tunnel.
    @Test
    void whatOpensIsAsLongAsTheTableSays() {
        Set<Step> looked = new TreeSet<>();
        for (Path sample : Samples.all()) {
            if (Files.exists(sample.resolve("keys.log"))) {
                Samples.reportOn(sample.resolve("capture.pcapng").toString(), sample.resolve("keys.log")).incidents().stream()
                        .flatMap(incident -> incident.attempts().stream()).map(JudgedAttempt::attempt).filter(attempt -> !attempt.gateway())
                        .forEach(attempt -> look(attempt, looked));
            }
        }
        assertThat(looked).hasSizeGreaterThan(12);
    }

    private static void look(Attempt attempt, Set<Step> looked) {
        OPENED.forEach((step, size) -> {
            List<SizedRecord> there = attempt.records().stream().filter(record -> record.at().equals(attempt.steps().get(step))).toList();
            if (!there.isEmpty() && !attempt.inferred().contains(step)) {
                assertThat(there).as(step + " in stream " + attempt.stream()).anyMatch(record -> record.exact() && size.surelyIs(record));
                looked.add(step);
            }
        });
    }
}
