package dev.rdptrace.session;

import dev.rdptrace.decrypt.Decrypted;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.decrypt.TlsDecryptor;
import dev.rdptrace.timeline.Event.Kind;
import dev.rdptrace.timeline.Happening.Note;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.tls.ContentType;
import dev.rdptrace.wire.tls.HandshakeMessage;
import java.util.ArrayDeque;
import java.util.Deque;

/// Opens the records of one connection with the secrets at hand, and tells what becomes of it.
///
/// The handshake is opened whole. Of a long session a part is opened; from there on the latest small records are kept, and
/// opened at the end, because the reason for an end stands in them.
final class OpenedRecords implements RecordSink {
    private static final int BUDGET = 4 << 20;
    private static final int KEPT = 32;
    private static final int KEPT_SIZE = 600;

    private record Kept(Side from, int type, int version, byte[] bytes, Moment at, long number) {}

    private final EventLog story;
    private final TlsDecryptor decryptor;
    private final Receiver receiver;
    private final Deque<Kept> kept = new ArrayDeque<>();
    private final long[] opened = new long[2];
    private final long[] setAside = new long[2];
    private long anyOpened;
    private int failures;
    private boolean ending;

    /// Where opened application data goes.
    interface Receiver {
        void data(Side from, byte[] plain, Moment at);

        void lost(Side from);
    }

    OpenedRecords(EventLog story, Secrets secrets, Receiver receiver) {
        this.story = story;
        this.decryptor = new TlsDecryptor(secrets);
        this.receiver = receiver;
    }

    @Override
    public Decrypted open(Side from, int type, int version, byte[] bytes, int offset, int length, Moment at) {
        if (opened[from.ordinal()] > BUDGET && !ending) {
            long number = setAside[from.ordinal()]++;
            if (length <= KEPT_SIZE) {
                if (kept.size() == KEPT) {
                    kept.removeFirst();
                }
                byte[] copy = new byte[length];
                System.arraycopy(bytes, offset, copy, 0, length);
                kept.addLast(new Kept(from, type, version, copy, at, number));
            }
            return SET_ASIDE;
        }
        boolean client = from == Side.CLIENT;
        Decrypted result = decryptor.onRecord(client, type, version, bytes, offset, length);
        switch (result) {
            case Decrypted.Plain _ -> {
                anyOpened++;
                if (story.has(Step.FONT_MAP)) {
                    opened[from.ordinal()] += length;
                }
            }
            case Decrypted.Failed(var reason) -> {
                if (type == ContentType.APPLICATION_DATA) {
                    receiver.lost(from);
                }
                if (failures++ == 0 && !ending) {
                    story.event(at, from, Kind.UNEXPECTED, Phase.TLS,
                            Note.of("a TLS record that does not open with the secrets at hand: {}", reason));
                }
            }
            case Decrypted.Clear _,Decrypted.Unavailable _ -> {}
        }
        return result;
    }

    @Override
    public void message(boolean fromClient, HandshakeMessage message) {
        decryptor.onMessage(fromClient, message);
    }

    @Override
    public void data(Side from, byte[] plain, Moment at) {
        receiver.data(from, plain, at);
    }

    @Override
    public void gap(Side from, int records) {
        decryptor.onGap(from == Side.CLIENT, records);
        receiver.lost(from);
    }

    /// Something was opened, so there will be more.
    boolean opens() {
        return anyOpened > 0;
    }

    /// The connection is over: opens what was kept.
    void finish(TlsObserver tls) {
        ending = true;
        long[] next = new long[2];
        for (Kept record : kept) {
            int side = record.from.ordinal();
            if (record.number > next[side]) {
                gap(record.from, (int) Math.min(Integer.MAX_VALUE, record.number - next[side]));
            }
            next[side] = record.number + 1;
            tls.replay(record.from, record.type, record.version, record.bytes, record.at);
        }
        kept.clear();
    }
}
