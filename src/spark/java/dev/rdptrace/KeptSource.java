package dev.rdptrace;

import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.net.Packet;
import dev.rdptrace.net.Verdict;
import dev.rdptrace.session.RdpSession;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Event;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A recording of which the packets were kept that make a difference, as [Selection] did file by file. Whoever reads it comes to what
/// the whole recording would have told, or [#missing] says which flows more is needed of.
///
/// Frames are numbered over all files, as where the files themselves are read; left out ones count.
public final class KeptSource implements Analyzer.Thinned {

    /// Some packets of a file.
    ///
    /// @param file of the recording, from 0
    /// @param order [#LAST_WORDS], then the blocks of [Selection#next] from 0
    public record Block(int file, int order, byte[] bytes) {}

    /// Comes before the other blocks of a file.
    public static final int LAST_WORDS = -1;

    /// Somebody wants packets in another order than that of the files, which does not hold what that needs.
    static final class OrderAsked extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /// The recording is over, and some of it was missing.
    static final class MoreAsked extends IOException {
        private static final long serialVersionUID = 1L;
    }

    private static final int MOST_NOTES = 100;
    private static final int MOST_NAMES = 1 << 16;
    private static final int MOST_FLOWS = 1 << 17;

    private final List<FileFindings> files;
    private final Iterator<Block> blocks;
    private final List<AddedPackets> added;
    private final KeptPackets.Reader reader = new KeptPackets.Reader();
    private final Frame kept = new Frame();
    private KeptPackets.@Nullable Step step; // that was come to and is not over
    private long segments; // of TCP in this file so far
    private long taken; // frame that was added
    private boolean told; // a packet of this file to the analyzer
    private boolean cleared; // what it carries, at least in part
    private final Map<Long, Long> clearedIn = new LinkedHashMap<>(16, 0.75f, true) { // the first and the last of the files, by flow
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
            return size() > MOST_FLOWS;
        }
    };
    private final Packet looked = new Packet();
    private final Map<Integer, Map<Long, Boolean>> missing = new TreeMap<>();
    private @Nullable Analyzer analyzer;
    private @Nullable Block ahead;
    private int file = -1;
    private long framesBefore;
    private int networksBefore;
    private int secretsBefore;
    private final List<byte[]> secrets = new ArrayList<>();
    private boolean toCheck;
    private CaptureFacts facts = Analyzer.NO_FACTS;

    /// @param files of the recording in their order
    /// @param blocks of all of them, in their order
    /// @param added blocks of each reading for more, in their order
    public KeptSource(List<FileFindings> files, Iterator<Block> blocks, List<Iterator<Block>> added) {
        this.files = files;
        this.blocks = blocks;
        this.added = added.stream().map(AddedPackets::new).toList();
    }

    @Override
    public void readBy(Analyzer reading) {
        analyzer = reading;
    }

    /// By file, the flows of which packets were left out, or what they carry, that would have made a difference, see [Selection]; and
    /// whether that goes for all they carry.
    public Map<Integer, Map<Long, Boolean>> missing() {
        return missing;
    }

    @Override
    public boolean next(Frame frame) throws IOException {
        if (analyzer == null) {
            throw new OrderAsked();
        }
        check(analyzer);
        segments += told && analyzer.verdict == Verdict.TCP ? 1 : 0;
        told = false;
        for (AddedPackets one : added) {
            if (one.has() && one.frame().number() == taken) {
                one.taken();
            }
        }
        taken = 0;
        while (true) {
            AddedPackets due = file < 0 || added.isEmpty() ? null : first();
            if (step == null && file >= 0) {
                step = reader.next(kept);
            }
            switch (step == null ? KeptPackets.Step.END : step) {
                case PACKET -> {
                    if (due != null && due.frame().number() <= kept.number()) {
                        boolean same = due.frame().number() == kept.number();
                        step = same ? null : step;
                        return added(analyzer, frame, due, same);
                    }
                    step = null;
                    return kept(analyzer, frame);
                }
                case LEFT_OUT -> {
                    if (due != null && due.passed() <= segments) {
                        step = due.ofTcp() ? null : step;
                        return added(analyzer, frame, due, false);
                    }
                    step = null;
                    segments++;
                    leftOut(analyzer, reader.nanos());
                }
                case SECRETS -> {
                    step = null;
                    secrets(reader.secrets());
                }
                case END -> {
                    step = null;
                    Block next = ahead != null ? ahead : blocks.hasNext() ? blocks.next() : null;
                    ahead = next;
                    if (next != null && next.file == file) {
                        ahead = null;
                        reader.feed(next.bytes);
                    } else if (due != null) {
                        return added(analyzer, frame, due, false);
                    } else if (file + 1 < files.size()) {
                        endFile(analyzer);
                        beginFile(analyzer);
                    } else if (missing.isEmpty()) {
                        endFile(analyzer);
                        facts = everything();
                        return false;
                    } else {
                        throw new MoreAsked();
                    }
                }
            }
        }
    }

    /// The reading for more that has the next packet; the latest of them, which has it whole.
    private @Nullable AddedPackets first() {
        AddedPackets first = null;
        for (AddedPackets one : added) {
            first = one.has() && (first == null || one.frame().number() <= first.frame().number()) ? one : first;
        }
        return first;
    }

    private boolean kept(Analyzer reading, Frame frame) {
        tell(reading, frame, kept, reader.nanos());
        cleared = reader.cleared();
        if (reader.blank() && looked.wrap(frame) == Verdict.TCP && reading.connections.followerOf(looked) instanceof RdpSession session
                && session.reads()) {
            lacks(looked);
        }
        toCheck = reader.settled();
        return true;
    }

    /// @param instead of one that was kept in part
    private boolean added(Analyzer reading, Frame frame, AddedPackets from, boolean instead) {
        tell(reading, frame, from.frame(), from.nanos());
        cleared = from.cleared();
        if (!instead) { // it was counted with those that were left out
            reading.frames--;
            reading.verdicts[(from.ofTcp() ? Verdict.TCP : Verdict.UDP).ordinal()]--;
        }
        taken = from.frame().number();
        return true;
    }

    private void tell(Analyzer reading, Frame frame, Frame one, long nanos) {
        if (one.nanos() == Frame.NO_TIME) {
            reading.lastNanos = Math.max(reading.lastNanos, nanos);
        }
        frame.set(one.bytes(), one.offset(), one.length(), one.wireLength(), framesBefore + one.number(), one.nanos(), one.linkType(), one
                .interfaceIndex() < 0 ? -1 : networksBefore + one.interfaceIndex());
        told = true;
    }

    /// Behind the packet that was read last, packets of its flow were left out: nobody may miss them.
    private void check(Analyzer reading) {
        noteCleared();
        if (toCheck) {
            toCheck = false;
            boolean right =
                    reading.verdict == Verdict.UDP ? !reading.companions.ofRdpOverUdp() : reading.connections.difference().settled();
            if (!right) {
                lacks(reading.packet);
            }
        }
    }

    private void noteCleared() {
        if (cleared && analyzer != null) {
            cleared = false;
            clearedIn.merge(Selection.flow(analyzer.packet), between(file, file),
                    (before, now) -> between((int) (before >> Integer.SIZE), file));
        }
    }

    private static long between(int from, int to) {
        return (long) from << Integer.SIZE | to;
    }

    /// Bytes that are no message are shown. They may have been taken for the middle of one.
    @Override
    public void ended(Attempt attempt) {
        noteCleared(); // the packet in hand may be what ends it
        boolean strays = attempt.unread().client().isPresent() || attempt.unread().server().isPresent() || !attempt.tls().broken()
                .isEmpty() || attempt.events().stream().anyMatch(event -> event.kind() == Event.Kind.UNEXPECTED);
        long flow = Selection.flow(attempt.client(), attempt.server());
        Long files = clearedIn.remove(flow);
        if (strays && files != null) {
            for (int one = (int) (files >> Integer.SIZE); one <= files.intValue(); one++) {
                missing.computeIfAbsent(one, _ -> new LinkedHashMap<>()).put(flow, true);
            }
        }
    }

    private void lacks(Packet packet) {
        missing.computeIfAbsent(file, _ -> new LinkedHashMap<>()).putIfAbsent(Selection.flow(packet), false);
    }

    private void beginFile(Analyzer reading) {
        file++;
        FileFindings now = files.get(file);
        Map<Long, KeptPackets.LastWords> lastWords = Map.of();
        if (ahead != null && ahead.file == file && ahead.order == LAST_WORDS) {
            lastWords = Selection.lastWords(ahead.bytes);
            ahead = null;
        }
        reader.begin(lastWords);
        segments = 0;
        for (AddedPackets one : added) {
            one.begin(file);
        }
        for (int i = 0; i < now.firstNanos().length; i++) {
            if (now.firstNanos()[i] != Long.MAX_VALUE) {
                reading.recordings.note(networksBefore + i, now.firstNanos()[i]);
                reading.recordings.note(networksBefore + i, now.lastNanos()[i]);
            }
        }
        for (int i = 0; i < now.leftOut().length; i++) {
            reading.verdicts[i] += now.leftOut()[i];
            reading.frames += now.leftOut()[i];
        }
        secrets.addAll(now.facts().secrets());
        secrets(0);
    }

    private void endFile(Analyzer reading) {
        if (file >= 0) {
            FileFindings over = files.get(file);
            reading.lastNanos = Math.max(reading.lastNanos, over.latestNanos());
            framesBefore += over.frames();
            networksBefore += over.facts().interfaces().size();
            secretsBefore += over.facts().secrets().size();
        }
    }

    private void leftOut(Analyzer reading, long nanos) {
        reading.lastNanos = Math.max(reading.lastNanos, nanos);
        reading.connections.leftOut(nanos);
    }

    private void secrets(int known) {
        facts = new CaptureFacts(List.of(), List.of(), List.copyOf(secrets.subList(0, secretsBefore + known)), List.of(), List.of());
    }

    /// What is asked at the end.
    private CaptureFacts everything() {
        List<CaptureFacts.FileFacts> all = new ArrayList<>();
        List<CaptureFacts.InterfaceFacts> interfaces = new ArrayList<>();
        List<CaptureFacts.Name> names = new ArrayList<>();
        Set<String> notes = new LinkedHashSet<>();
        for (FileFindings one : files) {
            all.addAll(one.facts().files());
            interfaces.addAll(one.facts().interfaces());
            names.addAll(one.facts().names());
            notes.addAll(one.facts().notes());
        }
        return new CaptureFacts(List.copyOf(all), List.copyOf(interfaces), List.copyOf(secrets), names.stream().limit(MOST_NAMES).toList(),
                notes.stream().limit(MOST_NOTES).toList());
    }

    @Override
    public CaptureFacts facts() {
        return facts;
    }

    @Override
    public void close() {}
}
