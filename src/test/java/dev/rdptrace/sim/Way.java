package dev.rdptrace.sim;

import static dev.rdptrace.sim.Segment.ACK;
import static dev.rdptrace.sim.Segment.NOTHING;
import static dev.rdptrace.sim.Segment.RST;

import dev.rdptrace.sim.Plan.Breach;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.Tape.Shot;
import dev.rdptrace.timeline.Side;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/// The path between the two, with a device on it that may break it, and a capture point. Places on it are parts of the way from the
/// client, 0, to the server, 1.
final class Way {
    private static final long BEGINNING = 1_700_000_000_000_000_000L;

    private final World world;
    private final Plan plan;
    private final SplittableRandom random;
    private final Segment.Addresses addresses;
    private final List<Shot> shots = new ArrayList<>();
    private final long[] arrival = new long[2];
    private TcpEnd client;
    private TcpEnd server;
    private boolean broken;
    private boolean resetSent;
    private long firedAt = -1;
    private int randomLosses;
    private final long[] messageStart = new long[2];
    private final long[] messageEnd = new long[2];

    Way(World world, Plan plan, SplittableRandom random, Segment.Addresses addresses) {
        this.world = world;
        this.plan = plan;
        this.random = random;
        this.addresses = addresses;
    }

    void between(TcpEnd oneEnd, TcpEnd otherEnd) {
        client = oneEnd;
        server = otherEnd;
    }

    /// From now on the path does what it does wrong; for a single message, to these sequence numbers.
    void breakNow(Side speaker, long start, long end) {
        broken = true;
        messageStart[speaker.ordinal()] = start;
        messageEnd[speaker.ordinal()] = end;
    }

    /// When it did first, -1 never.
    long firedAt() {
        return firedAt;
    }

    int randomLosses() {
        return randomLosses;
    }

    Tape tape() {
        return new Tape(shots.stream().sorted(Comparator.comparingLong(Shot::nanos)).toList());
    }

    void carry(Segment segment) {
        boolean up = segment.from() == Side.CLIENT;
        double lostAt = Double.NaN;
        if (random.nextDouble() < plan.loss()) {
            lostAt = random.nextDouble();
            randomLosses++;
        }
        boolean strikes = strikes(segment);
        if (strikes) {
            fired();
            if (plan.breach() == Breach.RESET) {
                reset(segment);
            }
            double device = plan.devicePlace();
            lostAt = Double.isNaN(lostAt) ? device : up ? Math.min(device, lostAt) : Math.max(device, lostAt);
        }
        boolean passesCapture = Double.isNaN(lostAt) || (up ? lostAt >= plan.capturePlace() : lostAt <= plan.capturePlace());
        double travelled = up ? plan.capturePlace() : 1 - plan.capturePlace();
        if (passesCapture) {
            capture(segment, travelled);
        }
        if (Double.isNaN(lostAt)) {
            long due = world.now() + delay(1);
            if (random.nextDouble() >= plan.reordering()) {
                due = Math.max(due, arrival[segment.from().ordinal()] + 1000);
                arrival[segment.from().ordinal()] = due;
            }
            world.in(due - world.now(), () -> (up ? server : client).receive(segment));
        }
    }

    private void fired() {
        if (firedAt < 0) {
            firedAt = world.now();
        }
    }

    private long delay(double part) {
        return (long) (plan.roundTripMillis() / 2 * part * 1e6) + (part > 0 ? random.nextLong((long) (plan.roundTripMillis() * 20_000) + 1000) : 0);
    }

    private boolean strikes(Segment segment) {
        if (!broken) {
            return false;
        }
        boolean affected = plan.breachOf() == null || plan.breachOf() == segment.from();
        return switch (plan.breach()) {
            case NONE -> false;
            case DEAD -> affected;
            case SIZE -> affected && segment.ipLength() > plan.breachBytes();
            case ONE_MESSAGE -> segment.payload().length > 0 && segment.sequence() < messageEnd[segment.from().ordinal()]
                    && segment.end() > messageStart[segment.from().ordinal()];
            case RESET -> !resetSent || plan.staysBlocked();
        };
    }

    private void reset(Segment cause) {
        if (resetSent) {
            return;
        }
        resetSent = true;
        int flags = plan.resetHasAck() ? RST | ACK : RST;
        // In the name of who did not speak, to who did; and the other way about.
        if (plan.breachOf() != cause.from().other()) {
            inject(new Segment(cause.from().other(), cause.acknowledgement(), cause.end(), flags, 0, NOTHING, NOTHING, plan.deviceHopLimit(),
                    plan.deviceIdentification(), false));
        }
        if (plan.breachOf() != cause.from()) {
            inject(new Segment(cause.from(), cause.sequence(), cause.acknowledgement(), flags, 0, NOTHING, NOTHING, plan.deviceHopLimit(),
                    plan.deviceIdentification() + 1 & 0xffff, false));
        }
    }

    /// A packet that begins at the device.
    private void inject(Segment forged) {
        boolean up = forged.from() == Side.CLIENT;
        double device = plan.devicePlace();
        double way = up ? plan.capturePlace() - device : device - plan.capturePlace();
        world.in(delayTo(device, up), () -> {
            if (way >= 0) {
                capture(forged, way);
            }
            world.in(delay(up ? 1 - device : device), () -> (up ? server : client).receive(forged));
        });
    }

    /// The cause has to come to the device first.
    private long delayTo(double device, boolean forgedUp) {
        return delay(forgedUp == (plan.causeFrom() == Side.CLIENT) ? device : 1 - device);
    }

    private void capture(Segment segment, double travelled) {
        if (random.nextDouble() < plan.captureLoss()) {
            return;
        }
        int hops = (int) Math.round(plan.hops() * travelled);
        byte[] frame = segment.frame(addresses, hops);
        long at = world.now() + (long) (plan.roundTripMillis() / 2 * travelled * 1e6);
        if (at < plan.captureFromMillis() * 1_000_000L || at > plan.captureToMillis() * 1_000_000L) {
            return;
        }
        shots.add(new Shot(frame, frame.length, BEGINNING + at, 1).cut(plan.snapLength()));
    }
}
