package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.Captures;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.Tape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A connection's clock ends with the recording that carried it.
class SeveralFilesTest {
    @TempDir Path folder;

    /// A request that was acknowledged, and nothing more for `seconds`.
    private static CaptureBuilder unanswered(String server, int days, int seconds) {
        CaptureBuilder capture = new CaptureBuilder().pauseMillis(days * 86_400_000L);
        capture.tcp("192.0.2.10", 50123, server, 3389).open().client(CaptureBuilder.connectionRequest(new byte[0], 3));
        return capture.pauseMillis(seconds * 1000L);
    }

    private String file(String name, int linkType, Tape.Shot... shots) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN).putInt(0xa1b23c4d).putShort((short) 2).putShort((short) 4)
                .putInt(0)
                .putInt(0).putInt(65535).putInt(linkType).array());
        for (Tape.Shot shot : shots) {
            out.writeBytes(ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putInt((int) (shot.nanos() / 1_000_000_000L))
                    .putInt((int) (shot.nanos() % 1_000_000_000L)).putInt(shot.bytes().length).putInt(shot.wireLength()).array());
            out.writeBytes(shot.bytes());
        }
        Path path = folder.resolve(name);
        Files.createDirectories(path.getParent());
        Files.write(path, out.toByteArray());
        return path.toString();
    }

    private String file(String name, CaptureBuilder capture) throws IOException {
        return file(name, 1, capture.tape().shots().toArray(Tape.Shot[]::new));
    }

    private static Incident of(String server, String... files) throws IOException {
        Analysis analysis = Analyzer.analyze(() -> Captures.open(List.of(files), InputStream.nullInputStream()), Analyzer.Options.NONE,
                () -> false);
        return analysis.incidents().stream().filter(incident -> incident.server().address().equals(server)).findFirst().orElseThrow();
    }

    @Test
    void theEndOfAFileIsNoSilence() throws IOException {
        String cut = file("one.pcap", unanswered("198.51.100.1", 0, 0));
        assertThat(of("198.51.100.1", cut).outcome()).isEqualTo(Outcome.UNDETERMINED);
        for (String other : List.of("another.pcap", "elsewhere/one.pcap", "one2.pcap")) {
            String later = file(other, unanswered("198.51.100.2", 4, 0));
            Incident incident = of("198.51.100.1", cut, later);
            assertThat(incident.outcome()).as(other).isEqualTo(Outcome.UNDETERMINED);
            assertThat(incident.headline().firstMissing().waitedSeconds()).isLessThan(1);
        }
    }

    @Test
    void whatTheFileItselfHoldsOfTheSilenceCounts() throws IOException {
        Tape.Shot[] shots = unanswered("198.51.100.1", 0, 20).arpReply("192.0.2.1", 7).tape().shots().toArray(Tape.Shot[]::new);
        String whole = file("one.pcap", 1, shots);
        String later = file("another.pcap", unanswered("198.51.100.2", 4, 0));
        assertThat(of("198.51.100.1", whole, later).verdict().id()).isEqualTo(of("198.51.100.1", whole).verdict().id())
                .isEqualTo("tcp-accept-then-silence");
    }

    @Test
    void rotatedFilesFollowOnOneAnother() throws IOException {
        Tape.Shot[] shots = unanswered("198.51.100.1", 0, 20).arpReply("192.0.2.1", 7).tape().shots().toArray(Tape.Shot[]::new);
        Tape.Shot[] before = Arrays.copyOf(shots, shots.length - 1);
        Tape.Shot after = shots[shots.length - 1];
        for (List<String> names : List.of(List.of("r_00001_20260101120000.pcap", "r_00002_20260101120100.pcap"),
                List.of("cap.pcap", "cap.pcap1"))) {
            String[] files = {file(names.get(0), 1, before), file(names.get(1), 1, after)};
            Incident incident = of("198.51.100.1", files);
            assertThat(incident.verdict().id()).isEqualTo("tcp-accept-then-silence");
            assertThat(incident.headline().firstMissing().waitedSeconds()).isBetween(19.0, 21.0);
        }
    }
}
