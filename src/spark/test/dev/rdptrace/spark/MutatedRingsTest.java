package dev.rdptrace.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.FileGroups;
import dev.rdptrace.FlowReading;
import dev.rdptrace.KeptRecording;
import dev.rdptrace.KeptSource.Block;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever becomes of packets: lost, doubled, damaged, cut, late, of several captures at once. What is kept of the files that they are in
/// says the same as the files.
class MutatedRingsTest {
    private static final int RINGS = 300;
    private static final int ROUNDS = 4;
    private static final int MOST_PACKETS = 3000;
    private static final int HEADERS = 54;
    private static final int ETHERNET = 1;
    private static final long MILLI = 1_000_000;

    @TempDir Path folder;

    private record Shot(byte[] bytes, int wireLength, long nanos) {}

    @Test
    void whatIsKeptOfFilesSaysWhatTheFilesSay() throws IOException {
        List<List<Shot>> captures = new ArrayList<>();
        try (Stream<Path> all = Files.walk(Path.of("samples"))) {
            for (Path capture : all.filter(path -> FileGroups.isCapture(path.getFileName().toString())).sorted().toList()) {
                captures.add(shots(capture));
            }
        }
        int judged = 0;
        for (int seed = 0; seed < RINGS; seed++) {
            List<String> ring = ring(new SplittableRandom(seed), captures);
            Optional<String> kept = byPackets(ring);
            if (kept.isPresent()) {
                judged++;
                assertThat(kept.get()).as("seed %d", seed).isEqualTo(KeptRing.alone(ring));
            }
        }
        assertThat(judged).isGreaterThan(RINGS / 2); // of the others the files themselves are read
    }

    private static List<Shot> shots(Path capture) throws IOException {
        List<Shot> shots = new ArrayList<>();
        try (PacketSource source = Captures.open(List.of(capture.toString()), InputStream.nullInputStream())) {
            Frame frame = new Frame();
            while (source.next(frame) && shots.size() < MOST_PACKETS) {
                if (frame.nanos() != Frame.NO_TIME && frame.linkType() == ETHERNET) {
                    shots.add(new Shot(Arrays.copyOfRange(frame.bytes(), frame.offset(), frame.offset() + frame.length()), frame
                            .wireLength(), frame.nanos()));
                }
            }
        }
        return shots;
    }

    /// Some captures at about the same time, and what may happen to packets; in up to six files.
    private List<String> ring(SplittableRandom random, List<List<Shot>> captures) throws IOException {
        List<Shot> together = new ArrayList<>();
        for (int left = random.nextInt(1, 5); left > 0; left--) {
            List<Shot> one = captures.get(random.nextInt(captures.size()));
            long later = random.nextInt(4) == 0 ? random.nextInt(100) * 1000L : random.nextInt(2000);
            long moved = together.isEmpty() || one.isEmpty() ? 0 : together.getFirst().nanos - one.getFirst().nanos + later * MILLI;
            one.forEach(shot -> together.add(new Shot(shot.bytes, shot.wireLength, shot.nanos + moved)));
        }
        together.sort(Comparator.comparingLong(Shot::nanos));
        int from = together.isEmpty() || random.nextInt(3) > 0 ? 0 : random.nextInt(together.size());
        double rate = random.nextInt(6) == 0 ? 0 : random.nextDouble(0.08);
        List<Shot> left = new ArrayList<>();
        long late = 0;
        for (Shot shot : together.subList(from, together.size())) {
            Shot now = new Shot(shot.bytes.clone(), shot.wireLength, shot.nanos + late);
            int fate = random.nextDouble() < rate ? random.nextInt(7) : -1;
            switch (fate) {
                case 0 -> now = null;
                case 1 -> left.add(now);
                case 2 -> now.bytes[random.nextInt(now.bytes.length)] ^= (byte) (1 << random.nextInt(8));
                case 3 -> now = new Shot(Arrays.copyOf(now.bytes, random.nextInt(now.bytes.length + 1)), now.wireLength, now.nanos);
                case 4 -> late += random.nextInt(3) == 0 ? random.nextInt(200) * 1000L * MILLI : random.nextInt(1000) * MILLI;
                case 5 -> {
                    if (!left.isEmpty()) {
                        Shot before = left.removeLast();
                        left.add(new Shot(now.bytes, now.wireLength, before.nanos));
                        now = new Shot(before.bytes, before.wireLength, now.nanos);
                    }
                }
                case 6 -> {
                    for (int i = HEADERS; i < now.bytes.length; i++) {
                        now.bytes[i] = random.nextInt(20) == 0 ? (byte) random.nextInt() : now.bytes[i];
                    }
                }
                default -> {} // as it was
            }
            if (now != null) {
                left.add(now);
            }
        }
        int files = random.nextInt(1, 7);
        int[] ends = random.ints(files, 0, left.size() + 1).sorted().toArray();
        ends[files - 1] = left.size();
        List<String> paths = new ArrayList<>();
        for (int i = 0; i < files; i++) {
            List<byte[]> packets = left.subList(i == 0 ? 0 : ends[i - 1], ends[i]).stream().map(shot -> Ring.packet(0, shot.nanos,
                    shot.wireLength, shot.bytes)).toList();
            paths.add(Ring.file(folder, "x", i, packets).toString());
        }
        return paths;
    }

    private static Optional<String> byPackets(List<String> ring) throws IOException {
        KeptRing kept = KeptRing.of(ring);
        List<List<Block>> added = new ArrayList<>();
        Map<Integer, Set<Long>> asked = new HashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            KeptRecording.Result result = kept.judge(added);
            if (result.judged()) {
                return Optional.of(KeptRing.report(result.analysis()));
            }
            added.add(more(ring, result.missing(), asked));
        }
        return Optional.empty();
    }

    private static List<Block> more(List<String> ring, Map<Integer, Map<Long, Boolean>> missing, Map<Integer, Set<Long>> asked)
            throws IOException {
        List<Block> blocks = new ArrayList<>();
        for (Map.Entry<Integer, Map<Long, Boolean>> flows : missing.entrySet()) {
            int file = flows.getKey();
            Set<Long> before = asked.computeIfAbsent(file, _ -> new HashSet<>());
            Map<Long, Boolean> wanted = new HashMap<>();
            flows.getValue().forEach((flow, bodies) -> wanted.put(flow, bodies || !before.add(flow)));
            try (FlowReading reading = new FlowReading(ring.get(file), Path.of(ring.get(file)), wanted)) {
                int order = 0;
                for (byte[] block = reading.next(); block.length > 0; block = reading.next()) {
                    blocks.add(new Block(file, order++, block));
                }
            }
        }
        return blocks;
    }
}
