package dev.rdptrace.sim;

import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.sim.Plan.Break;
import dev.rdptrace.sim.Plan.Guilty;
import dev.rdptrace.sim.Plan.Manner;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// One run of the world: what was planned, what is true, and what was captured.
record Run(Plan plan, Truth truth, Tape tape) {
    private static final long HORIZON_SECONDS = 240;

    /// One connection of the try.
    record Connection(Break breach, Way way, Peer person, Peer service) {}

    static Run of(long seed) {
        return of(seed, Plan.of(seed));
    }

    /// The same plan and seed give the same packets.
    static Run of(long seed, Plan plan) {
        SplittableRandom random = new SplittableRandom(seed);
        World world = new World();
        Capture capture = new Capture(plan.tap(), random.split());
        capture.hearOthers(world);
        List<Connection> connections = new ArrayList<>();
        connect(world, plan, plan.script(), plan.breach(), random, capture, connections);
        world.runUntil(HORIZON_SECONDS * 1_000_000_000L);
        return new Run(plan, Truth.of(plan, connections, capture.endNanos()), capture.tape());
    }

    private static void connect(World world, Plan plan, Script script, Break breach, SplittableRandom random, Capture capture,
            List<Connection> connections) {
        Segment.Addresses addresses = new Segment.Addresses(0xc0a8_010a, 49_152 + random.nextInt(16_000), random.nextInt(), 0x0a14_0005,
                random.nextInt());
        Way way = new Way(world, plan, breach, random.split(), addresses, capture);
        TcpEnd client = new TcpEnd(world, Side.CLIENT, plan.client(), addresses.clientBase(), addresses.serverBase(), random.split(),
                way::carry);
        TcpEnd server = new TcpEnd(world, Side.SERVER, plan.server(), addresses.serverBase(), addresses.clientBase(), random.split(),
                way::carry);
        way.between(client, server);
        Peer person = new Peer(world, Side.CLIENT, script, plan, breach, random.split(), client, way);
        Peer service = new Peer(world, Side.SERVER, script, plan, breach, random.split(), server, way);
        client.program(person);
        server.program(service);
        connections.add(new Connection(breach, way, person, service));
        boolean vanishes = breach.manner() == Manner.VANISHES || breach.manner() == Manner.REBOOTS;
        Side captured = plan.tap().place() == 0 ? Side.CLIENT : plan.tap().place() == 1 ? Side.SERVER : null;
        if (vanishes && captured != null && breach.by(captured)) {
            (captured == Side.CLIENT ? client : server).whenGone(() -> capture.stop(world.now()));
        }
        if (breach.stage() < 0 && breach.culprit() == Guilty.PATH) {
            way.breakNow(Side.CLIENT, 0, 1);
        }
        person.whenOver(() -> {
            if (person.upAt() < 0 && connections.size() < plan.person().tries()) {
                boolean fallsBack = service.firedAt() >= 0 && breach.manner() == Manner.REFUSES && script.fallback().isPresent();
                world.inMillis(plan.person().againSeconds() * 1000, () -> connect(world, plan, fallsBack ? script.fallback().get() : script,
                        fallsBack ? Break.NONE : breach, random, capture, connections));
            }
        });
        client.connect();
    }

    /// What the program says of it.
    Said judged() {
        List<Incident> incidents = tape.analyze().incidents();
        if (incidents.isEmpty()) {
            return new Said("nothing", Culprit.UNKNOWN, Phase.TCP, Confidence.CANNOT_TELL, Outcome.UNDETERMINED, "");
        }
        Finding verdict = incidents.getFirst().verdict();
        return new Said(verdict.id(), verdict.side(), verdict.phase(), verdict.confidence(), verdict.outcome(), verdict.says());
    }

    /// @param side who is blamed
    record Said(String id, Culprit side, Phase phase, Confidence confidence, Outcome outcome, String says) {}
}
