package dev.rdptrace.sim;

import dev.rdptrace.timeline.Side;
import java.util.SplittableRandom;

/// What is broken on purpose, and everything else that chance decides about a run.
///
/// @param stage index of the message at which it breaks; -1 at the TCP handshake
/// @param breachOf whose packets the path spoils; for a reset, who receives it; null both
/// @param capturePlace part of the way from the client where packets are captured
record Plan(Script script, Culprit culprit, Manner manner, int stage, Breach breach, Side breachOf, int breachBytes, boolean staysBlocked,
        boolean resetHasAck, double devicePlace, int deviceHopLimit, int deviceIdentification, Side causeFrom, double roundTripMillis, double loss,
        double reordering, int hops, double capturePlace, double captureLoss, long captureFromMillis, long captureToMillis, int snapLength,
        double clientPatienceSeconds, double serverPatienceSeconds, double keepAliveSeconds, double promptSeconds, int promptAt, Manner clientLeaves,
        Manner serverLeaves, boolean linuxClient, boolean linuxServer, Manner sessionEnd, Side sessionEnder, double cancelMillis) {

    enum Culprit {CLIENT, SERVER, PATH, NONE}

    /// How a program fails or goes.
    enum Manner {NOTHING, HANGS, FIN, RESET, GOODBYE, REFUSES}

    /// What the path does wrong.
    enum Breach {NONE, DEAD, SIZE, ONE_MESSAGE, RESET}

    static Plan of(long seed) {
        SplittableRandom random = new SplittableRandom(seed * 0x9e3779b97f4a7c15L + 1);
        Script script = Script.ALL.get(random.nextInt(Script.ALL.size()));
        double dice = random.nextDouble();
        Culprit culprit = dice < 0.15 ? Culprit.NONE : dice < 0.4 ? Culprit.SERVER : dice < 0.65 ? Culprit.CLIENT : Culprit.PATH;
        Side victim = culprit == Culprit.SERVER ? Side.SERVER : culprit == Culprit.CLIENT ? Side.CLIENT : null;
        int stage = stage(script, victim, random);
        Manner manner = switch (culprit) {
            case SERVER -> pick(random, Manner.HANGS, Manner.HANGS, Manner.FIN, Manner.RESET, Manner.REFUSES);
            case CLIENT -> pick(random, Manner.HANGS, Manner.HANGS, Manner.FIN, Manner.RESET, Manner.GOODBYE);
            default -> Manner.NOTHING;
        };
        Breach breach = culprit == Culprit.PATH ? pick(random, Breach.DEAD, Breach.DEAD, Breach.SIZE, Breach.ONE_MESSAGE, Breach.RESET) : Breach.NONE;
        Side breachOf = random.nextInt(3) == 0 ? Side.CLIENT : random.nextInt(2) == 0 ? Side.SERVER : null;
        double capturePlace = pick(random, 0.0, 0.0, 1.0, random.nextDouble());
        boolean windows = script.windows();
        boolean linuxClient = !windows || random.nextInt(8) == 0;
        double loss = random.nextInt(3) > 0 ? 0 : pick(random, 0.005, 0.02, 0.05);
        int prompt = random.nextInt(4) == 0 ? random.nextInt(2) == 0 ? 2 : 4 : -1;
        return new Plan(script, culprit, manner, stage, breach, breachOf, 560 + random.nextInt(900), random.nextBoolean(), random.nextBoolean(),
                random.nextDouble(), pick(random, 64, 255, 128), random.nextInt(65_536), stage < 0 ? Side.CLIENT : script.lines().get(stage).from(),
                Math.exp(random.nextDouble() * Math.log(300)), loss, random.nextInt(6) == 0 ? 0.02 : 0, 1 + random.nextInt(12), capturePlace,
                random.nextInt(12) == 0 ? 0.02 : 0, random.nextInt(25) == 0 ? random.nextInt(2000) : 0,
                random.nextInt(7) == 0 ? 200 + random.nextInt(30_000) : Long.MAX_VALUE / 2_000_000, random.nextInt(20) == 0 ? pick(random, 68, 96, 128, 256)
                        : 65_535, 5 + random.nextInt(70), pick(random, 30, 60, 60, 120), random.nextInt(4) == 0 ? pick(random, 5, 10, 30) : 0,
                3 + random.nextInt(25), prompt, pick(random, Manner.FIN, Manner.RESET, Manner.GOODBYE), pick(random, Manner.FIN, Manner.RESET), linuxClient,
                !windows, pick(random, Manner.FIN, Manner.RESET, Manner.GOODBYE, Manner.NOTHING), random.nextInt(3) == 0 ? Side.SERVER : Side.CLIENT,
                random.nextInt(4) == 0 ? random.nextInt(1200) : 0);
    }

    private static int stage(Script script, Side victim, SplittableRandom random) {
        if (victim == null && random.nextInt(15) == 0) {
            return -1;
        }
        boolean inSession = random.nextInt(6) == 0;
        for (int tries = 0; tries < 200; tries++) {
            int at = random.nextInt(script.lines().size());
            Script.Line line = script.lines().get(at);
            if (line.inSession() == inSession && (victim == null || line.from() == victim)) {
                return at;
            }
        }
        return 1;
    }

    @SafeVarargs
    private static <T> T pick(SplittableRandom random, T... from) {
        return from[random.nextInt(from.length)];
    }
}
