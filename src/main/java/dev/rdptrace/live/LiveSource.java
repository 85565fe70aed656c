package dev.rdptrace.live;

import dev.rdptrace.bytes.Errors;
import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.CaptureFacts.FileFacts;
import dev.rdptrace.capture.CaptureFacts.InterfaceFacts;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.live.LiveException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Frames from interfaces, as they come, merged by time.
///
/// An interface that goes down or is replaced is waited for, as long as [LiveOptions#patienceMillis] says, and opened again.
public final class LiveSource implements Arrivals {
    private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

    private final Reader reader;
    private final LiveOptions options;
    private final Consumer<String> notices;
    private final List<Leg> legs = new ArrayList<>();
    private final List<LivePacketQueue> taps = new ArrayList<>();
    private final List<InterfaceFacts> past = new ArrayList<>();
    private @Nullable LivePacketQueue current; // holds the frame that was set last
    private long number;
    private long firstNanos = Frame.NO_TIME;
    private final PacketClock clock = new PacketClock(System::nanoTime);
    private boolean clockSet;
    private long checked = System.nanoTime();
    private boolean closed;

    /// One of the interfaces that were asked for, whatever happens to it.
    private static final class Leg {
        final String name;
        final String filter;
        int index;
        @Nullable LivePacketQueue tap;
        /// What the kernel calls it; 0 where there is no such number, as for `any`.
        int systemIndex;
        long lostSince;
        @Nullable LiveException lost;
        Counters before = Counters.NONE;

        Leg(String name, String filter) {
            this.name = name;
            this.filter = filter;
        }
    }

    private LiveSource(Reader reader, LiveOptions options, Consumer<String> notices) {
        this.reader = reader;
        this.options = options;
        this.notices = notices;
    }

    /// Opens all interfaces.
    ///
    /// @param notices one line each, when an interface goes and when it comes back
    public static LiveSource open(LiveOptions options, Consumer<String> notices) throws LiveException {
        return open(reader(options.reader()), options, options.filter(), options.filter(), notices);
    }

    /// Opens all interfaces with a filter that knows VLAN tags, or where the link has none with `plain`.
    public static LiveSource open(LiveOptions options, String tagged, String plain, Consumer<String> notices) throws LiveException {
        return open(reader(options.reader()), options, tagged, plain, notices);
    }

    private static LiveSource open(Reader reader, LiveOptions options, String tagged, String plain, Consumer<String> notices)
            throws LiveException {
        LiveSource source = new LiveSource(reader, options, notices);
        try {
            for (String name : options.interfaces()) {
                source.add(name, tagged, plain);
            }
        } catch (LiveException impossible) {
            source.close();
            throw impossible;
        }
        return source;
    }

    private static Reader reader(LiveOptions.Choice choice) throws LiveException {
        return switch (choice) {
            case LIBPCAP -> new LibpcapReader();
            case PCAP4J -> new Pcap4jReader();
            case AUTO -> {
                LiveException first;
                try {
                    yield new LibpcapReader();
                } catch (LiveException absent) {
                    first = absent;
                }
                try {
                    yield new Pcap4jReader();
                } catch (LiveException absent) {
                    throw System.getProperty("os.name", "").startsWith("Windows") ? absent : first;
                }
            }
        };
    }

    private void add(String name, String tagged, String plain) throws LiveException {
        int systemIndex = Devices.index(name);
        Leg leg;
        LivePacketQueue tap;
        try {
            tap = reader.open(name, options, tagged);
            leg = new Leg(name, tagged);
        } catch (LiveException refused) {
            // "vlan" means nothing on some links, `any` among them.
            if (refused.reason() != Reason.BAD_FILTER || plain.equals(tagged)) {
                throw refused;
            }
            tap = reader.open(name, options, plain);
            leg = new Leg(name, plain);
        }
        leg.systemIndex = systemIndex;
        install(leg, tap);
        legs.add(leg);
    }

    private void install(Leg leg, LivePacketQueue tap) {
        leg.tap = tap;
        leg.lost = null;
        if (past.size() <= leg.index || past.get(leg.index).linkType() != tap.linkType() || legs.indexOf(leg) < 0) {
            leg.index = past.size();
            past.add(new InterfaceFacts(tap.linkType(), leg.name, options.snapLength(), leg.filter, -1, -1));
        }
        taps.add(tap);
    }

    /// Which reader, for people.
    public String reader() {
        return reader.describe() + (taps.stream().allMatch(LivePacketQueue::nanosecond) ? ", nanoseconds" : ", microseconds");
    }

    @Override
    public Arrival poll(Frame frame, int millis) throws LiveException {
        if (current != null) {
            current.take();
            current = null;
        }
        if (closed) {
            return Arrival.ENDED;
        }
        check();
        Leg earliest = earliest();
        if (earliest == null) {
            wait(millis);
            earliest = earliest();
        }
        if (earliest == null || earliest.tap == null) {
            return Arrival.NOTHING;
        }
        LivePacketQueue tap = earliest.tap;
        current = tap;
        number++;
        if (firstNanos == Frame.NO_TIME) {
            firstNanos = tap.nanos;
        }
        long ahead = clock.packet(tap.nanos);
        clockSet = ahead > 0;
        if (clockSet) {
            notices.accept("the clock was set forward by " + TimeUnit.NANOSECONDS.toSeconds(ahead)
                    + " s; handshakes under way are not judged");
        }
        frame.set(tap.bytes, tap.offset, tap.length, tap.wireLength, number, tap.nanos, tap.linkType(), earliest.index);
        return Arrival.FRAME;
    }

    @Override
    public long now() {
        return clock.now();
    }

    @Override
    public boolean clockSet() {
        return clockSet;
    }

    private void wait(int millis) {
        if (taps.isEmpty()) {
            try {
                Thread.sleep(millis);
            } catch (InterruptedException hurry) {
                Thread.currentThread().interrupt();
            }
        } else {
            reader.await(taps, millis);
        }
    }

    private @Nullable Leg earliest() {
        Leg earliest = null;
        long nanos = Long.MAX_VALUE;
        for (int i = 0; i < legs.size(); i++) {
            Leg leg = legs.get(i);
            LivePacketQueue tap = leg.tap;
            if (tap == null) {
                continue;
            }
            try {
                if (tap.ready() && (earliest == null || tap.nanos < nanos)) {
                    earliest = leg;
                    nanos = tap.nanos;
                }
            } catch (LiveException failed) {
                lose(leg, tap, failed);
            }
        }
        return earliest;
    }

    /// Once a second: is everything still there, and what was lost back again?
    private void check() throws LiveException {
        long now = System.nanoTime();
        if (now - checked < (taps.size() < legs.size() ? RETRY_NANOS : CHECK_NANOS)) {
            return;
        }
        checked = now;
        for (Leg leg : legs) {
            LivePacketQueue tap = leg.tap;
            if (tap == null) {
                retry(leg, now);
            } else if (leg.systemIndex > 0) {
                int index = Devices.index(leg.name);
                if (index == 0) {
                    lose(leg, tap, new LiveException(Reason.INTERFACE_DOWN, "interface " + leg.name + " has disappeared"));
                } else if (index != leg.systemIndex) {
                    lose(leg, tap, new LiveException(Reason.INTERFACE_DOWN, "interface " + leg.name + " was replaced"));
                } else if (!Devices.isUp(leg.name)) {
                    lose(leg, tap, new LiveException(Reason.INTERFACE_DOWN, "interface " + leg.name + " went down"));
                }
            }
        }
    }

    private void lose(Leg leg, LivePacketQueue tap, LiveException why) {
        LiveException told = Devices.isUp(leg.name) || leg.systemIndex == 0 ? why
                : new LiveException(Reason.INTERFACE_DOWN, "interface " + leg.name
                        + (Devices.index(leg.name) == 0 ? " has disappeared" : " went down"));
        leg.before = leg.before.plus(tap.counters());
        taps.remove(tap);
        tap.close();
        leg.tap = null;
        leg.lost = told;
        leg.lostSince = System.nanoTime();
        notices.accept(Errors.message(told) + ", waiting for it for " + TimeUnit.MILLISECONDS.toSeconds(options.patienceMillis()) + " s");
    }

    private void retry(Leg leg, long now) throws LiveException {
        if (Devices.isUp(leg.name) || leg.systemIndex == 0) {
            try {
                LivePacketQueue tap = reader.open(leg.name, options, leg.filter);
                leg.systemIndex = Devices.index(leg.name);
                install(leg, tap);
                notices.accept("interface " + leg.name + " is back");
                return;
            } catch (LiveException notYet) {
                if (notYet.reason() == Reason.NO_RIGHTS) {
                    throw notYet;
                }
            }
        }
        if (now - leg.lostSince > TimeUnit.MILLISECONDS.toNanos(options.patienceMillis())) {
            throw leg.lost;
        }
    }

    @Override
    public Counters counters() {
        Counters sum = Counters.NONE;
        for (Leg leg : legs) {
            sum = sum.plus(counters(leg));
        }
        return sum;
    }

    private static Counters counters(Leg leg) {
        return leg.tap == null ? leg.before : leg.before.plus(leg.tap.counters());
    }

    @Override
    public CaptureFacts facts() {
        List<InterfaceFacts> interfaces = new ArrayList<>(past);
        for (Leg leg : legs) {
            Counters counted = counters(leg);
            InterfaceFacts facts = past.get(leg.index);
            interfaces.set(leg.index, new InterfaceFacts(facts.linkType(), facts.name(), facts.snapLength(), facts.filter(),
                    counted.received(), counted.dropped() + counted.droppedByInterface()));
        }
        FileFacts file = new FileFacts(String.join(", ", options.interfaces()), "live", number, -1, firstNanos, clock.lastNanos(), null);
        return new CaptureFacts(List.of(file), List.copyOf(interfaces), List.of(), List.of(), List.of());
    }

    @Override
    public void close() {
        closed = true;
        current = null;
        for (Leg leg : legs) {
            if (leg.tap != null) {
                leg.before = leg.before.plus(leg.tap.counters());
                leg.tap.close();
                leg.tap = null;
            }
        }
        taps.clear();
    }
}
