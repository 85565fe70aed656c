package dev.rdptrace.tcp;

import dev.rdptrace.net.Packet;
import dev.rdptrace.timeline.HalfFacts.IdentificationHabit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// How one end's system writes its packets, tells of a full window and asks whether the other one is still there.
final class SenderHabits {
    private static final int HOP_LIMITS = 4;
    private static final int ZERO_WINDOWS = 8;
    private static final int[] NO_INTS = new int[0];

    /// A host that counts all its packets has sent so many to others meanwhile.
    private static final int NEXT_IDENTIFICATIONS = 64;

    private int synHopLimit = -1;
    private int payloadHopLimit = -1;
    private int[] hopLimits = NO_INTS; // each with the number of packets that have it; hardly anybody has two
    private int identificationsZero;
    private int identificationsCounting;
    private int identificationsOther;
    private int lastIdentification = -1;
    private long zeroSince = Long.MIN_VALUE;
    private long zeroNanos;
    private List<Long> zeroFrames = List.of();
    private int keepAlives;
    private int keepAlivesAnswered;
    private int keepAlivesHurried;
    private long keepAliveNanos = Long.MIN_VALUE;
    private long keepAliveIdleNanos;
    private boolean keepAliveOpen;

    void count(Packet packet) {
        countHopLimit(packet.hopLimit());
        if (packet.payloadLength() > 0) {
            payloadHopLimit = packet.hopLimit();
        }
        countIdentification(packet.identification());
    }

    void noteSyn(Packet packet) {
        synHopLimit = packet.hopLimit();
    }

    private void countHopLimit(int hopLimit) {
        int end = hopLimits.length;
        for (int i = 0; i < end; i += 2) {
            if (hopLimits[i] == hopLimit) {
                hopLimits[i + 1]++;
                return;
            }
        }
        if (end < 2 * HOP_LIMITS) {
            hopLimits = Arrays.copyOf(hopLimits, end + 2);
            hopLimits[end] = hopLimit;
            hopLimits[end + 1] = 1;
        }
    }

    private void countIdentification(int identification) {
        if (identification < 0) {
            return;
        }
        if (identification == 0) {
            identificationsZero++;
        } else if (lastIdentification >= 0) {
            int step = identification - lastIdentification & 0xffff;
            if (step > 0 && step < 512) {
                identificationsCounting++;
            } else {
                identificationsOther++;
            }
        }
        if (identification != 0) {
            lastIdentification = identification;
        }
    }

    boolean continuesIdentification(int identification) {
        int step = identification - lastIdentification & 0xffff;
        return identification > 0 && lastIdentification >= 0 && step > 0 && step <= NEXT_IDENTIFICATIONS;
    }

    IdentificationHabit identification() {
        if (identificationsZero + identificationsCounting + identificationsOther < 2) {
            return IdentificationHabit.UNKNOWN;
        }
        if (identificationsZero > 4 * (identificationsCounting + identificationsOther)) {
            return IdentificationHabit.ZERO;
        }
        return identificationsCounting >= 2 * identificationsOther ? IdentificationHabit.COUNTING : IdentificationHabit.RANDOM;
    }

    int synHopLimit() {
        return synHopLimit;
    }

    int payloadHopLimit() {
        return payloadHopLimit;
    }

    /// The one that most packets have, or -1.
    int usualHopLimit() {
        int usual = -1;
        int most = 0;
        for (int i = 0; i < hopLimits.length; i += 2) {
            if (hopLimits[i + 1] > most) {
                usual = hopLimits[i];
                most = hopLimits[i + 1];
            }
        }
        return usual;
    }

    // ---- a full window ----

    void onWindow(int window, long frame, long nanos) {
        if (window == 0) {
            if (zeroSince == Long.MIN_VALUE) {
                zeroSince = nanos;
            }
            if (zeroFrames.isEmpty()) {
                zeroFrames = new ArrayList<>();
            }
            if (zeroFrames.size() < ZERO_WINDOWS) {
                zeroFrames.add(frame);
            }
        } else if (zeroSince != Long.MIN_VALUE) {
            zeroNanos += nanos - zeroSince;
            zeroSince = Long.MIN_VALUE;
        }
    }

    boolean isWindowZero() {
        return zeroSince != Long.MIN_VALUE;
    }

    long zeroWindowNanos(long endNanos) {
        return zeroNanos + (isWindowZero() ? Math.max(0, endNanos - zeroSince) : 0);
    }

    List<Long> zeroWindowFrames() {
        return List.copyOf(zeroFrames);
    }

    // ---- keep-alives ----

    /// An answered probe starts the idle time anew, an unanswered one is repeated sooner.
    void onKeepAlive(long nanos, long previousNanos) {
        keepAlives++;
        keepAliveOpen = true;
        if (keepAliveNanos == Long.MIN_VALUE || previousNanos > keepAliveNanos) {
            keepAliveIdleNanos = nanos - previousNanos;
        } else if (nanos - keepAliveNanos < keepAliveIdleNanos * 3 / 4) {
            keepAlivesHurried++;
        }
        keepAliveNanos = nanos;
    }

    void onAnyAnswer() {
        if (keepAliveOpen) {
            keepAliveOpen = false;
            keepAlivesAnswered++;
        }
    }

    int keepAlives() {
        return keepAlives;
    }

    int keepAlivesAnswered() {
        return keepAlivesAnswered;
    }

    int keepAlivesHurried() {
        return keepAlivesHurried;
    }
}
