package dev.rdptrace.sim;

import dev.rdptrace.sim.Plan.Break;
import dev.rdptrace.sim.Plan.Guilty;
import dev.rdptrace.sim.Plan.Host;
import dev.rdptrace.sim.Plan.Manner;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import java.util.List;
import java.util.SplittableRandom;

/// The program of one end: says its lines when it is its turn, waits for the other's, loses patience, and breaks where it is to.
final class Peer implements TcpEnd.Program {
    private final World world;
    private final Side side;
    private final Script script;
    private final Plan plan;
    private final Break breach;
    private final SplittableRandom random;
    private final TcpEnd tcp;
    private final Way way;
    private final Host host;
    private Runnable whenOver = () -> {};
    private int at;
    private long received;
    private long due;
    private long said;
    private boolean over;
    private boolean thinking;
    private int waiting;
    private long firedAt = -1;
    private long doneAt = -1;
    private long upAt = -1;
    private boolean impatient;

    Peer(World world, Side side, Script script, Plan plan, Break breach, SplittableRandom random, TcpEnd tcp, Way way) {
        this.world = world;
        this.side = side;
        this.script = script;
        this.plan = plan;
        this.breach = breach;
        this.random = random;
        this.tcp = tcp;
        this.way = way;
        this.host = plan.host(side);
    }

    void whenOver(Runnable what) {
        whenOver = what;
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

    /// Index of the message that it has to say or waits for.
    int at() {
        return at;
    }

    /// Bytes that it says before the session.
    long beforeSession() {
        return script.lines().stream().filter(line -> line.from() == side && !line.inSession()).mapToLong(line -> line.bytes().length)
                .sum();
    }

    /// It waited for the other in vain.
    boolean impatient() {
        return impatient;
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
        List<Script.Line> lines = script.lines();
        while (!over && !thinking && at < lines.size()) {
            Script.Line line = lines.get(at);
            if (line.inSession() && upAt < 0) {
                upAt = world.now();
            }
            if (line.from() == side) {
                think(line);
                return;
            }
            if (!line.unasked() && received < due + line.bytes().length) {
                waitFor();
                return;
            }
            due += line.bytes().length;
            at++;
        }
        if (!over && !thinking && doneAt < 0) {
            doneAt = world.now();
            upAt = upAt < 0 ? doneAt : upAt;
            if (plan.person().ender() == side && plan.person().end() != Manner.NOTHING) {
                world.inMillis(500 + random.nextInt(20_000), () -> leave(plan.person().end()));
            }
        }
    }

    private void waitFor() {
        int mine = ++waiting;
        if (upAt >= 0) {
            return;
        }
        world.inMillis(host.patienceSeconds() * 1000, () -> {
            if (mine == waiting && !over) {
                impatient = true;
                leave(host.leaves());
            }
        });
        // The culprit may also go in the middle of waiting.
        boolean acts = breach.manner() != Manner.HANGS && breach.manner() != Manner.REFUSES;
        if (breach.by(side) && plan.person().cancelMillis() > 0 && acts && at + 1 == breach.stage()) {
            world.inMillis(plan.person().cancelMillis(), this::breaks);
        }
    }

    private void think(Script.Line line) {
        thinking = true;
        waiting++;
        double millis = random.nextDouble() * random.nextDouble() * (line.inSession() ? 2000 : 120);
        if (line.unasked()) {
            millis = 0;
        }
        if (side == Side.CLIENT && plan.person().promptAt() == at) {
            millis += plan.person().promptSeconds() * 1000;
        }
        if (breach.culprit() == Guilty.PATH && breach.stage() == at) {
            millis += breach.idleSeconds() * 1000;
        }
        world.inMillis(millis, () -> {
            thinking = false;
            if (!over) {
                say(line);
            }
        });
    }

    private void say(Script.Line line) {
        if (breach.by(side) && breach.stage() == at) {
            breaks();
            return;
        }
        if (breach.culprit() == Guilty.PATH && breach.stage() == at) {
            way.breakNow(side, said + 1, said + 1 + line.bytes().length);
        }
        said += line.bytes().length;
        at++;
        tcp.write(line.bytes());
        goOn();
    }

    private void breaks() {
        if (over) {
            return;
        }
        firedAt = world.now();
        switch (breach.manner()) {
            case HANGS -> over = true;
            case VANISHES, REBOOTS -> {
                over = true;
                tcp.vanish();
                if (breach.manner() == Manner.REBOOTS) {
                    world.inMillis(breach.seconds() * 1000, tcp::reboot);
                }
            }
            case REFUSES -> {
                tcp.write(script.refusals().getOrDefault(at, Segment.NOTHING));
                leave(host.leaves());
            }
            default -> leave(breach.manner());
        }
    }

    private void leave(Manner manner) {
        if (over) {
            return;
        }
        if (manner == Manner.RESET) {
            tcp.abort();
        } else {
            boolean sealed = at >= script.lines().size() || script.lines().get(at).phase().compareTo(Phase.TLS) > 0;
            if (manner == Manner.GOODBYE && sealed && script.goodbye().length > 0) {
                tcp.write(script.goodbye());
            }
            tcp.closeForGood();
        }
        ended();
    }

    @Override
    public void closedByPeer() {
        if (!over) {
            tcp.closeForGood();
            ended();
        }
    }

    @Override
    public void broken() {
        if (!over) {
            ended();
        }
    }

    private void ended() {
        over = true;
        waiting++;
        whenOver.run();
    }
}
