package dev.rdptrace.sim;

import dev.rdptrace.sim.Plan.Culprit;
import dev.rdptrace.sim.Plan.Manner;
import dev.rdptrace.timeline.Side;
import java.util.SplittableRandom;

/// The program of one end: says its lines when it is its turn, waits for the other's, loses patience, and breaks where it is to.
final class Peer implements TcpEnd.Program {
    private final World world;
    private final Side side;
    private final Plan plan;
    private final SplittableRandom random;
    private final TcpEnd tcp;
    private final Way way;
    private int at;
    private long received;
    private long due;
    private long said;
    private boolean ended;
    private boolean hanging;
    private int waiting;
    private long firedAt = -1;
    private long doneAt = -1;
    private long upAt = -1;
    private boolean thinking;

    Peer(World world, Side side, Plan plan, SplittableRandom random, TcpEnd tcp, Way way) {
        this.world = world;
        this.side = side;
        this.plan = plan;
        this.random = random;
        this.tcp = tcp;
        this.way = way;
    }

    /// When it broke, -1 never.
    long firedAt() {
        return firedAt;
    }

    /// When it was through with its script, -1 never.
    long doneAt() {
        return doneAt;
    }

    /// When the session was up for this end, -1 never.
    long upAt() {
        return upAt;
    }

    private boolean culprit() {
        return plan.culprit() == (side == Side.CLIENT ? Culprit.CLIENT : Culprit.SERVER);
    }

    private double patienceSeconds() {
        return side == Side.CLIENT ? plan.clientPatienceSeconds() : plan.serverPatienceSeconds();
    }

    @Override
    public void connected() {
        goOn();
    }

    @Override
    public void received(long bytes) {
        received = bytes;
        goOn();
    }

    private void goOn() {
        if (ended || hanging || thinking) {
            return;
        }
        while (at < plan.script().lines().size()) {
            Script.Line line = plan.script().lines().get(at);
            if (line.inSession() && upAt < 0) {
                upAt = world.now();
            }
            if (line.from() == side) {
                think(line);
                return;
            }
            if (received < due + line.bytes().length) {
                waitFor();
                return;
            }
            due += line.bytes().length;
            at++;
        }
        if (doneAt < 0) {
            doneAt = world.now();
            if (upAt < 0) {
                upAt = doneAt;
            }
            endOfSession();
        }
    }

    private void waitFor() {
        int mine = ++waiting;
        if (upAt >= 0) {
            return;
        }
        world.inMillis(patienceSeconds() * 1000, () -> {
            if (mine == waiting && !ended && !hanging) {
                leave(side == Side.CLIENT ? plan.clientLeaves() : plan.serverLeaves());
            }
        });
        // The culprit may also leave in the middle of waiting.
        if (culprit() && plan.cancelMillis() > 0 && plan.manner() != Manner.HANGS && plan.manner() != Manner.REFUSES && at + 1 == plan.stage()) {
            world.inMillis(plan.cancelMillis(), () -> {
                if (!ended && !hanging) {
                    breaks();
                }
            });
        }
    }

    private void think(Script.Line line) {
        thinking = true;
        waiting++;
        double millis = random.nextDouble() * random.nextDouble() * (line.inSession() ? 2000 : 120);
        if (side == Side.CLIENT && plan.promptAt() == at) {
            millis += plan.promptSeconds() * 1000;
        }
        world.inMillis(millis, () -> {
            thinking = false;
            if (!ended && !hanging) {
                say(line);
            }
        });
    }

    private void say(Script.Line line) {
        if (culprit() && plan.stage() == at) {
            breaks();
            return;
        }
        if (plan.culprit() == Culprit.PATH && plan.stage() == at) {
            way.breakNow(side, said + 1, said + 1 + line.bytes().length);
        }
        said += line.bytes().length;
        at++;
        tcp.write(line.bytes());
        goOn();
    }

    private void breaks() {
        firedAt = world.now();
        switch (plan.manner()) {
            case HANGS -> {
                hanging = true;
                waiting++;
            }
            case REFUSES -> {
                byte[] refusal = plan.script().refusals().get(at);
                if (refusal != null) {
                    tcp.write(refusal);
                }
                leave(plan.serverLeaves());
            }
            case FIN, RESET, GOODBYE, NOTHING -> leave(plan.manner());
        }
    }

    private void leave(Manner manner) {
        ended = true;
        waiting++;
        switch (manner) {
            case RESET -> {
                tcp.abort();
            }
            case GOODBYE -> {
                boolean sealed = at < plan.script().lines().size() && plan.script().lines().get(at).phase().compareTo(dev.rdptrace.timeline.Phase.TLS) > 0
                        || at >= plan.script().lines().size();
                if (sealed && plan.script().goodbye().length > 0) {
                    tcp.write(plan.script().goodbye());
                }
                tcp.closeForGood();
            }
            default -> tcp.closeForGood();
        }
    }

    private void endOfSession() {
        if (plan.sessionEnder() == side && plan.sessionEnd() != Manner.NOTHING) {
            world.inMillis(500 + random.nextInt(20_000), () -> {
                if (!ended) {
                    leave(plan.sessionEnd());
                }
            });
        }
    }

    @Override
    public void closedByPeer() {
        if (!ended && !hanging) {
            ended = true;
            waiting++;
            tcp.closeForGood();
        }
    }

    @Override
    public void broken() {
        ended = true;
        waiting++;
    }
}
