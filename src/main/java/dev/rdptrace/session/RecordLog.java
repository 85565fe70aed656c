package dev.rdptrace.session;

import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SizedRecord;
import java.util.Arrays;
import java.util.List;

/// The first encrypted records of a connection, as numbers while it is open: they are half of all that comes in a handshake,
/// and of no use before its end.
final class RecordLog {
    private static final int LIMIT = 400;
    private static final long[] NONE = new long[0];
    private static final int FEW = 4;

    // the words of a record
    private static final int FRAME = 0;
    private static final int NANOS = 1;
    private static final int SIZES = 2; // least plaintext, most plaintext, and two bits
    private static final int RECORD = 3;

    private static final int ALERT = 1;
    private static final int FROM_SERVER = 2;
    private static final int BITS = 2;

    private long[] words = NONE;
    private int end; // place behind the last one

    void add(SizedRecord record) {
        if (end == LIMIT * RECORD) {
            return;
        }
        if (end == words.length) {
            words = Arrays.copyOf(words, Math.max(FEW * RECORD, end * 2));
        }
        words[end + FRAME] = record.at().frame();
        words[end + NANOS] = record.at().nanos();
        words[end + SIZES] = (long) record.plainMin() << 32 | (long) record.plainMax() << BITS
                | (record.from() == Side.SERVER ? FROM_SERVER : 0) | (record.alert() ? ALERT : 0);
        end += RECORD;
    }

    List<SizedRecord> all() {
        SizedRecord[] all = new SizedRecord[end / RECORD];
        for (int i = 0; i < all.length; i++) {
            int at = i * RECORD;
            int low = (int) words[at + SIZES];
            all[i] = new SizedRecord(new Moment(words[at + FRAME], words[at + NANOS]), (low & FROM_SERVER) != 0 ? Side.SERVER : Side.CLIENT,
                    (int) (words[at + SIZES] >> 32), low >>> BITS, (low & ALERT) != 0);
        }
        return List.of(all);
    }
}
