package dev.rdptrace.sim;

import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.Tape.Shot;
import dev.rdptrace.timeline.Side;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/// The capture point: takes what passes it, as well as it can.
final class Capture {
    private static final long BEGINNING = 1_700_000_000_000_000_000L;

    private final Plan.Tap tap;
    private final SplittableRandom random;
    private final List<Shot> shots = new ArrayList<>();
    private long stopped = Long.MAX_VALUE;

    Capture(Plan.Tap tap, SplittableRandom random) {
        this.tap = tap;
        this.random = random;
    }

    /// Others on the same network ask for addresses (RFC 826) now and then.
    void hearOthers(World world) {
        if (tap.others()) {
            world.inMillis(200 + random.nextInt(2000), () -> {
                byte[] asked = ByteBuffer.allocate(60).put(new byte[] {-1, -1, -1, -1, -1, -1, 2, 0, 0, 0, 9, 9, 8, 6, 0, 1, 8, 0, 6, 4, 0,
                        1, 2, 0, 0, 0, 9, 9,
                        10, 99, 0, 9, 0, 0, 0, 0, 0, 0, 10, 99, 0, (byte) random.nextInt(200)}).array();
                take(asked, world.now(), null);
                hearOthers(world);
            });
        }
    }

    /// The host it runs on has no power any more.
    void stop(long nanos) {
        stopped = Math.min(stopped, nanos);
    }

    /// @param from who sent it, null a third
    /// @return whether it is in the capture
    boolean take(byte[] frame, long nanos, Side from) {
        boolean missed = from != null && (tap.only() == from.other() || random.nextDouble() < tap.loss());
        if (missed || nanos < tap.fromMillis() * 1_000_000L || nanos > Math.min(stopped, tap.toMillis() * 1_000_000L)) {
            return false;
        }
        shots.add(new Shot(frame, frame.length, BEGINNING + nanos, 1).cut(tap.snapLength()));
        return true;
    }

    /// When its last packet came, 0 for none.
    long endNanos() {
        return shots.stream().mapToLong(shot -> shot.nanos() - BEGINNING).max().orElse(0);
    }

    Tape tape() {
        return new Tape(shots.stream().sorted(Comparator.comparingLong(Shot::nanos)).toList());
    }
}
