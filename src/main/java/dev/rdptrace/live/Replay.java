package dev.rdptrace.live;

import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Sends the frames of a capture again.
public final class Replay {
    private static final int ETHERNET = 1;
    private static final int LONGEST = 262_144;
    private static final long LONGEST_NAP_NANOS = 100_000_000;

    private Replay() {}

    /// Which frames are to be sent.
    public interface Chosen {
        boolean test(Frame frame);
    }

    /// A capture that can be opened again and again.
    public interface Opener {
        PacketSource open() throws IOException;
    }

    /// @param packets that will be sent in one round
    /// @param nanos from the first of them to the last
    /// @param cut left out because they were not captured whole
    /// @param otherLinks left out because they are no Ethernet frames
    public record Plan(long packets, long bytes, long nanos, long cut, long otherLinks) {}

    /// @param tooLong left out because the interface does not take them
    /// @param nanos it took
    public record Sent(long packets, long bytes, long tooLong, long nanos) {}

    /// What [#send] would send.
    public static Plan plan(PacketSource source, Chosen chosen) throws IOException {
        Frame frame = new Frame();
        long packets = 0;
        long bytes = 0;
        long cut = 0;
        long other = 0;
        long first = Frame.NO_TIME;
        long last = Frame.NO_TIME;
        while (source.next(frame)) {
            if (!chosen.test(frame)) {
                continue;
            }
            if (frame.linkType() != ETHERNET) {
                other++;
            } else if (!isWhole(frame)) {
                cut++;
            } else {
                packets++;
                bytes += frame.length();
                if (frame.nanos() != Frame.NO_TIME) {
                    first = first == Frame.NO_TIME ? frame.nanos() : Math.min(first, frame.nanos());
                    last = Math.max(last, frame.nanos());
                }
            }
        }
        return new Plan(packets, bytes, first == Frame.NO_TIME ? 0 : last - first, cut, other);
    }

    private static boolean isWhole(Frame frame) {
        return frame.length() == frame.wireLength() && frame.length() <= LONGEST;
    }

    /// @param speed 1 as it was, infinite for no waiting
    /// @param rounds how often, 0 until `stop`
    /// @param most packets in all
    public static Sent send(Opener capture, Chosen chosen, Rewriting rewriting, Sender sender, double speed, long rounds, long most,
            BooleanSupplier stop) throws IOException {
        Pace pace = new Pace(speed);
        Frame frame = new Frame();
        byte[] bytes = new byte[LONGEST];
        long began = System.nanoTime();
        long packets = 0;
        long sent = 0;
        long tooLong = 0;
        boolean goOn = true;
        for (long round = 0; goOn && (rounds == 0 || round < rounds); round++) {
            pace.again();
            try (PacketSource source = capture.open()) {
                while (goOn && source.next(frame)) {
                    if (frame.linkType() != ETHERNET || !isWhole(frame) || !chosen.test(frame)) {
                        continue;
                    }
                    if (!due(pace, frame.nanos(), stop)) {
                        goOn = false;
                        break;
                    }
                    System.arraycopy(frame.bytes(), frame.offset(), bytes, 0, frame.length());
                    rewriting.apply(bytes, frame.length());
                    if (sender.send(bytes, frame.length())) {
                        packets++;
                        sent += frame.length();
                    } else {
                        tooLong++;
                    }
                    goOn = packets < most && !stop.getAsBoolean();
                }
            }
            goOn &= packets > 0;
        }
        return new Sent(packets, sent, tooLong, System.nanoTime() - began);
    }

    private static boolean due(Pace pace, long nanos, BooleanSupplier stop) {
        for (long left = pace.until(nanos); left > 0; left = pace.until(nanos)) {
            if (stop.getAsBoolean()) {
                return false;
            }
            LockSupport.parkNanos(Math.min(left, LONGEST_NAP_NANOS));
        }
        return true;
    }
}
