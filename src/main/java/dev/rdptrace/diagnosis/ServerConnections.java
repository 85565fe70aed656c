package dev.rdptrace.diagnosis;

import dev.rdptrace.diagnosis.OtherClients.Crowd;
import java.util.ArrayList;
import java.util.List;

/// The connections to one server in such an order that those around a moment are counted without looking at all of them:
/// who watches a server's health comes every second, and a flood a thousand times.
final class ServerConnections {
    private static final long TOGETHER_NANOS = 1_000_000_000L;

    /// One connection.
    ///
    /// @param upNanos when its session was up, -1 if it never was
    /// @param taken the server answered its SYN
    /// @param begun and the client said something
    /// @param turnedAway the server ended it before security began
    record Visit(long firstNanos, long lastNanos, long upNanos, boolean taken, boolean begun, boolean turnedAway) {
        private boolean isUpAt(long nanos) {
            return upNanos >= 0 && upNanos <= nanos && firstNanos <= nanos && nanos < lastNanos;
        }
    }

    private List<Visit> all = new ArrayList<>(1);
    private List<Visit> sessions = new ArrayList<>(0);
    // when those began of whom something is asked
    private SortedTimes begins = new SortedTimes();
    private SortedTimes taken = new SortedTimes();
    private SortedTimes turnedAway = new SortedTimes();
    private SortedTimes letIn = new SortedTimes();
    private SortedTimes begun = new SortedTimes();
    private SortedTimes begunEnds = new SortedTimes();

    int size() {
        return all.size();
    }

    void add(Visit visit) {
        all.add(visit);
        begins.add(visit.firstNanos);
        if (visit.taken) {
            taken.add(visit.firstNanos);
        }
        if (visit.turnedAway) {
            turnedAway.add(visit.firstNanos);
        }
        if (visit.begun) {
            begun.add(visit.firstNanos);
            begunEnds.add(visit.lastNanos);
        }
        if (visit.upNanos >= 0) {
            letIn.add(visit.firstNanos);
            sessions.add(visit);
        }
    }

    /// Forgets those that ended before `nanos`.
    void forgetBefore(long nanos) {
        List<Visit> before = all;
        if (before.stream().noneMatch(visit -> visit.lastNanos < nanos)) {
            return;
        }
        all = new ArrayList<>();
        sessions = new ArrayList<>(0);
        begins = new SortedTimes();
        taken = new SortedTimes();
        turnedAway = new SortedTimes();
        letIn = new SortedTimes();
        begun = new SortedTimes();
        begunEnds = new SortedTimes();
        for (Visit visit : before) {
            if (visit.lastNanos >= nanos) {
                add(visit);
            }
        }
    }

    /// @param begin of the connection that asks
    /// @param end of it
    Crowd crowd(long begin, long end) {
        int up = 0;
        int upAndBegun = 0;
        long since = Long.MIN_VALUE;
        long until = Long.MAX_VALUE;
        for (Visit session : sessions) {
            if (session.isUpAt(end)) {
                up++;
                upAndBegun += session.begun ? 1 : 0;
                since = Math.max(since, session.upNanos);
                until = Math.min(until, session.lastNanos);
            }
        }
        int pending = begun.upTo(end) - begunEnds.upTo(end) - upAndBegun;
        return new Crowd(begins.between(begin - TOGETHER_NANOS - 1, begin + TOGETHER_NANOS),
                taken.between(begin - TOGETHER_NANOS - 1, begin + TOGETHER_NANOS),
                up, pending, up == 0 ? 0 : turnedAway.between(since, until - 1), up == 0 ? 0 : letIn.between(since, until - 1));
    }
}
