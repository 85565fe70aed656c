package dev.rdptrace.spill;

import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Moment;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// Writes things as few bytes: numbers by sevens of bits, moments as the time since the beginning of their attempt. What it
/// writes, in which order, is what an [Unpacker] reads.
final class Packer {
    // how a text is written, in the low bits of its first number
    static final int NUMBERED = 0;
    static final int LATIN = 1;
    static final int WIDE = 2;
    static final int ABSENT = 3;

    private static final int LONGEST_NUMBER = 10;

    private final Tables tables;
    byte[] bytes;
    int length;
    private long beginNanos;
    private @Nullable ToLongFunction<Attempt> places; // of the attempts of an incident
    private final Map<Object, Integer> met = new IdentityHashMap<>(); // in the incident that is being written

    Packer(Tables tables, int room) {
        this.tables = tables;
        bytes = new byte[room];
    }

    void attempt(Attempt attempt) {
        number(attempt.first().nanos());
        beginNanos = attempt.first().nanos();
        tables.forms().attempt().writer().write(this, attempt);
        beginNanos = 0;
    }

    /// @param places where its attempts lie
    void incident(Incident incident, ToLongFunction<Attempt> places) {
        this.places = places;
        tables.forms().of(Incident.class).writer().write(this, incident);
        met.clear();
    }

    /// Anything: which form it has stands before it.
    void value(Object what) {
        int number = tables.forms().number(what);
        number(number);
        tables.forms().numbered(number).writer().write(this, what);
    }

    void place(Attempt attempt) {
        number(Objects.requireNonNull(places, "only incidents name attempts").applyAsLong(attempt));
    }

    void moment(Moment moment) {
        number(moment.frame());
        number(moment.seen() ? moment.nanos() - beginNanos : moment.nanos());
    }

    /// Something that many have.
    void shared(Object what, Form.Writer<Object> writer) {
        int number = tables.shared(what);
        number(number);
        if (number < 0) {
            writer.write(this, what);
        }
    }

    /// Something that may have been written for this incident already.
    void repeated(Object what, Form.Writer<Object> writer) {
        int number = met.getOrDefault(what, -1);
        number(number);
        if (number < 0) {
            writer.write(this, what);
            met.put(what, met.size());
        }
    }

    /// What nobody knows how to write stays in memory.
    void kept(Object what) {
        number(tables.keep(what));
    }

    void ints(int[] all) {
        number(all.length);
        for (int one : all) {
            number(one);
        }
    }

    void longs(long[] all) {
        number(all.length);
        for (long one : all) {
            number(one);
        }
    }

    @SuppressWarnings("deprecation") // the one way to copy Latin-1 that makes no array on the way
    void text(@Nullable String text) {
        if (text == null) {
            number(ABSENT);
            return;
        }
        int number = tables.number(text);
        if (number >= 0) {
            number(number << 2 | NUMBERED);
            return;
        }
        boolean latin = true;
        for (int i = 0; i < text.length() && latin; i++) {
            latin = text.charAt(i) < 0x100;
        }
        number((long) text.length() << 2 | (latin ? LATIN : WIDE));
        room(2 * text.length());
        if (latin) {
            text.getBytes(0, text.length(), bytes, length);
            length += text.length();
            return;
        }
        for (int i = 0; i < text.length(); i++) {
            bytes[length++] = (byte) (text.charAt(i) >> 8);
            bytes[length++] = (byte) text.charAt(i);
        }
    }

    void bytes(byte[] some) {
        number(some.length);
        room(some.length);
        System.arraycopy(some, 0, bytes, length, some.length);
        length += some.length;
    }

    void flag(boolean flag) {
        room(1);
        bytes[length++] = (byte) (flag ? 1 : 0);
    }

    void real(double value) {
        number(Double.doubleToRawLongBits(value));
    }

    void letter(char value) {
        number(value);
    }

    void int32(int value) {
        number(value);
    }

    /// Small numbers of either sign take one byte.
    void number(long value) {
        room(LONGEST_NUMBER);
        long left = value << 1 ^ value >> 63;
        while ((left & ~0x7fL) != 0) {
            bytes[length++] = (byte) (left | 0x80);
            left >>>= 7;
        }
        bytes[length++] = (byte) left;
    }

    private void room(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
