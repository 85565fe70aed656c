package dev.rdptrace.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.diagnosis.OtherClients.Crowd;
import dev.rdptrace.diagnosis.ServerConnections.Visit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ServerConnectionsTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void itCountsWhatLookingAtEachVisitCounts() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            ServerConnections visits = new ServerConnections();
            List<Visit> all = new ArrayList<>();
            for (int i = random.nextInt(60); i > 0; i--) {
                Visit visit = visit(random);
                visits.add(visit);
                all.add(visit);
            }
            if (seed % 3 == 0) {
                long before = random.nextLong(30 * SECOND);
                visits.forgetBefore(before);
                all.removeIf(visit -> visit.lastNanos() < before);
            }
            assertThat(visits.size()).isEqualTo(all.size());
            for (int i = 0; i < 50; i++) {
                long begin = all.isEmpty() || random.nextBoolean() ? random.nextLong(60 * SECOND)
                        : all.get(random.nextInt(all.size())).firstNanos() + SECOND;
                long end = all.isEmpty() || random.nextBoolean() ? begin + random.nextLong(5 * SECOND)
                        : all.get(random.nextInt(all.size())).lastNanos();
                assertThat(visits.crowd(begin, end)).as("seed " + seed).isEqualTo(counted(all, begin, end));
            }
        }
    }

    /// Whole and half seconds, so that the edges are met.
    private static Visit visit(Random random) {
        long first = random.nextInt(120) * SECOND / 2;
        long last = first + random.nextInt(40) * SECOND / 2;
        boolean taken = random.nextInt(4) > 0;
        boolean begun = taken && random.nextInt(3) > 0;
        long up = random.nextInt(3) == 0 ? first + random.nextLong(last - first + 1) : -1;
        return new Visit(first, last, up, taken, begun, taken && random.nextInt(3) == 0);
    }

    private static Crowd counted(List<Visit> all, long begin, long end) {
        int together = 0;
        int taken = 0;
        int sessions = 0;
        int pending = 0;
        long since = Long.MIN_VALUE;
        long until = Long.MAX_VALUE;
        for (Visit visit : all) {
            if (Math.abs(visit.firstNanos() - begin) <= SECOND) {
                together++;
                taken += visit.taken() ? 1 : 0;
            }
            if (visit.firstNanos() <= end && end < visit.lastNanos()) {
                boolean up = visit.upNanos() >= 0 && visit.upNanos() <= end;
                sessions += up ? 1 : 0;
                pending += !up && visit.begun() ? 1 : 0;
                since = up ? Math.max(since, visit.upNanos()) : since;
                until = up ? Math.min(until, visit.lastNanos()) : until;
            }
        }
        int turnedAway = 0;
        int letIn = 0;
        for (Visit visit : all) {
            boolean meanwhile = sessions > 0 && since < visit.firstNanos() && visit.firstNanos() < until;
            turnedAway += meanwhile && visit.turnedAway() ? 1 : 0;
            letIn += meanwhile && visit.upNanos() >= 0 ? 1 : 0;
        }
        return new Crowd(together, taken, sessions, pending, turnedAway, letIn);
    }
}
