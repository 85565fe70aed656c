package dev.rdptrace;

import com.github.luben.zstd.Zstd;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.compare.PacketLog;
import dev.rdptrace.compare.SeenPackets;
import dev.rdptrace.net.Packet;
import dev.rdptrace.net.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;

/// Reads files once more for connections that another recording holds as well: what a comparison asks of their packets.
public final class FlowSights {
    private static final int COMPRESSION = 9;

    private FlowSights() {}

    /// @param written by [#of] of one flow in a file
    /// @param framesBefore of the recording, in the files before
    public static SeenPackets packets(byte[] written, long framesBefore) {
        return new SeenPackets(Zstd.decompress(written, (int) Zstd.getFrameContentSize(written)), framesBefore);
    }

    /// @param files by name, in their order
    /// @param wanted digests of flows, see [Selection#flow]
    /// @return their packets by flow, for [#packets]
    public static Map<Long, byte[]> of(SequencedMap<String, Path> files, Set<Long> wanted) throws IOException {
        Map<Long, SeenPackets.Writer> seen = new TreeMap<>();
        int taken = 0;
        Frame frame = new Frame();
        Packet packet = new Packet();
        try (PacketSource source = Captures.open(files)) {
            while (source.next(frame)) {
                if (packet.wrap(frame) != Verdict.TCP || frame.nanos() == Frame.NO_TIME) {
                    continue;
                }
                long flow = Selection.flow(packet);
                if (wanted.contains(flow)) {
                    SeenPackets.Writer of = seen.computeIfAbsent(flow, _ -> new SeenPackets.Writer());
                    if (of.size() == 0 || taken < PacketLog.PACKETS && of.size() < PacketLog.PACKETS_OF_A_LEG) { // of each at least one
                        of.add(packet, frame.number(), frame.nanos());
                        taken++;
                    } else {
                        of.cut();
                    }
                }
            }
        }
        Map<Long, byte[]> written = new TreeMap<>();
        seen.forEach((flow, writer) -> written.put(flow, Zstd.compress(writer.packets(), COMPRESSION)));
        return written;
    }
}
