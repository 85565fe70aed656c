package dev.rdptrace.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.Lab;
import dev.rdptrace.sim.Plan.Guilty;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PcapTest {
    @TempDir private Path folder;

    @Test
    void wiresharkReadsEveryPacketOfARun() throws Exception {
        Lab.needsTool("tshark");
        for (long seed = 0; seed < 8; seed++) {
            Run run = Run.of(seed);
            List<String> frames = tshark(run, "", "-e", "_ws.malformed", "-e", "_ws.expert.severity");
            assertThat(frames).as("seed " + seed).hasSize(run.tape().size());
            int cut = run.plan().tap().snapLength();
            assertThat(frames.stream().filter(frame -> frame.startsWith("1") && cut == 65_535)).as("seed " + seed).isEmpty();
        }
    }

    @Test
    void wiresharkFindsNoTroubleWhereThereIsNone() throws Exception {
        Lab.needsTool("tshark");
        List<Long> whole = LongStream.range(0, 500).filter(seed -> calm(Plan.of(seed))).limit(4).boxed().toList();
        assertThat(whole).hasSize(4);
        for (long seed : whole) {
            assertThat(tshark(Run.of(seed), "tcp.analysis.flags", "-e", "frame.number"))
                    .as("seed " + seed).isEmpty();
        }
    }

    private static boolean calm(Plan plan) {
        return plan.breach().culprit() == Guilty.NONE && plan.road().loss() == 0 && plan.road().reordering() == 0 && plan.tap().whole()
                && plan.client().keepAliveSeconds() == 0 && plan.server().keepAliveSeconds() == 0;
    }

    private List<String> tshark(Run run, String filter, String... fields) throws Exception {
        Path file = Files.write(folder.resolve("run.pcap"), Pcap.of(run.tape()));
        String[] command = {"tshark", "-n", "-r", file.toString(), "-Y", filter.isEmpty() ? "frame" : filter, "-T", "fields"};
        String[] all = Arrays.copyOf(command, command.length + fields.length);
        System.arraycopy(fields, 0, all, command.length, fields.length);
        Lab.Run read = Lab.run(all);
        assertThat(read.exit()).isZero();
        return read.text().lines().toList();
    }
}
