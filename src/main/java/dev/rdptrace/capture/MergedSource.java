package dev.rdptrace.capture;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Several inputs as one, by time. A file is opened when its first frame is due and closed after its last, so that a
/// ring of rotated files needs one buffer.
final class MergedSource implements PacketSource {
    /// An input that is open and whose next frame is known.
    private static final class Head {
        final int order;
        final FormatReader reader;
        final Frame frame = new Frame();

        Head(int order, FormatReader reader) {
            this.order = order;
            this.reader = reader;
        }
    }

    /// Hears of each input when it is opened, before its first frame is read.
    interface Opened {
        /// @param single it is the only input
        void reader(FormatReader reader, boolean single) throws IOException;
    }

    private record Due(int order, Input input, long nanos) {}

    private final CaptureNotes ledger;
    private final List<FormatReader> opened = new ArrayList<>();
    private final List<Due> due = new ArrayList<>();
    private final Opened listener;
    private Head[] heads = new Head[4];
    private int open;
    private int nextDue;
    private @Nullable FormatReader only; // where there is one input
    private @Nullable Head current;
    private long number;

    MergedSource(List<Input> inputs, CaptureNotes ledger, Opened listener) throws IOException {
        this.ledger = ledger;
        this.listener = listener;
        boolean single = inputs.size() == 1;
        try {
            for (int i = 0; i < inputs.size(); i++) {
                Input input = inputs.get(i);
                if (single) {
                    only = start(i, input, false).reader;
                } else if (input.reopens()) {
                    due.add(new Due(i, input, firstNanos(input)));
                } else {
                    due.add(new Due(i, input, Frame.NO_TIME));
                }
            }
        } catch (IOException e) {
            close();
            throw e;
        }
        due.sort((a, b) -> a.nanos != b.nanos ? Long.compare(a.nanos, b.nanos) : Integer.compare(a.order, b.order));
    }

    /// The time of the first frame; [Frame#NO_TIME] where there is none, which lets it be opened at once.
    static long firstNanos(Input input) throws IOException {
        try (FormatReader reader = input.open(new CaptureNotes(), true)) {
            Frame frame = new Frame();
            return reader.next(frame) ? frame.nanos() : Frame.NO_TIME;
        }
    }

    private Head start(int order, Input input, boolean small) throws IOException {
        FormatReader reader = input.open(ledger, small);
        synchronized (ledger) {
            opened.add(reader);
        }
        listener.reader(reader, !small);
        if (open == heads.length) {
            heads = Arrays.copyOf(heads, 2 * open);
        }
        Head head = new Head(order, reader);
        heads[open++] = head;
        return head;
    }

    @Override
    public boolean next(Frame frame) throws IOException {
        // One input: no need to look ahead, which on a pipe would hold each frame back until the next one comes.
        return only != null ? only.next(frame) : earliest(frame);
    }

    private boolean earliest(Frame frame) throws IOException {
        if (current != null) {
            advance(current);
            current = null;
        }
        while (true) {
            Head first = null;
            for (int i = 0; i < open; i++) {
                if (first == null || isBefore(heads[i].frame.nanos(), heads[i].order, first.frame.nanos(), first.order)) {
                    first = heads[i];
                }
            }
            if (nextDue < due.size()) {
                Due candidate = due.get(nextDue);
                if (first == null || isBefore(candidate.nanos, candidate.order, first.frame.nanos(), first.order)) {
                    nextDue++;
                    advance(start(candidate.order, candidate.input, true));
                    continue;
                }
            }
            if (first == null) {
                return false;
            }
            Frame next = first.frame;
            frame.set(next.bytes(), next.offset(), next.length(), next.wireLength(), ++number, next.nanos(), next.linkType(),
                    next.interfaceIndex());
            current = first;
            return true;
        }
    }

    private static boolean isBefore(long nanos, int order, long otherNanos, int otherOrder) {
        return nanos < otherNanos || nanos == otherNanos && order < otherOrder;
    }

    private void advance(Head head) throws IOException {
        if (head.reader.next(head.frame)) {
            return;
        }
        for (int i = 0; i < open; i++) {
            if (heads[i] == head) {
                heads[i] = heads[open - 1];
                heads[--open] = null;
                return;
            }
        }
    }

    /// The reader of the frame that [#next] has set; its record is held.
    FormatReader reader() {
        return only != null ? only : Objects.requireNonNull(current, "no frame yet").reader;
    }

    @Override
    public CaptureFacts facts() {
        synchronized (ledger) {
            List<CaptureFacts.FileFacts> files = new ArrayList<>();
            for (FormatReader reader : opened) {
                files.add(reader.facts());
            }
            return ledger.facts(files);
        }
    }

    @Override
    public double share() {
        double taken = 0;
        double all = 0;
        for (FormatReader reader : opened) {
            if (reader.input.size() < 0) {
                return Double.NaN;
            }
            taken += reader.taken();
            all += reader.input.size();
        }
        for (Due later : due.subList(nextDue, due.size())) {
            all += Math.max(0, later.input.size());
        }
        return all > 0 ? Math.min(1, taken / all) : Double.NaN;
    }

    @Override
    public void close() throws IOException {
        for (FormatReader reader : opened) {
            reader.close();
        }
    }
}
