package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.rdptrace.report.Disguise;
import dev.rdptrace.report.Format;
import dev.rdptrace.report.Style;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.Tape.Shot;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What one more attempt allocates, from its packets to its line of the report, where there are so many that they lie on disk: an
/// attempt of 77 packets, from the SYN to a session under NLA. The bounds are a tenth above what was measured, which hardly varies.
class AttemptCostTest {
    private static final int ALREADY = 700;
    private static final int MORE = 300;
    private static final int IPV4_SOURCE = 14 + 12;
    private static final int IPV4_DESTINATION = IPV4_SOURCE + 4;

    @Test
    void anAttemptWithItsLineAllocatesWhatItDid() throws IOException {
        assertThat(more(Format.NDJSON)).isLessThan(118_000);
    }

    @Test
    void aBriefLineCostsLess() throws IOException {
        assertThat(more(Format.BRIEF)).isLessThan(91_000);
    }

    private static long more(Format format) throws IOException {
        Tape one = Samples.tape("success-nla-tls12");
        allocated(one, ALREADY, format); // whatever is made once
        return (allocated(one, ALREADY + MORE, format) - allocated(one, ALREADY, format)) / MORE;
    }

    private static long allocated(Tape one, int attempts, Format format) throws IOException {
        Tape many = repeated(one, attempts);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getTotalThreadAllocatedBytes();
        Analysis analysis = many.analyze();
        assertThat(analysis.incidents()).hasSize(attempts);
        format.write(analysis.report("0"), Style.PLAIN, Disguise.NONE, OutputStream.nullOutputStream());
        return threads.getTotalThreadAllocatedBytes() - before;
    }

    /// The same attempt again and again, each from a client of its own.
    private static Tape repeated(Tape one, int attempts) {
        List<Shot> shots = one.shots().stream().filter(shot -> shot.bytes()[12] == 8 && shot.bytes()[13] == 0).toList();
        byte[] client = addressAt(shots.getFirst(), IPV4_SOURCE);
        long length = shots.getLast().nanos() - shots.getFirst().nanos();
        List<Shot> all = new ArrayList<>(attempts * shots.size());
        for (int i = 0; i < attempts; i++) {
            for (Shot shot : shots) {
                byte[] bytes = shot.bytes().clone();
                int at = Arrays.equals(addressAt(shot, IPV4_SOURCE), client) ? IPV4_SOURCE : IPV4_DESTINATION;
                bytes[at + 1] = (byte) (100 + i / 250);
                bytes[at + 2] = (byte) (i % 250);
                all.add(shot.with(bytes).at(shot.nanos() + i * length));
            }
        }
        return new Tape(all);
    }

    private static byte[] addressAt(Shot shot, int at) {
        return Arrays.copyOfRange(shot.bytes(), at, at + 4);
    }
}
