package dev.rdptrace.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlowTableTest {
    private static final long IPV4 = 0xffff_0000_0000L;
    private static final int FLOWS = 40_000;
    private static final int PORTS = 49_152 << 16 | 3389;

    private static FlowTable table(boolean wide, int limit, int crowd) {
        return new FlowTable(wide, new Handshakes(), limit, crowd);
    }

    private static boolean find(FlowTable table, boolean wide, int client) {
        return table.find(wide ? 0x2001_0db8L << 32 | client : 0, IPV4 | client, 0, IPV4 | 0xffff_ffffL, PORTS);
    }

    private static void insert(FlowTable table, boolean wide, int client, int number, int clock, int past) {
        assertThat(find(table, wide, client)).isFalse();
        table.insert(wide ? 0x2001_0db8L << 32 | client : 0, IPV4 | client, 0, IPV4 | 0xffff_ffffL, PORTS, number, clock, past);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFlowIsFoundAgainHoweverOftenTheTableHasGrown(boolean wide) {
        FlowTable table = table(wide, 1 << 20, 1 << 20);
        Map<Integer, Integer> numbers = new HashMap<>();
        Random random = new Random(20);
        while (numbers.size() < FLOWS) {
            int client = random.nextInt();
            if (numbers.putIfAbsent(client, numbers.size()) == null) {
                insert(table, wide, client, numbers.get(client), numbers.size(), 0);
            }
        }
        numbers.forEach((client, number) -> {
            assertThat(find(table, wide, client)).isTrue();
            assertThat(table.number()).isEqualTo(number);
        });
        for (int i = 0; i < FLOWS; i++) {
            int other = random.nextInt();
            assertThat(find(table, wide, other)).isEqualTo(numbers.containsKey(other));
        }
    }

    /// Those closed long ago only; whoever is followed, still open, or was closed just now may say more.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void inACrowdFlowsClosedLongAgoMakeRoomForOthers(boolean wide) {
        int crowd = 5_000;
        FlowTable table = table(wide, 1 << 20, crowd);
        int longAgo = FLOWS - 10_000;
        for (int i = 0; i < FLOWS; i++) {
            insert(table, wide, i, i, i + 1, Math.max(0, i - 10_000));
            if (i % 10 != 0) {
                table.mark(FlowTable.CLOSED);
            }
            if (i % 10 == 1) {
                table.state(FlowTable.FOLLOWED);
            }
        }
        int dropped = 0;
        for (int i = 0; i < FLOWS; i++) {
            boolean there = find(table, wide, i);
            if (i % 10 < 2 || i > longAgo + 1024) {
                assertThat(there).as("flow " + i).isTrue();
                assertThat(table.number()).isEqualTo(i);
            }
            dropped += there ? 0 : 1;
        }
        assertThat(dropped).isGreaterThan(FLOWS / 2);
        assertThat(table.forgotten()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsClosedStaysAsLongAsThereAreFewOrNothingIsLongAgo(boolean wide) {
        for (int crowd : new int[] {FLOWS, 0}) {
            FlowTable table = table(wide, 1 << 20, crowd);
            for (int i = 0; i < FLOWS; i++) {
                insert(table, wide, i, i, i + 1, crowd == 0 ? 0 : i);
                table.mark(FlowTable.CLOSED);
            }
            for (int i = 0; i < FLOWS; i++) {
                assertThat(find(table, wide, i)).as("flow " + i + " with a crowd of " + crowd).isTrue();
            }
        }
    }

    /// And are counted, for stream numbers may differ from then on.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void beyondTheLimitTheQuietAreForgotten(boolean wide) {
        int limit = 8_000;
        FlowTable table = table(wide, limit, limit);
        for (int i = 0; i < FLOWS; i++) {
            insert(table, wide, i, i, i * 100, 0);
        }
        int left = 0;
        for (int i = 0; i < FLOWS; i++) {
            left += find(table, wide, i) ? 1 : 0;
        }
        assertThat(left + table.forgotten()).isEqualTo(FLOWS);
        assertThat(left).isLessThan(2 * limit);
    }
}
