package dev.rdptrace.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.rdptrace.timeline.Companions.Lookup;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CompanionTrackerTest {
    private static final long CLIENT = 0xffff_0a00_0001L;
    private static final long SERVER = 0xffff_0a00_0035L;
    private static final int LIMIT = 1024;

    private final CompanionTracker bystanders = new CompanionTracker(Optional::empty);
    private long frames;

    @Test
    void aFullListTakesTheAnswersToItsOwnQuestionsOnly() {
        for (int id = 0; id < LIMIT; id++) {
            ask(id, "host" + id + ".example.test");
        }
        ask(LIMIT, "late.example.test");
        answer(7, "host7.example.test");
        answer(LIMIT, "late.example.test");
        answer(8, "stranger.example.test");

        List<Lookup> lookups = bystanders.facts().lookups();
        assertThat(lookups).hasSize(LIMIT).noneMatch(lookup -> lookup.name().equals("late.example.test"));
        assertThat(lookups.get(7).addresses()).containsExactly("192.0.2.7");
        assertThat(lookups.get(8).answered().seen()).isFalse();
    }

    /// A capture of a name server holds millions of answers.
    @Test
    void aFullListDoesNotEvenReadTheOthers() {
        for (int id = 0; id < LIMIT; id++) {
            ask(id, "host" + id + ".example.test");
        }
        byte[] message = message(LIMIT, "stranger.example.test", true);
        CompanionTracker.Seen stranger =
                new CompanionTracker.Seen(true, false, false, 0, SERVER, 53, 0, CLIENT, 40_000, message, 0, message.length, 1, 1000);
        bystanders.accept(stranger);
        ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = thread.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 10_000; i++) {
            bystanders.accept(stranger);
        }
        assertThat(thread.getCurrentThreadAllocatedBytes() - before).isLessThan(4096);
    }

    @Test
    void questionsThatWereForgottenMakeRoom() {
        for (int id = 0; id < LIMIT; id++) {
            ask(id, "host" + id + ".example.test");
        }
        bystanders.forgetBefore(frames * 1000 - 10_000);
        ByteBuffer message = ByteBuffer.wrap(message(5000, "new.example.test", false));
        byte[] overTcp = ByteBuffer.allocate(message.capacity() + 2).putShort((short) message.capacity()).put(message).array();
        see(false, CLIENT, 40_000, SERVER, 53, overTcp);
        answer(5000, "new.example.test");

        Lookup last = bystanders.facts().lookups().getLast();
        assertThat(last.name()).isEqualTo("new.example.test");
        assertThat(last.answered().seen()).isTrue();
    }

    private void ask(int id, String name) {
        see(true, CLIENT, 40_000, SERVER, 53, message(id, name, false));
    }

    private void answer(int id, String name) {
        see(true, SERVER, 53, CLIENT, 40_000, message(id, name, true));
    }

    private void see(boolean udp, long from, int fromPort, long to, int toPort, byte[] bytes) {
        frames++;
        bystanders.accept(new CompanionTracker.Seen(udp, false, false, 0, from, fromPort, 0, to, toPort, bytes, 0, bytes.length, frames,
                frames * 1000));
    }

    /// RFC 1035 4.1: one question for an address, and one answer to it.
    private static byte[] message(int id, String name, boolean response) {
        ByteBuffer out = ByteBuffer.allocate(512);
        out.putShort((short) id).putShort((short) (response ? 0x8180 : 0x0100)).putShort((short) 1).putShort((short) (response ? 1 : 0))
                .putInt(0);
        for (String label : name.split("\\.")) {
            out.put((byte) label.length()).put(label.getBytes(StandardCharsets.ISO_8859_1));
        }
        out.put((byte) 0).putShort((short) 1).putShort((short) 1);
        if (response) {
            out.putShort((short) 0xc00c).putShort((short) 1).putShort((short) 1).putInt(300).putShort((short) 4)
                    .putInt(0xc000_0200 | id & 0xff);
        }
        return Arrays.copyOf(out.array(), out.position());
    }
}
