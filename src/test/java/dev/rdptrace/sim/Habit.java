package dev.rdptrace.sim;

import dev.rdptrace.sim.Plan.Host;
import dev.rdptrace.sim.Plan.Manner;
import java.util.SplittableRandom;

/// What clients and servers are known to do while they wait and when they leave.
enum Habit {
    /// Stays until its user cancels; the process resets or says good-bye.
    MSTSC(Stack.WINDOWS, 10, 70, new double[] {0, 0, 30}, Manner.RESET, Manner.GOODBYE, Manner.FIN),
    /// A keep-alive after five quiet seconds; gives up early.
    FREERDP(Stack.LINUX, 9, 15, new double[] {5, 0}, Manner.GOODBYE, Manner.FIN),
    /// A program that a person kills.
    OTHER_CLIENT(Stack.LINUX, 5, 60, new double[] {0, 10}, Manner.FIN, Manner.RESET),
    /// [MS-RDPBCGR] 3.3.6.1: a minute for each phase at the least.
    WINDOWS_SERVER(Stack.WINDOWS, 60, 120, new double[] {0}, Manner.RESET, Manner.FIN),
    XRDP(Stack.LINUX, 30, 60, new double[] {0, 60}, Manner.FIN, Manner.RESET),
    GNOME(Stack.LINUX, 30, 120, new double[] {0}, Manner.GOODBYE, Manner.FIN);

    private final Stack stack;
    private final double leastSeconds;
    private final double mostSeconds;
    private final double[] keepAlives;
    private final Manner[] leaves;

    Habit(Stack stack, double leastSeconds, double mostSeconds, double[] keepAlives, Manner... leaves) {
        this.stack = stack;
        this.leastSeconds = leastSeconds;
        this.mostSeconds = mostSeconds;
        this.keepAlives = keepAlives;
        this.leaves = leaves;
    }

    Host host(SplittableRandom random) {
        return new Host(this, stack, leastSeconds + random.nextDouble() * (mostSeconds - leastSeconds),
                leaves[random.nextInt(leaves.length)],
                keepAlives[random.nextInt(keepAlives.length)]);
    }
}
