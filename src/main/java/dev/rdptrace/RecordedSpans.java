package dev.rdptrace;

import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.CaptureFacts.InterfaceFacts;
import dev.rdptrace.capture.Frame;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// From when to when each interface of a capture was recorded. Of files that have nothing to do with each other one may end
/// days before the other begins; nobody was silent in between.
final class RecordedSpans {
    /// A rotated file begins with the next packet, which may be some time away; so may the first one of another interface.
    private static final long PAUSE_NANOS = 600_000_000_000L;
    /// Packets at the seam of two rotated files need not be in order.
    private static final long SEAM_NANOS = 1_000_000_000L;
    private static final String DIGITS = "[0-9]+";

    private long[] first = {Long.MAX_VALUE};
    private long[] last = {Long.MIN_VALUE};

    void note(int network, long nanos) {
        if (network < 0) {
            return; // a block that is no packet
        }
        if (network >= first.length) {
            int before = first.length;
            first = Arrays.copyOf(first, Math.max(network + 1, 2 * before));
            last = Arrays.copyOf(last, first.length);
            Arrays.fill(first, before, first.length, Long.MAX_VALUE);
            Arrays.fill(last, before, last.length, Long.MIN_VALUE);
        }
        if (nanos != Frame.NO_TIME) {
            first[network] = Math.min(first[network], nanos);
            last[network] = Math.max(last[network], nanos);
        }
    }

    /// Time of the earliest frame of each interface, by its index; [Long#MAX_VALUE] where none came by it.
    long[] firstNanos() {
        return first.clone();
    }

    /// Time of the latest; [Long#MIN_VALUE] where none came.
    long[] lastNanos() {
        return last.clone();
    }

    /// Interfaces that were recorded together.
    private record Stretch(List<Integer> networks, long first, long last, int linkType) {
        boolean leadsTo(Stretch next) {
            return next.first - last >= -SEAM_NANOS && next.first - last <= PAUSE_NANOS && next.linkType == linkType;
        }
    }

    /// The end of the recording that each interface belongs to, by its index; empty where all were recorded together. Files
    /// whose names differ in digits only and of which one begins where the other ends are one recording.
    long[] ends(CaptureFacts facts) {
        int count = Math.min(first.length, facts.interfaces().size());
        Map<String, List<Integer>> together = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            InterfaceFacts network = facts.interfaces().get(i);
            if (network.file().isEmpty()) {
                return new long[0]; // live
            }
            if (last[i] != Long.MIN_VALUE) {
                together.computeIfAbsent(network.section() + " " + network.file(), _ -> new ArrayList<>()).add(i);
            }
        }
        Map<String, List<Stretch>> families = new LinkedHashMap<>();
        together.forEach((name, networks) -> families.computeIfAbsent(family(name), _ -> new ArrayList<>())
                .addAll(stretches(networks, facts)));
        long[] ends = last.clone();
        for (List<Stretch> family : families.values()) {
            family.sort(Comparator.comparingLong(Stretch::first));
            long end = Long.MIN_VALUE;
            for (int i = family.size() - 1; i >= 0; i--) {
                Stretch one = family.get(i);
                end = i + 1 < family.size() && one.leadsTo(family.get(i + 1)) ? Math.max(end, one.last) : one.last;
                for (int network : one.networks) {
                    ends[network] = end;
                }
            }
        }
        return ends;
    }

    /// Interfaces of one section; merged from captures of different days they are as far apart as those.
    private List<Stretch> stretches(List<Integer> networks, CaptureFacts facts) {
        networks.sort(Comparator.comparingLong(network -> first[network]));
        List<Stretch> all = new ArrayList<>();
        for (int network : networks) {
            Stretch before = all.isEmpty() ? null : all.getLast();
            if (before != null && first[network] - before.last <= PAUSE_NANOS) {
                before.networks.add(network);
                all.set(all.size() - 1, new Stretch(before.networks, before.first, Math.max(before.last, last[network]), before.linkType));
            } else {
                all.add(new Stretch(new ArrayList<>(List.of(network)), first[network], last[network], facts.interfaces().get(network)
                        .linkType()));
            }
        }
        return all;
    }

    /// The name without section, and without the digits that count and date the files of a set.
    private static String family(String name) {
        String path = name.substring(name.indexOf(' ') + 1);
        int folder = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1;
        return path.substring(0, folder) + path.substring(folder).replaceAll(DIGITS, "");
    }
}
