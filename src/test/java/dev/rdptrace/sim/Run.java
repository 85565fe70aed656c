package dev.rdptrace.sim;

import dev.rdptrace.diagnosis.Attribution;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Fault;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.sim.Plan.Breach;
import dev.rdptrace.sim.Plan.Culprit;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.timeline.Side;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/// One run of the world: what was broken, what was captured, and what may be said about it.
///
/// @param truth who did it
/// @param allowed whom a verdict may name
/// @param up the session had begun, for both ends and in the capture
record Run(long seed, Plan plan, Culprit truth, Set<Fault> allowed, boolean up, String what, Tape tape) {
    private static final long HORIZON_SECONDS = 240;

    static Run of(long seed) {
        Plan plan = Plan.of(seed);
        SplittableRandom random = new SplittableRandom(seed);
        World world = new World();
        Segment.Addresses addresses = new Segment.Addresses(0xc0a8_010a, 49_152 + random.nextInt(16_000), random.nextInt(), 0x0a14_0005,
                random.nextInt());
        Way way = new Way(world, plan, random.split(), addresses);
        TcpEnd client = new TcpEnd(world, Side.CLIENT, plan.linuxClient() ? Stack.LINUX : Stack.WINDOWS, random.split(), way::carry);
        TcpEnd server = new TcpEnd(world, Side.SERVER, plan.linuxServer() ? Stack.LINUX : Stack.WINDOWS, random.split(), way::carry);
        client.ownBase(addresses.clientBase());
        client.peerBase(addresses.serverBase());
        server.ownBase(addresses.serverBase());
        server.peerBase(addresses.clientBase());
        client.keepAlive(plan.keepAliveSeconds());
        way.between(client, server);
        Peer person = new Peer(world, Side.CLIENT, plan, random.split(), client, way);
        Peer service = new Peer(world, Side.SERVER, plan, random.split(), server, way);
        client.program(person);
        server.program(service);
        if (plan.stage() < 0 && plan.culprit() == Culprit.PATH) {
            way.breakNow(Side.CLIENT, 0, 1);
        }
        client.connect();
        world.runUntil(HORIZON_SECONDS * 1_000_000_000L);
        return judgeable(seed, plan, way, person, service);
    }

    private static Run judgeable(long seed, Plan plan, Way way, Peer person, Peer service) {
        Tape tape = way.tape();
        long end = tape.size() == 0 ? 0 : tape.shots().getLast().nanos() - 1_700_000_000_000_000_000L;
        long fired = switch (plan.culprit()) {
            case CLIENT -> person.firedAt();
            case SERVER -> service.firedAt();
            case PATH -> way.firedAt();
            case NONE -> -1;
        };
        Culprit truth = fired >= 0 && fired <= end ? plan.culprit() : Culprit.NONE;
        boolean wentThrough = person.doneAt() >= 0 && service.doneAt() >= 0;
        boolean up = person.upAt() >= 0 && service.upAt() >= 0 && service.upAt() <= end;
        EnumSet<Fault> allowed = EnumSet.of(Fault.UNKNOWN, Fault.NONE, Fault.NOBODY);
        switch (truth) {
            case CLIENT -> allowed.add(Fault.CLIENT);
            case SERVER -> allowed.add(Fault.SERVER);
            case PATH -> allowed.add(Fault.PATH);
            case NONE -> { }
        }
        if (way.randomLosses() > 0) {
            allowed.add(Fault.PATH);
        }
        if (plan.manner() == Plan.Manner.REFUSES && truth == Culprit.SERVER) {
            allowed.add(Fault.CLIENT); // whose settings have to change is anybody's choice
        }
        if (truth == Culprit.NONE && up && wentThrough) {
            allowed.add(plan.sessionEnder() == Side.CLIENT ? Fault.CLIENT : Fault.SERVER);
        }
        if (truth == Culprit.NONE && plan.promptAt() >= 0 && !up) {
            allowed.add(Fault.CLIENT); // a person who is being asked takes his time, and the capture ends meanwhile
        }
        if (truth == Culprit.PATH && plan.breach() == Breach.RESET) {
            alike(plan, allowed);
        }
        String what = truth + switch (truth) {
            case CLIENT, SERVER -> " " + plan.manner() + " at " + line(plan);
            case PATH -> " " + plan.breach() + (plan.breachOf() == null ? "" : " of " + plan.breachOf())
                    + (plan.breach() == Breach.RESET && plan.staysBlocked() ? " blocked" : "") + " at " + line(plan);
            case NONE -> wentThrough ? " whole" : " cut";
        };
        return new Run(seed, plan, truth, allowed, up, what, tape);
    }

    /// A device that looks from the capture point as far away as an end whose name it bears cannot be told from it.
    private static void alike(Plan plan, Set<Fault> allowed) {
        int device = plan.deviceHopLimit() - (int) Math.round(plan.hops() * Math.abs(plan.capturePlace() - plan.devicePlace()));
        int client = hopLimit(plan.linuxClient()) - (int) Math.round(plan.hops() * plan.capturePlace());
        int server = hopLimit(plan.linuxServer()) - (int) Math.round(plan.hops() * (1 - plan.capturePlace()));
        int hopsAway = Attribution.hopsAway(device);
        if (hopsAway == Attribution.hopsAway(client)) {
            allowed.add(Fault.CLIENT);
        }
        if (hopsAway == Attribution.hopsAway(server)) {
            allowed.add(Fault.SERVER);
        }
    }

    private static int hopLimit(boolean linux) {
        return (linux ? Stack.LINUX : Stack.WINDOWS).hopLimit();
    }

    private static String line(Plan plan) {
        if (plan.stage() < 0) {
            return "SYN";
        }
        Script.Line line = plan.script().lines().get(plan.stage());
        return line.phase() + " of " + line.from() + (line.inSession() ? " in session" : "");
    }

    /// What the program says of it.
    Said judged() {
        List<Incident> incidents = tape.analyze().incidents();
        if (incidents.isEmpty()) {
            return new Said("nothing", Fault.UNKNOWN, Confidence.CANNOT_TELL, Outcome.UNDETERMINED, "");
        }
        Finding verdict = incidents.getFirst().verdict();
        return new Said(verdict.id(), verdict.side(), verdict.confidence(), verdict.outcome(), verdict.says());
    }

    /// @param side who is blamed
    record Said(String id, Fault side, Confidence confidence, Outcome outcome, String says) {

        boolean wrong(Run run) {
            return !run.allowed().contains(side);
        }

        /// It calls well what was not.
        boolean hides(Run run) {
            return outcome == Outcome.ESTABLISHED && !run.up();
        }
    }
}
