package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.testkit.CaptureBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// Judging while packets come, for as long as they come.
class StreamTest {
    private static final byte[] REQUEST = CaptureBuilder.connectionRequest(new byte[0], 3);
    private static final CaptureFacts NO_FACTS = new CaptureFacts(List.of(), List.of(), List.of(), List.of(), List.of());
    private static final byte[] REFUSAL = CaptureBuilder.connectionConfirm(3, 5);

    private final List<Incident> told = new ArrayList<>();
    private final RunningAnalysis stream = new RunningAnalysis(Analyzer.Options.NONE, 0, told::add);
    private long frames;

    private void play(CaptureBuilder capture) {
        play(capture, stream::accept);
    }

    private void play(CaptureBuilder capture, Consumer<Frame> to) {
        try (PacketSource source = capture.tape().source()) {
            Frame from = new Frame();
            Frame frame = new Frame();
            while (source.next(from)) {
                frame.set(from.bytes(), from.offset(), from.length(), from.wireLength(), ++frames, from.nanos(), from.linkType(), 0);
                to.accept(frame);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> verdicts() {
        return told.stream().map(incident -> incident.verdict().id()).toList();
    }

    private List<Integer> attempts() {
        return told.stream().map(incident -> incident.attempts().size()).toList();
    }

    @Test
    void whoGetsNoAnswerIsNotFollowedForEver() {
        CaptureBuilder capture = new CaptureBuilder();
        for (int second = 0; second < 3600; second++) {
            capture.tcp("10.1." + second / 250 + "." + (1 + second % 250), 50_000, "10.2.0.9", 3389).syn().end().pauseMillis(999);
        }
        play(capture);
        assertThat(stream.followed()).as("followed after an hour").isBetween(250L, 320L);
        stream.finish();
        assertThat(verdicts()).as("each is told once").hasSize(3600);
    }

    /// Who asks for the end does not wait until thousands are judged.
    @Test
    void whatIsOpenAtTheEndIsJudgedWhileThereIsTime() {
        CaptureBuilder capture = new CaptureBuilder();
        for (int i = 0; i < 200; i++) {
            capture.tcp("10.1.0." + (1 + i), 50_000 + i, "10.2.0.9", 3389).open().client(REQUEST).end();
        }
        play(capture);
        int before = told.size();
        long unjudged = stream.finish(() -> told.size() - before >= 20);
        assertThat(told).hasSize(before + 20);
        assertThat(unjudged).isEqualTo(200 - told.size());
    }

    /// A flood is no news of any one of its connections, and a handshake in the middle of it still is.
    @Test
    void whatAFloodCrowdsOutIsCountedAndARealHandshakeAmongItIsTold() {
        CaptureBuilder capture = new CaptureBuilder();
        for (int i = 0; i < 40_000; i++) {
            capture.tcp("10." + (16 + i / 62_500) + "." + i / 250 % 250 + "." + (1 + i % 250), 50_000, "10.2.0.9", 3389).syn().end();
            if (i == 30_000) {
                capture.tcp("192.0.2.1", 50_001, "10.2.0.9", 3389).open().client(REQUEST).server(REFUSAL).serverFin().clientFin().end();
            }
        }
        play(capture);
        assertThat(stream.crowdedOut()).isGreaterThanOrEqualTo(40_000 - 16_384);
        stream.finish();
        assertThat(verdicts()).hasSize(40_001 - (int) stream.crowdedOut()).contains("x224-neg-failure-5-nla-required");
    }

    /// Some see a connection on several sides of address translations; nobody sees it on thousands.
    @Test
    void copiesOfOneConnectionFromThousandsOfAddressesAreJudgedAFewAtATime() {
        CaptureBuilder capture = new CaptureBuilder();
        for (int i = 0; i < 3000; i++) {
            capture.tcp("10.1." + i / 250 + "." + (1 + i % 250), 50_000, "10.2.0.9", 3389).open().client(REQUEST).end();
        }
        play(capture);
        stream.finish();
        assertThat(attempts()).isNotEmpty().allSatisfy(count -> assertThat(count).isLessThanOrEqualTo(4));
    }

    @Test
    void attemptsWithoutEndTakeNoMoreMemoryInTheEnd() {
        long before = usedBytes();
        for (int round = 0; round < 40; round++) {
            CaptureBuilder capture = new CaptureBuilder().stepMicros(10).pauseMillis(round * 1000L);
            for (int i = 0; i < 1000; i++) {
                capture.tcp("10.1." + i / 250 + "." + (1 + i % 250), 1024 + (i * 7 + round) % 50_000, "10.2.0." + round, 3389).open()
                        .client(REQUEST).server(REFUSAL).serverFin()
                        .clientFin();
            }
            play(capture);
        }
        stream.finish();
        assertThat(verdicts()).hasSize(40_000);
        told.clear();
        assertThat(usedBytes() - before).as("bytes held after 40,000 attempts").isLessThan(64L << 20);
        assertThat(stream.streams()).isEqualTo(40_000);
    }

    private static long usedBytes() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void aClientThatTurnsToTheOtherFamilyMakesOneTry() {
        play(new CaptureBuilder()
                .tcp("2001:db8::5", 50_000, "2001:db8:1::9", 3389).syn().serverReset().end().pauseMillis(1000)
                .tcp("10.1.0.5", 50_001, "10.2.0.9", 3389).open().client(REQUEST).server(REFUSAL).serverFin().clientFin().end());
        stream.finish();
        assertThat(attempts().getLast()).isEqualTo(2);
    }

    @Test
    void aPortNextToSomebodyElsesIsNoFamily() {
        CaptureBuilder capture = new CaptureBuilder();
        for (int i = 0; i < 60; i++) {
            capture.tcp("2001:db8::" + (16 + i), 50_000 + i, "2001:db8:1::9", 3389).syn().serverReset();
        }
        capture.pauseMillis(900).tcp("10.1.0.5", 50_003, "10.2.0.9", 3389).open().client(REQUEST).server(REFUSAL).serverFin().clientFin();
        play(capture);
        stream.finish();
        assertThat(attempts()).hasSize(61).containsOnly(1);
        assertThat(verdicts()).contains("x224-neg-failure-5-nla-required");
        assertThat(capture.tape().analyze().incidents().stream().map(incident -> incident.attempts().size())).containsOnly(1);
    }

    @Test
    void aLaterTryIsNoFamilyOfOneThatWasRefused() {
        play(new CaptureBuilder()
                .tcp("2001:db8::5", 50_000, "2001:db8:1::9", 3389).syn().serverReset().end().pauseMillis(10_000)
                .tcp("10.1.0.5", 50_001, "10.2.0.9", 3389).open().client(REQUEST).server(REFUSAL).serverFin().clientFin().end());
        stream.finish();
        assertThat(attempts()).containsExactly(1, 1);
    }

    @Test
    void aConnectionSeenOnBothSidesOfATranslationIsToldOnce() {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(100);
        CaptureBuilder.Dialogue inside = capture.tcp("10.1.0.5", 50_000, "203.0.113.9", 3389);
        CaptureBuilder.Dialogue outside = capture.tcp("198.51.100.7", 50_000, "203.0.113.9", 3389);
        inside.syn();
        outside.syn().synAck();
        inside.synAck().clientAck();
        outside.clientAck();
        inside.clientOnly(REQUEST);
        outside.clientOnly(REQUEST).server(REFUSAL).serverFin();
        inside.server(REFUSAL).serverFin().clientFin();
        outside.clientFin();
        play(capture.pauseMillis(2000).udp("10.1.0.5", 5000, "10.1.0.6", 5000, new byte[1]));
        stream.finish();
        assertThat(verdicts()).containsExactly("x224-neg-failure-5-nla-required");
    }

    @Test
    void aRouteThatChangedMeanwhileIsNoForgedReset() {
        CaptureBuilder capture = new CaptureBuilder();
        capture.tcp("10.1.0.5", 50_000, "192.0.2.9", 3389).open().client(REQUEST).server(REFUSAL).serverFin().clientFin();
        play(capture.pauseMillis(3 * 3600_000));
        for (int minute = 0; minute < 25; minute++) {
            capture = new CaptureBuilder().pauseMillis((180 + minute) * 60_000L);
            play(capture.udp("10.1.0.5", 5000, "10.1.0.6", 5000, new byte[1]));
        }
        capture = new CaptureBuilder().pauseMillis(206 * 60_000L);
        CaptureBuilder.Dialogue refused = capture.tcp("10.1.0.5", 50_001, "192.0.2.9", 3389);
        refused.server().hopLimit(126);
        refused.syn().serverReset();
        play(capture);
        stream.finish();
        assertThat(verdicts()).containsExactly("x224-neg-failure-5-nla-required", "tcp-syn-refused");
    }

    @Test
    void aClockThatIsSetBackMakesNothingSilent() {
        CaptureBuilder before = new CaptureBuilder().pauseMillis(3600_000);
        before.tcp("10.1.0.5", 50_000, "10.1.7.9", 3389).open();
        play(before);
        CaptureBuilder after = new CaptureBuilder().stepMicros(300_000);
        after.tcp("10.1.0.6", 50_000, "10.1.7.9", 3389).open().client(REQUEST);
        play(after);
        assertThat(verdicts()).as("before the server has spoken").isEmpty();
        after = new CaptureBuilder().pauseMillis(5 * 300).stepMicros(300_000);
        CaptureBuilder.Dialogue rest = after.tcp("10.1.0.6", 50_000, "10.1.7.9", 3389);
        rest.client().next(0x1000 + 1 + REQUEST.length);
        rest.server().next(0x7000_0001);
        rest.server(REFUSAL).serverFin().clientFin();
        play(after.pauseMillis(1500).udp("10.1.0.5", 5000, "10.1.0.6", 5000, new byte[1]));
        assertThat(verdicts()).as("a second after the close").containsExactly("x224-neg-failure-5-nla-required");
    }

    @Test
    void aClockThatIsSetForwardMakesNothingSilentAndHandshakesUnderWayAreNotJudged() {
        CaptureBuilder before = new CaptureBuilder();
        before.tcp("10.1.0.4", 50_000, "10.1.7.9", 3389).open().client(REQUEST).server(REFUSAL).serverFin().clientFin();
        CaptureBuilder.Dialogue asked = before.tcp("10.1.0.5", 50_000, "10.1.7.9", 3389);
        asked.open().client(REQUEST);
        play(before);

        CaptureBuilder after = new CaptureBuilder().pauseMillis(3600_000);
        stream.clockSet(after.nanos());
        assertThat(verdicts()).as("closed before the step").containsExactly("x224-neg-failure-5-nla-required");
        CaptureBuilder.Dialogue rest = after.tcp("10.1.0.5", 50_000, "10.1.7.9", 3389);
        rest.client().next(0x1000 + 1 + REQUEST.length);
        rest.server().next(0x7000_0001);
        rest.serverReset();
        after.tcp("10.1.0.6", 50_000, "10.1.7.9", 3389).open().client(REQUEST).server(REFUSAL).serverFin().clientFin();
        play(after.pauseMillis(10_000).udp("10.1.0.5", 5000, "10.1.0.6", 5000, new byte[1]));
        stream.finish();
        assertThat(verdicts()).as("and begun after it").containsExactly("x224-neg-failure-5-nla-required",
                "x224-neg-failure-5-nla-required");
    }

    @Test
    void aConnectionWhoseSynCameBeforeAStepOfTheClockIsNotJudgedEitherWhenItsPortTellsNothing() {
        CaptureBuilder before = new CaptureBuilder();
        before.tcp("10.1.0.5", 50_000, "10.1.7.9", 4000).syn().synAck();
        play(before);
        CaptureBuilder after = new CaptureBuilder().pauseMillis(3600_000);
        stream.clockSet(after.nanos());
        CaptureBuilder.Dialogue rest = after.tcp("10.1.0.5", 50_000, "10.1.7.9", 4000);
        rest.client().next(0x1001);
        rest.server().next(0x7000_0001);
        rest.client(REQUEST).server(REFUSAL).serverFin().clientFin();
        play(after.pauseMillis(10_000).udp("10.1.0.5", 5000, "10.1.0.6", 5000, new byte[1]));
        stream.finish();
        assertThat(verdicts()).isEmpty();
    }

    @Test
    void whatEndedWithTheLastPacketBeforeAStepOfTheClockIsJudged() {
        CaptureBuilder before = new CaptureBuilder();
        before.tcp("10.1.0.4", 50_000, "10.1.7.9", 3389).open().client(REQUEST).serverReset();
        play(before);
        assertThat(verdicts()).isEmpty();

        CaptureBuilder after = new CaptureBuilder().pauseMillis(3600_000);
        stream.clockSet(after.nanos());
        assertThat(verdicts()).hasSize(1);
    }

    @Test
    void theReportOnALiveCaptureKnowsOfAStepOfTheClockToo() {
        Analyzer.Whole whole = new Analyzer.Whole(Analyzer.Options.NONE, () -> NO_FACTS);
        CaptureBuilder before = new CaptureBuilder();
        CaptureBuilder.Dialogue asked = before.tcp("10.1.0.5", 50_000, "10.1.7.9", 3389);
        asked.open().client(REQUEST);
        play(before, whole::accept);

        CaptureBuilder after = new CaptureBuilder().pauseMillis(3600_000);
        whole.clockSet(after.nanos());
        CaptureBuilder.Dialogue rest = after.tcp("10.1.0.5", 50_000, "10.1.7.9", 3389);
        rest.client().next(0x1000 + 1 + REQUEST.length);
        rest.server().next(0x7000_0001);
        rest.serverReset();
        after.tcp("10.1.0.6", 50_000, "10.1.7.9", 3389).open().client(REQUEST).server(REFUSAL).serverFin().clientFin();
        play(after, whole::accept);
        assertThat(whole.end(NO_FACTS).incidents()).extracting(incident -> incident.verdict().id())
                .containsExactly("x224-neg-failure-5-nla-required");
    }
}
