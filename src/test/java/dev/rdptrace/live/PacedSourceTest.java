package dev.rdptrace.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PacedSourceTest {
    private static final String SAMPLE = "samples/reset-on-clienthello/capture.pcapng";

    private record Seen(long number, long nanos, int length) {}

    @Test
    void everySpeedBringsTheSameFrames() throws IOException {
        List<Seen> fast = read(new PacedSource(Captures.open(List.of(SAMPLE), InputStream.nullInputStream()), Double.POSITIVE_INFINITY));
        List<Seen> slow = read(new PacedSource(Captures.open(List.of(SAMPLE), InputStream.nullInputStream()), 50));
        assertThat(fast).isNotEmpty().isEqualTo(slow);
    }

    @Test
    void aPipeBringsTheFramesOfTheFile() throws IOException {
        byte[] file = Files.readAllBytes(Path.of(SAMPLE));
        List<Seen> piped = read(new PipedSource(Captures.open(List.of("-"), new ByteArrayInputStream(file))));
        List<Seen> read = read(new PacedSource(Captures.open(List.of(SAMPLE), InputStream.nullInputStream()), Double.POSITIVE_INFINITY));
        assertThat(piped).isEqualTo(read);
    }

    @Test
    void framesComeAtTheirPaceAndTimeNeverRunsAhead() throws IOException {
        long began = System.nanoTime();
        long first = Frame.NO_TIME;
        long last = Frame.NO_TIME;
        try (PacedSource source =
                new PacedSource(Captures.open(List.of("samples/health-check/capture.pcapng"), InputStream.nullInputStream()), 20)) {
            Frame frame = new Frame();
            for (Arrivals.Arrival arrival = source.poll(frame, 10); arrival != Arrivals.Arrival.ENDED; arrival = source.poll(frame, 10)) {
                if (arrival == Arrivals.Arrival.FRAME) {
                    first = first == Frame.NO_TIME ? frame.nanos() : first;
                    last = frame.nanos();
                } else {
                    assertThat(source.now()).isGreaterThanOrEqualTo(last);
                }
            }
        }
        // Two pauses of two seconds, twenty times faster.
        assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo((last - first) / 20);
    }

    private static List<Seen> read(Arrivals source) throws IOException {
        List<Seen> seen = new ArrayList<>();
        try (source) {
            Frame frame = new Frame();
            for (Arrivals.Arrival arrival = source.poll(frame, 100); arrival != Arrivals.Arrival.ENDED; arrival = source.poll(frame, 100)) {
                if (arrival == Arrivals.Arrival.FRAME) {
                    seen.add(new Seen(frame.number(), frame.nanos(), frame.length()));
                }
            }
        }
        return seen;
    }
}
