package dev.rdptrace.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SizedRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RecordLogTest {
    /// The first four hundred, as they were.
    @Test
    void whatWasAddedComesBack() {
        SplittableRandom random = new SplittableRandom(3);
        RecordLog records = new RecordLog();
        List<SizedRecord> added = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            int least = random.nextInt(1 << 16);
            SizedRecord record =
                    new SizedRecord(new Moment(random.nextLong(), random.nextLong()), random.nextBoolean() ? Side.CLIENT : Side.SERVER,
                            least, random.nextInt(least, 1 << 16), random.nextBoolean());
            records.add(record);
            added.add(record);
            assertThat(records.all()).isEqualTo(added.subList(0, Math.min(added.size(), 400)));
        }
    }
}
