package dev.rdptrace.sim;

import dev.rdptrace.timeline.Side;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/// What is broken on purpose, and everything else that chance decides about a run.
record Plan(Script script, Break breach, Host client, Host server, Road road, Tap tap, Person person) {

    enum Guilty {CLIENT, SERVER, PATH, NONE}

    /// How a program, a host or the path fails, or how a program leaves.
    enum Manner {
        NOTHING(""),
        /// A program: says no more, leaves, or refuses.
        HANGS("says no more"), FIN("closes"), RESET("resets"), GOODBYE("says good-bye and closes"), REFUSES("refuses"),
        /// A host: no power or asleep, for good or until it is back without a memory.
        VANISHES("is gone"), REBOOTS("starts anew"),
        /// The path: loses all, large packets, one message, most packets, all for a while; or resets.
        DEAD("loses all"), SIZE("loses large packets"), MESSAGE("loses one message"), CHANCE("loses most packets"),
        PAUSE("loses all for a while"), CUT("has a device that resets");

        private final String says;

        Manner(String says) {
            this.says = says;
        }

        String says() {
            return says;
        }
    }

    /// What breaks.
    ///
    /// @param stage index of the message at which it breaks; -1 at the TCP handshake
    /// @param of whose packets the path spoils; for a reset, who receives it; null both
    /// @param bytes the largest packet that passes
    /// @param seconds how long it lasts, where it ends
    /// @param idleSeconds nobody spoke for so long before, which is why a device forgot the connection
    record Break(Guilty culprit, Manner manner, int stage, Side of, int bytes, double seconds, double idleSeconds, Device device) {
        static final Break NONE = new Break(Guilty.NONE, Manner.NOTHING, -1, null, 0, 0, 0, Device.QUIET);

        boolean by(Side side) {
            return culprit == (side == Side.CLIENT ? Guilty.CLIENT : Guilty.SERVER);
        }
    }

    /// A device on the path.
    ///
    /// @param place part of the way from the client
    /// @param blocks lets nothing pass after its reset
    /// @param withAck, ahead, text how its reset looks
    /// @param icmp code with which it says that it drops (RFC 792 type 3), -1 silent
    record Device(double place, int hopLimit, int identification, boolean blocks, boolean withAck, boolean ahead, boolean text, int icmp) {
        static final Device QUIET = new Device(0.5, 64, 0, false, false, false, false, -1);
    }

    /// One end.
    ///
    /// @param patienceSeconds how long it waits for the other
    /// @param leaves how it leaves then
    /// @param keepAliveSeconds quiet seconds after which it asks for a sign of life, 0 never
    record Host(Habit habit, Stack stack, double patienceSeconds, Manner leaves, double keepAliveSeconds) {}

    /// The way between.
    record Road(double roundTripMillis, double loss, double reordering, int hops) {}

    /// Where and how packets are captured.
    ///
    /// @param place part of the way from the client
    /// @param only whose packets are captured, null both
    /// @param others there are packets of others as well, which show how long the capture went on
    record Tap(double place, double loss, long fromMillis, long toMillis, int snapLength, Side only, boolean others) {
        static final long NO_END = Long.MAX_VALUE / 2_000_000;

        /// It lacks nothing but its end.
        boolean whole() {
            return loss == 0 && fromMillis == 0 && snapLength >= 256 && only == null;
        }
    }

    /// Who sits before the client.
    ///
    /// @param promptAt message before which the client asks its user, -1 none
    /// @param cancelMillis the culprit leaves so long after it began to wait for the answer before its turn, 0 at its turn
    /// @param tries connections at most, one after the other as long as they fail
    /// @param end how the session ends
    record Person(int promptAt, double promptSeconds, double cancelMillis, int tries, double againSeconds, Manner end, Side ender) {}

    static Plan of(long seed) {
        SplittableRandom random = new SplittableRandom(seed * 0x9e3779b97f4a7c15L + 1);
        Script script = Script.ALL.get(random.nextInt(Script.ALL.size()));
        double dice = random.nextDouble();
        Guilty culprit = dice < 0.15 ? Guilty.NONE : dice < 0.4 ? Guilty.SERVER : dice < 0.65 ? Guilty.CLIENT : Guilty.PATH;
        Host client = (script.windows() ? pick(random, Habit.MSTSC, Habit.MSTSC, Habit.MSTSC, Habit.OTHER_CLIENT)
                : pick(random, Habit.FREERDP, Habit.FREERDP, Habit.OTHER_CLIENT)).host(random);
        Host server = (script.windows() ? Habit.WINDOWS_SERVER : pick(random, Habit.XRDP, Habit.GNOME)).host(random);
        return new Plan(script, breach(script, culprit, random), client, server, road(random), tap(random), person(random));
    }

    private static Break breach(Script script, Guilty culprit, SplittableRandom random) {
        Side by = culprit == Guilty.SERVER ? Side.SERVER : culprit == Guilty.CLIENT ? Side.CLIENT : null;
        Manner manner = switch (culprit) {
            case SERVER -> pick(random, Manner.HANGS, Manner.HANGS, Manner.HANGS, Manner.FIN, Manner.FIN, Manner.RESET, Manner.RESET,
                    Manner.REFUSES,
                    Manner.REFUSES, Manner.VANISHES, Manner.REBOOTS);
            case CLIENT -> pick(random, Manner.HANGS, Manner.HANGS, Manner.HANGS, Manner.FIN, Manner.FIN, Manner.RESET, Manner.RESET,
                    Manner.GOODBYE,
                    Manner.GOODBYE, Manner.VANISHES, Manner.REBOOTS);
            case PATH -> pick(random, Manner.DEAD, Manner.DEAD, Manner.SIZE, Manner.SIZE, Manner.MESSAGE, Manner.CHANCE, Manner.PAUSE,
                    Manner.CUT, Manner.CUT);
            case NONE -> Manner.NOTHING;
        };
        if (culprit == Guilty.NONE) {
            return Break.NONE;
        }
        Side of = random.nextInt(3) == 0 ? Side.CLIENT : random.nextInt(2) == 0 ? Side.SERVER : null;
        boolean forgets = (manner == Manner.DEAD || manner == Manner.CUT) && random.nextInt(6) == 0;
        Device device = new Device(random.nextDouble(), pick(random, 64, 255, 128), random.nextInt(65_536), random.nextBoolean(),
                random.nextBoolean(),
                random.nextInt(8) == 0, random.nextInt(8) == 0, manner == Manner.DEAD && random.nextInt(4) == 0 ? pick(random, 13, 1) : -1);
        return new Break(culprit, manner, stage(script, by, manner, forgets, random), of, 560 + random.nextInt(900), 2 + random.nextInt(60),
                forgets ? 60 + random.nextInt(100) : 0, device);
    }

    /// A session in which nothing is said is no break, so a program hangs before it.
    private static int stage(Script script, Side by, Manner manner, boolean forgets, SplittableRandom random) {
        if (by == null && !forgets && random.nextInt(15) == 0) {
            return -1;
        }
        boolean inSession = forgets || random.nextInt(6) == 0 && manner != Manner.HANGS && manner != Manner.REFUSES;
        while (true) {
            int at = random.nextInt(script.lines().size());
            Script.Line line = script.lines().get(at);
            boolean can = manner != Manner.REFUSES || script.refusals().containsKey(at) || script.refusals().isEmpty();
            if (line.inSession() == inSession && !line.unasked() && (by == null || line.from() == by) && can) {
                return at;
            }
        }
    }

    private static Road road(SplittableRandom random) {
        double loss = random.nextInt(3) > 0 ? 0 : pick(random, 0.005, 0.02, 0.05);
        return new Road(Math.exp(random.nextDouble() * Math.log(300)), loss, random.nextInt(6) == 0 ? 0.02 : 0, 1 + random.nextInt(12));
    }

    private static Tap tap(SplittableRandom random) {
        double place = pick(random, 0.0, 0.0, 1.0, random.nextDouble());
        return new Tap(place, random.nextInt(14) == 0 ? 0.02 : 0, random.nextInt(25) == 0 ? random.nextInt(2000) : 0,
                random.nextInt(8) == 0 ? 200 + random.nextInt(30_000) : Tap.NO_END, random.nextInt(20) == 0 ? pick(random, 68, 96, 128,
                        256) : 65_535,
                random.nextInt(40) == 0 ? pick(random, Side.CLIENT, Side.SERVER) : null, random.nextInt(3) > 0);
    }

    private static Person person(SplittableRandom random) {
        int prompt = random.nextInt(4) == 0 ? random.nextInt(2) == 0 ? 2 : 4 : -1;
        return new Person(prompt, 3 + random.nextInt(25), random.nextInt(4) == 0 ? random.nextInt(1200) : 0,
                random.nextInt(5) == 0 ? 2 + random.nextInt(2) : 1,
                1 + random.nextInt(8), pick(random, Manner.FIN, Manner.RESET, Manner.GOODBYE, Manner.NOTHING),
                random.nextInt(3) == 0 ? Side.SERVER : Side.CLIENT);
    }

    @SafeVarargs
    static <T> T pick(SplittableRandom random, T... from) {
        return from[random.nextInt(from.length)];
    }

    // ---- the same with less in it ----

    /// Plans with one feature less each, by the name of what is missing.
    Map<String, Plan> simpler() {
        Map<String, Plan> less = new LinkedHashMap<>();
        put(less, "loss", with(new Road(road.roundTripMillis, 0, road.reordering, road.hops)));
        put(less, "reordering", with(new Road(road.roundTripMillis, road.loss, 0, road.hops)));
        put(less, "distance", with(new Road(20, road.loss, road.reordering, road.hops)));
        put(less, "capture loss", with(new Tap(tap.place, 0, tap.fromMillis, tap.toMillis, tap.snapLength, tap.only, tap.others)));
        put(less, "late start", with(new Tap(tap.place, tap.loss, 0, tap.toMillis, tap.snapLength, tap.only, tap.others)));
        put(less, "early end", with(new Tap(tap.place, tap.loss, tap.fromMillis, Tap.NO_END, tap.snapLength, tap.only, tap.others)));
        put(less, "snap length", with(new Tap(tap.place, tap.loss, tap.fromMillis, tap.toMillis, 65_535, tap.only, tap.others)));
        put(less, "one direction", with(new Tap(tap.place, tap.loss, tap.fromMillis, tap.toMillis, tap.snapLength, null, tap.others)));
        put(less, "others", with(new Tap(tap.place, tap.loss, tap.fromMillis, tap.toMillis, tap.snapLength, tap.only, false)));
        put(less, "middle", with(new Tap(Math.round(tap.place), tap.loss, tap.fromMillis, tap.toMillis, tap.snapLength, tap.only,
                tap.others)));
        put(less, "prompt", with(new Person(-1, 0, person.cancelMillis, person.tries, person.againSeconds, person.end, person.ender)));
        put(less, "cancel", with(new Person(person.promptAt, person.promptSeconds, 0, person.tries, person.againSeconds, person.end,
                person.ender)));
        put(less, "tries", with(new Person(person.promptAt, person.promptSeconds, person.cancelMillis, 1, 0, person.end, person.ender)));
        put(less, "keep-alives", new Plan(script, breach, quiet(client), quiet(server), road, tap, person));
        put(less, "idle", with(new Break(breach.culprit, breach.manner, breach.stage, breach.of, breach.bytes, breach.seconds, 0,
                breach.device)));
        return less;
    }

    private void put(Map<String, Plan> less, String what, Plan plan) {
        if (!plan.equals(this)) {
            less.put(what, plan);
        }
    }

    private static Host quiet(Host host) {
        return new Host(host.habit, host.stack, host.patienceSeconds, host.leaves, 0);
    }

    Plan with(Break other) {
        return new Plan(script, other, client, server, road, tap, person);
    }

    Plan with(Road other) {
        return new Plan(script, breach, client, server, other, tap, person);
    }

    Plan with(Tap other) {
        return new Plan(script, breach, client, server, road, other, person);
    }

    Plan with(Person other) {
        return new Plan(script, breach, client, server, road, tap, other);
    }

    Host host(Side side) {
        return side == Side.CLIENT ? client : server;
    }

    @Override
    public String toString() {
        return String.join("\n  ", "\"" + script.name() + "\"", breach.toString(), client.toString(), server.toString(), road.toString(),
                tap.toString(),
                person.toString());
    }
}
