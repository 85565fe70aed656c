package dev.rdptrace.evidence;

import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.DerivedSource;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.net.Header;
import dev.rdptrace.net.Headers;
import dev.rdptrace.net.Packet;
import dev.rdptrace.net.Verdict;
import dev.rdptrace.redact.Redaction;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.Parties;
import dev.rdptrace.timeline.Side;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// What a page shows of the packets themselves. Nothing keeps them, so the capture is read once more.
///
/// @param digests SHA-256 of files by their paths
/// @param frames those that decided, by their numbers
/// @param courses of the side that the verdict is about, by the stream
public record Evidence(Map<String, String> digests, Map<Long, FrameBytes> frames, Map<Integer, Course> courses) {
    public static final Evidence NONE = new Evidence(Map.of(), Map.of(), Map.of());

    /// Of one try.
    public static final int MOST_FRAMES = 4;
    private static final int MOST_BYTES = 256;
    private static final int MOST_BYTES_OF_ONE = 4096;
    /// Shorter words stand anywhere.
    private static final int SHORTEST = 3;
    /// Tries that are looked at.
    private static final int MOST_TRIES = 200;
    private static final int CONNECTION_FRAMES = 4096;
    private static final long MOST_READ = 16L << 20;
    private static final int QUOTED_PORTS = 8;
    private static final int ICMP_HEADER = 8;

    /// The beginning of a frame, as it was captured. What a copy to pass on would not hold, as passwords and what is encrypted, is hidden.
    ///
    /// @param hidden these bytes are zeros here
    /// @param from where the message begins that decided: the payload, or where there is none the header of TCP or ICMP
    /// @param length of the whole frame as captured
    public record FrameBytes(byte[] bytes, BitSet hidden, int from, int length) {

        /// Where these bytes stand first, -1 where they do not.
        public int find(byte[] wanted) {
            return find(bytes, wanted, from);
        }

        private static int find(byte[] in, byte[] wanted, int from) {
            for (int at = from; at + wanted.length <= in.length; at++) {
                if (Arrays.equals(in, at, at + wanted.length, wanted, 0, wanted.length)) {
                    return at;
                }
            }
            return -1;
        }
    }

    /// The same with the digests.
    public Evidence withDigests(Map<String, String> sha256) {
        return new Evidence(sha256, frames, courses);
    }

    /// Reads `source` as far as the tries go that went wrong.
    public static Evidence read(List<Incident> incidents, PacketSource source, BooleanSupplier stop) throws IOException {
        Chosen chosen = new Chosen(source);
        incidents.stream().limit(MOST_TRIES).filter(incident -> incident.outcome().isTrouble()).forEach(incident -> {
            List<Long> frames = incident.verdict().frames();
            chosen.add(incident, frames.stream().limit(MOST_FRAMES).toList(), frames.isEmpty() ? 0 : frames.getLast());
            chosen.last = Math.max(chosen.last, incident.headline().attempt().last().frame());
        });
        if (chosen.last == 0) {
            return NONE;
        }
        Map<Long, FrameBytes> frames = chosen.shown(stop);
        Map<Integer, Course> courses = new HashMap<>();
        chosen.followed.values().forEach(all -> all.forEach(one -> courses.put(one.stream, one.course)));
        return new Evidence(Map.of(), frames, courses);
    }

    /// Frames of one try, those that are asked for; none that nobody can read.
    ///
    /// @param texts by the frame what is told of it anyway: where it stands first it is not hidden
    public static Map<Long, FrameBytes> frames(Incident incident, SortedMap<Long, List<String>> texts, PacketSource source,
            BooleanSupplier stop) throws IOException {
        Chosen chosen = new Chosen(source);
        chosen.bytes = MOST_BYTES_OF_ONE;
        chosen.texts = texts;
        chosen.add(incident, List.copyOf(texts.keySet()), texts.isEmpty() ? 0 : texts.lastKey());
        return chosen.shown(stop);
    }

    private static final class Followed {
        private final int stream;
        private final long first;
        private final long last;
        private final long decided;
        private final Course course;
        private int taken;

        Followed(Attempt attempt, long decided, Course course) {
            stream = attempt.stream();
            first = attempt.first().frame();
            last = attempt.last().frame();
            this.decided = decided;
            this.course = course;
        }
    }

    private record Original(long number, byte[] bytes, int plain, int from, int length, List<String> texts) {
        FrameBytes shown(Frame kept) {
            BitSet hidden = new BitSet();
            byte[] shown = bytes.clone();
            for (int i = plain; i < bytes.length; i++) {
                if (i >= kept.length() || kept.bytes()[kept.offset() + i] != bytes[i]) {
                    hidden.set(i);
                    shown[i] = 0;
                }
            }
            for (int i = plain + 1; i + 1 < bytes.length; i++) { // a zero by chance
                hidden.set(i, hidden.get(i) || bytes[i] == 0 && hidden.get(i - 1) && hidden.get(i + 1));
            }
            texts.stream().filter(text -> text.length() >= SHORTEST).forEach(text -> {
                for (Charset charset : List.of(StandardCharsets.UTF_8, StandardCharsets.UTF_16LE)) {
                    byte[] told = text.getBytes(charset);
                    int at = FrameBytes.find(bytes, told, from);
                    if (at >= 0) {
                        System.arraycopy(told, 0, shown, at, told.length);
                        hidden.clear(at, at + told.length);
                    }
                }
            });
            return new FrameBytes(shown, hidden, from, length);
        }
    }

    /// The connections that matter, from a capture, as far as they have to be read to know what is in the frames that decided.
    private static final class Chosen extends DerivedSource {
        private final Packet packet = new Packet();
        private final Map<Parties, List<Followed>> followed = new HashMap<>();
        private final Map<Long, Original> originals = new HashMap<>(); // by the number here
        private final Set<Long> deciding = new HashSet<>();
        private final Set<Integer> rdpPorts = new HashSet<>();
        private final BitSet ports = new BitSet(65536);
        private SortedMap<Long, List<String>> texts = Collections.emptySortedMap();
        private int bytes = MOST_BYTES;
        private long last;
        private long number;
        private long read;

        Chosen(PacketSource source) {
            super(source);
        }

        void add(Incident incident, List<Long> frames, long decided) {
            Attempt attempt = incident.headline().attempt();
            deciding.addAll(frames);
            last = Math.max(last, decided);
            if (!attempt.overUdp()) {
                rdpPorts.add(attempt.server().port());
                ports.set(attempt.client().port());
                followed.computeIfAbsent(new Parties(attempt.client(), attempt.server()), _ -> new ArrayList<>())
                        .add(new Followed(attempt, decided, new Course(side(attempt, incident.verdict().frames()),
                                attempt.first().nanos())));
            }
        }

        /// Whose bytes the verdict is about: of whom some did not arrive, else who sent what decided.
        private static Side side(Attempt attempt, List<Long> frames) {
            for (Side side : List.of(Side.SERVER, Side.CLIENT)) {
                HalfFacts.Loss loss = attempt.tcp().half(side).loss();
                if (loss.holeBytes() + loss.announcedBytes() > 0 || loss.unacknowledged().stream().anyMatch(lost -> !lost.syn())) {
                    return side;
                }
            }
            return attempt.events().stream().filter(event -> frames.contains(event.at().frame())).map(Event::from)
                    .reduce((_, later) -> later).filter("client"::equals).isPresent() ? Side.CLIENT : Side.SERVER;
        }

        Map<Long, FrameBytes> shown(BooleanSupplier stop) throws IOException {
            ByteArrayOutputStream copy = new ByteArrayOutputStream();
            new Redaction(rdpPorts, false).write(this, copy, "", stop);
            Map<Long, FrameBytes> frames = new HashMap<>();
            Frame frame = new Frame();
            try (PacketSource kept = Captures.open(List.of("-"), new ByteArrayInputStream(copy.toByteArray()))) {
                while (kept.next(frame)) {
                    Original original = originals.get(frame.number());
                    if (original != null) {
                        frames.put(original.number, original.shown(frame));
                    }
                }
            }
            return frames;
        }

        @Override
        public boolean next(Frame frame) throws IOException {
            while (source.next(frame) && frame.number() <= last) {
                Verdict verdict = packet.wrap(frame);
                Followed connection = verdict == Verdict.TCP ? follow(frame) : null;
                boolean decides = deciding.contains(frame.number());
                boolean before = connection != null && frame.number() < connection.decided && connection.taken++ < CONNECTION_FRAMES
                        && read < MOST_READ;
                if (decides || before) {
                    number++;
                    read += frame.length();
                    if (decides) {
                        originals.put(number, original(frame, verdict));
                    }
                    frame.set(frame.bytes(), frame.offset(), frame.length(), frame.wireLength(), number, frame.nanos(), frame.linkType(),
                            frame.interfaceIndex());
                    return true;
                }
            }
            return false;
        }

        private @Nullable Followed follow(Frame frame) {
            if (!ports.get(packet.sourcePort()) && !ports.get(packet.destinationPort())) {
                return null;
            }
            Endpoint from = new Endpoint(packet.sourceHigh(), packet.sourceLow(), packet.sourcePort());
            Endpoint to = new Endpoint(packet.destinationHigh(), packet.destinationLow(), packet.destinationPort());
            for (Side side : Side.values()) {
                for (Followed one : followed.getOrDefault(side == Side.CLIENT ? new Parties(from, to) : new Parties(to, from), List.of())) {
                    if (one.first <= frame.number() && frame.number() <= one.last) {
                        one.course.take(packet, side == one.course.side(), Math.max(one.course.begin(), frame.nanos()));
                        return one;
                    }
                }
            }
            return null;
        }

        private Original original(Frame frame, Verdict verdict) {
            int start = frame.offset();
            byte[] bytes = Arrays.copyOfRange(frame.bytes(), start, start + Math.min(frame.length(), this.bytes));
            Headers headers = packet.headers();
            int header = 0;
            for (int i = 0; i < headers.count() && headers.kind(i) != Header.DATAGRAM; i++) {
                header = headers.at(i) - start;
            }
            boolean whole = headers.datagram() == 0;
            boolean payload = (verdict == Verdict.TCP || verdict == Verdict.UDP) && whole;
            int plain = payload ? packet.payloadOffset() - start : verdict == Verdict.ICMP && whole
                    ? header + ICMP_HEADER + (packet.quoted() ? quoted(frame, header + ICMP_HEADER) : 0) : header;
            int from = payload && packet.payloadLength() > 0 ? plain : header;
            return new Original(frame.number(), bytes, Math.min(bytes.length, plain), from, frame.length(),
                    texts.getOrDefault(frame.number(), List.of()));
        }

        /// IP header and ports of the packet that an error is about.
        private static int quoted(Frame frame, int at) {
            int first = at < frame.length() ? frame.bytes()[frame.offset() + at] : 0;
            return ((first & 0xf0) == 0x60 ? 40 : 4 * (first & 15)) + QUOTED_PORTS;
        }
    }
}
