package dev.rdptrace.sim;

import static dev.rdptrace.sim.Segment.ACK;
import static dev.rdptrace.sim.Segment.NOTHING;
import static dev.rdptrace.sim.Segment.RST;

import dev.rdptrace.sim.Plan.Break;
import dev.rdptrace.sim.Plan.Device;
import dev.rdptrace.sim.Plan.Manner;
import dev.rdptrace.timeline.Side;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// The path between the two for one connection, with a device on it that may break it. Places on it are parts of the way from the
/// client, 0, to the server, 1.
final class Way {
    /// A packet and its fate.
    ///
    /// @param forged a device wrote it
    /// @param struck the path lost it on purpose
    record Sent(Segment segment, long nanos, boolean captured, boolean forged, boolean struck) {}

    private static final byte[] TEXT = "[0x2a1d5c3:1234] No available pool member".getBytes(StandardCharsets.US_ASCII);

    private final World world;
    private final Plan plan;
    private final Break breach;
    private final SplittableRandom random;
    private final Segment.Addresses addresses;
    private final Capture capture;
    private final List<Sent> sent = new ArrayList<>();
    private final long[] arrival = new long[2];
    private TcpEnd client;
    private TcpEnd server;
    private long brokenAt = -1;
    private Side cause = Side.CLIENT;
    private long messageStart;
    private long messageEnd = 1;
    private boolean resetSent;
    private long firedAt = -1;
    private int randomLosses;
    private boolean errorCaptured;

    Way(World world, Plan plan, Break breach, SplittableRandom random, Segment.Addresses addresses, Capture capture) {
        this.world = world;
        this.plan = plan;
        this.breach = breach;
        this.random = random;
        this.addresses = addresses;
        this.capture = capture;
    }

    void between(TcpEnd oneEnd, TcpEnd otherEnd) {
        client = oneEnd;
        server = otherEnd;
    }

    /// From now on the path does what it does wrong; for a single message, to these sequence numbers of the speaker.
    void breakNow(Side speaker, long start, long end) {
        brokenAt = world.now();
        cause = speaker;
        messageStart = start;
        messageEnd = end;
    }

    /// When it did first, -1 never.
    long firedAt() {
        return firedAt;
    }

    int randomLosses() {
        return randomLosses;
    }

    /// An ICMP error that says what the path does is in the capture.
    boolean errorCaptured() {
        return errorCaptured;
    }

    List<Sent> sent() {
        return sent;
    }

    void carry(Segment segment) {
        boolean up = segment.from() == Side.CLIENT;
        double lostAt = Double.NaN;
        if (random.nextDouble() < plan.road().loss()) {
            lostAt = random.nextDouble();
            randomLosses++;
        }
        boolean strikes = strikes(segment);
        if (strikes) {
            firedAt = firedAt < 0 ? world.now() : firedAt;
            double device = breach.device().place();
            lostAt = Double.isNaN(lostAt) ? device : up ? Math.min(device, lostAt) : Math.max(device, lostAt);
            if (breach.manner() == Manner.CUT && !resetSent) {
                resetSent = true;
                reset(segment);
            }
            if (breach.device().icmp() >= 0) {
                inject(Icmp.unreachable(breach.device().icmp(), segment, addresses), segment.from().other(), null);
            }
        }
        double place = plan.tap().place();
        boolean passesCapture = Double.isNaN(lostAt) || (up ? lostAt >= place : lostAt <= place);
        double travelled = up ? place : 1 - place;
        boolean captured = passesCapture && capture(segment.frame(addresses, hops(travelled)), world.now(), travelled, segment.from());
        sent.add(new Sent(segment, world.now(), captured, false, strikes));
        if (Double.isNaN(lostAt)) {
            long due = world.now() + delay(1) + random.nextLong((long) (plan.road().roundTripMillis() * 20_000) + 1000);
            if (random.nextDouble() >= plan.road().reordering()) {
                due = Math.max(due, arrival[segment.from().ordinal()] + 1000);
                arrival[segment.from().ordinal()] = due;
            }
            world.in(due - world.now(), () -> (up ? server : client).receive(segment));
        }
    }

    private long delay(double part) {
        return (long) (plan.road().roundTripMillis() / 2 * part * 1e6);
    }

    private int hops(double travelled) {
        return (int) Math.round(plan.road().hops() * travelled);
    }

    private boolean strikes(Segment segment) {
        if (brokenAt < 0) {
            return false;
        }
        boolean affected = breach.of() == null || breach.of() == segment.from();
        return switch (breach.manner()) {
            case DEAD -> affected;
            case PAUSE -> affected && world.now() < brokenAt + breach.seconds() * 1e9;
            case CHANCE -> affected && random.nextInt(10) < 8;
            case SIZE -> affected && segment.ipLength() > breach.bytes();
            case MESSAGE -> segment.from() == cause && segment.length() > 0 && segment.sequence() < messageEnd
                    && segment.end() > messageStart;
            case CUT -> !resetSent || breach.device().blocks();
            default -> false;
        };
    }

    /// In the name of who did not speak, to who did; and the other way about.
    private void reset(Segment segment) {
        Device device = breach.device();
        int flags = device.withAck() ? RST | ACK : RST;
        byte[] text = device.text() ? TEXT : NOTHING;
        for (Side name : new Side[] {segment.from().other(), segment.from()}) {
            if (breach.of() == name) {
                continue;
            }
            long sequence = name == segment.from() ? segment.sequence() : segment.acknowledgement();
            long acknowledgement = name == segment.from() ? segment.acknowledgement() : segment.end();
            // Some send a second one, for packets that are on their way.
            for (int ahead = 0; ahead <= (device.ahead() ? 1460 : 0); ahead += 1460) {
                Segment forged = new Segment(name, sequence + ahead, acknowledgement, flags, 0, NOTHING, text, device.hopLimit(),
                        device.identification() + (name == segment.from() ? 1 : 0) & 0xffff, false);
                inject(forged.frame(addresses, hops(Math.abs(plan.tap().place() - device.place()))), name, forged);
            }
        }
    }

    /// A packet that begins at the device once its cause is there, on the way that packets of `name` take.
    private void inject(byte[] frame, Side name, Segment forged) {
        boolean up = name == Side.CLIENT;
        double device = breach.device().place();
        double toTap = up ? plan.tap().place() - device : device - plan.tap().place();
        world.in(delay(cause == Side.CLIENT ? device : 1 - device), () -> {
            boolean captured = toTap >= 0 && capture(frame, world.now(), toTap, name);
            if (forged != null) {
                sent.add(new Sent(forged, world.now(), captured, true, false));
                world.in(delay(up ? 1 - device : device), () -> (up ? server : client).receive(forged));
            } else {
                errorCaptured |= captured;
            }
        });
    }

    private boolean capture(byte[] frame, long nanos, double travelled, Side from) {
        return capture.take(frame, nanos + delay(travelled), from);
    }
}
