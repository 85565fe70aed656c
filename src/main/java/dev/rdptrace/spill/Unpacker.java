package dev.rdptrace.spill;

import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Moment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// Reads what a [Packer] has written.
final class Unpacker {
    private final Tables tables;
    private byte[] bytes = {};
    private int at;
    private long beginNanos;
    private @Nullable LongFunction<Attempt> attempts; // what lies at the places that an incident names
    private final List<Object> met = new ArrayList<>(); // in the incident that is being read

    Unpacker(Tables tables) {
        this.tables = tables;
    }

    Unpacker over(byte[] packed, int offset) {
        bytes = packed;
        at = offset;
        return this;
    }

    Attempt attempt() {
        beginNanos = number();
        Attempt attempt = (Attempt) Objects.requireNonNull(tables.forms().attempt().reader().read(this));
        beginNanos = 0;
        return attempt;
    }

    /// @param attempts what lies at a place
    Incident incident(LongFunction<Attempt> attempts) {
        this.attempts = attempts;
        Incident incident = (Incident) Objects.requireNonNull(tables.forms().of(Incident.class).reader().read(this));
        met.clear();
        return incident;
    }

    @Nullable
    Object value() {
        return tables.forms().numbered(int32()).reader().read(this);
    }

    Attempt placed() {
        return Objects.requireNonNull(attempts, "only incidents name attempts").apply(number());
    }

    Moment moment() {
        long frame = number();
        long nanos = number();
        return frame != 0 ? new Moment(frame, nanos + beginNanos) : nanos == 0 ? Moment.NEVER : new Moment(0, nanos);
    }

    @Nullable
    Object shared(Form.Reader<Object> reader) {
        int number = int32();
        return number < 0 ? reader.read(this) : tables.value(number);
    }

    @Nullable
    Object repeated(Form.Reader<Object> reader) {
        int number = int32();
        if (number >= 0) {
            return met.get(number);
        }
        Object what = reader.read(this);
        met.add(what);
        return what;
    }

    Object kept() {
        return tables.kept(int32());
    }

    int[] ints() {
        int[] all = new int[int32()];
        for (int i = 0; i < all.length; i++) {
            all[i] = int32();
        }
        return all;
    }

    long[] longs() {
        long[] all = new long[int32()];
        for (int i = 0; i < all.length; i++) {
            all[i] = number();
        }
        return all;
    }

    @Nullable
    String text() {
        long head = number();
        int number = (int) (head >> 2);
        return switch ((int) head & 3) {
            case Packer.NUMBERED -> tables.text(number);
            case Packer.LATIN -> {
                at += number;
                yield new String(bytes, at - number, number, StandardCharsets.ISO_8859_1);
            }
            case Packer.ABSENT -> null;
            default -> {
                at += 2 * number;
                yield new String(bytes, at - 2 * number, 2 * number, StandardCharsets.UTF_16BE);
            }
        };
    }

    byte[] bytes() {
        int length = int32();
        at += length;
        return Arrays.copyOfRange(bytes, at - length, at);
    }

    boolean flag() {
        return bytes[at++] != 0;
    }

    double real() {
        return Double.longBitsToDouble(number());
    }

    char letter() {
        return (char) number();
    }

    int int32() {
        byte only = bytes[at];
        if (only >= 0) { // nearly always
            at++;
            return only >>> 1 ^ -(only & 1);
        }
        return (int) number();
    }

    long number() {
        byte next = bytes[at++];
        long value = next & 0x7f;
        for (int shift = 7; next < 0; shift += 7) {
            next = bytes[at++];
            value |= (next & 0x7fL) << shift;
        }
        return value >>> 1 ^ -(value & 1);
    }
}
