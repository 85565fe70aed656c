package dev.rdptrace.sim;

import dev.rdptrace.diagnosis.Attribution;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.sim.Plan.Break;
import dev.rdptrace.sim.Plan.Guilty;
import dev.rdptrace.sim.Plan.Manner;
import dev.rdptrace.sim.Run.Connection;
import dev.rdptrace.sim.Run.Said;
import dev.rdptrace.sim.Way.Sent;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/// What is so, and what of it the capture shows to one who knows TCP and RDP by heart.
///
/// @param culprit who broke it, before the capture ended
/// @param sides whom its packets allow to blame: more than one where they look the same whoever did it
/// @param phases where it broke: between the last message said and the first that was not
/// @param decidable the capture holds all that shows one culprit
/// @param up the session had begun, for both ends and in the capture
record Truth(Guilty culprit, Set<Culprit> sides, Set<Phase> phases, boolean decidable, boolean up, String what) {
    /// A silence is seen to be one after so long.
    private static final long SILENCE_NANOS = 4_500_000_000L;
    /// TCP sends again within this time what was lost once (RFC 6298 2.1).
    private static final long REPAIR_NANOS = 1_000_000_000L;
    /// A device so near to an end may be that end behind another route.
    private static final int ROUTE_CHANGE_HOPS = 2;

    static Truth of(Plan plan, List<Connection> connections, long end) {
        Connection last = connections.getLast();
        Truth first = new Evidence(plan, connections.getFirst(), end).truth();
        return connections.size() > 1 && wentUp(last, end) ? new Truth(Guilty.NONE, EnumSet.allOf(Culprit.class), first.phases, false, true,
                "NONE at last") : first;
    }

    static boolean wentUp(Connection c, long end) {
        boolean said = c.service().upAt() >= 0 && c.service().upAt() <= end;
        boolean onItsWay = end - c.service().upAt() < SILENCE_NANOS; // it may still arrive when the capture ends
        return said && (c.person().upAt() >= 0 || onItsWay || acknowledged(c));
    }

    /// A device that resets in the client's name acknowledges what never came to the client: to the capture the session was up.
    private static boolean acknowledged(Connection c) {
        return c.way().sent().stream().anyMatch(s -> s.captured() && s.forged() && s.segment().from() == Side.CLIENT
                && s.segment().is(Segment.ACK) && s.segment().acknowledgement() > c.service().beforeSession());
    }

    boolean wrong(Said said) {
        return said.side().compareTo(Culprit.GATEWAY) <= 0 && !sides.contains(said.side());
    }

    /// Culprit and phase.
    boolean right(Said said) {
        boolean left = culprit == Guilty.CLIENT && (said.outcome() == Outcome.ABANDONED || said.outcome() == Outcome.PROBE
                || said.outcome() == Outcome.NOT_RDP);
        return (sides.contains(said.side()) || left) && phases.contains(said.phase()) && said.outcome() != Outcome.UNDETERMINED;
    }

    /// It calls well, or nobody's, what was not.
    boolean hides(Said said) {
        boolean nobodys = decidable && (culprit == Guilty.SERVER || culprit == Guilty.PATH) && (said.outcome() == Outcome.ABANDONED
                || said.outcome() == Outcome.PROBE || said.outcome() == Outcome.NOT_RDP) && !sides.contains(said.side());
        return said.outcome() == Outcome.ESTABLISHED && !up || nobodys;
    }

    /// What one connection left in the capture.
    private record Evidence(Plan plan, Connection c, long end) {

        Truth truth() {
            Break breach = c.breach();
            long fired = switch (breach.culprit()) {
                case CLIENT -> c.person().firedAt();
                case SERVER -> c.service().firedAt();
                case PATH -> c.way().firedAt();
                case NONE -> -1;
            };
            boolean through = c.person().doneAt() >= 0 && c.service().doneAt() >= 0;
            boolean inSession = breach.stage() >= 0 && line(breach.stage()).inSession();
            boolean leftSession = inSession && breach.culprit() == Guilty.CLIENT && acts(breach.manner());
            EnumSet<Culprit> sides = EnumSet.noneOf(Culprit.class);
            if (c.way().randomLosses() > 0) {
                sides.add(Culprit.PATH);
            }
            if (fired < 0 || fired > end || through || leftSession) {
                return unbroken(fired, through || leftSession, sides);
            }
            sides.add(fault(breach.culprit()));
            boolean shows = breach.culprit() == Guilty.PATH ? pathShows(breach, fired, sides) : endShows(breach, fired, sides);
            boolean one = sides.size() == 1 || breach.manner() == Manner.REFUSES || sides.size() == 2 && c.way().randomLosses() > 0;
            return new Truth(breach.culprit(), sides, phases(breach), shows && one && plan.tap().whole(), wentUp(c, end), what(breach));
        }

        private Truth unbroken(long fired, boolean through, EnumSet<Culprit> sides) {
            if (c.breach().culprit() == Guilty.PATH && fired >= 0) {
                sides.add(Culprit.PATH);
            }
            boolean up = wentUp(c, end);
            if (up && through) {
                sides.add(fault(plan.person().ender() == Side.CLIENT || c.breach().by(Side.CLIENT) ? Guilty.CLIENT : Guilty.SERVER));
            }
            if (plan.person().promptAt() >= 0 && !up) {
                sides.add(Culprit.CLIENT); // a person who is being asked takes his time, and the capture ends meanwhile
            }
            if (c.person().impatient() || c.service().impatient()) {
                sides.addAll(EnumSet.of(Culprit.CLIENT, Culprit.SERVER, Culprit.PATH)); // slow, for one who waits so little
            }
            return new Truth(Guilty.NONE, sides, EnumSet.allOf(Phase.class), false, up, "NONE " + (through ? "whole" : "cut"));
        }

        // ---- what an end did ----

        private boolean endShows(Break breach, long fired, Set<Culprit> sides) {
            Side culprit = breach.by(Side.CLIENT) ? Side.CLIENT : Side.SERVER;
            if (breach.manner() == Manner.REFUSES) {
                sides.add(Culprit.CLIENT); // whose settings have to change is anybody's choice
            }
            if (breach.manner() == Manner.VANISHES || breach.manner() == Manner.REBOOTS) {
                sides.add(Culprit.PATH);
                return true;
            }
            if (acts(breach.manner()) && culprit == Side.CLIENT && plan.script().asksMayEnter(breach.stage())) {
                sides.add(Culprit.SERVER); // its sealed no is as long as its yes
            }
            if (acts(breach.manner()) || breach.manner() == Manner.REFUSES) {
                boolean seen =
                        any(s -> s.segment().from() == culprit && s.nanos() >= fired && (ends(s) || s.segment().payload().length > 0));
                if (!seen) {
                    sides.add(Culprit.PATH);
                    sides.add(Culprit.of(culprit.other()));
                }
                return seen;
            }
            long ended = c.way().sent().stream().filter(s -> s.captured() && s.segment().from() == culprit.other() && s.nanos() >= fired
                    && ends(s))
                    .mapToLong(Sent::nanos).findFirst().orElse(end);
            return ended - fired >= SILENCE_NANOS;
        }

        // ---- what the path did ----

        private boolean pathShows(Break breach, long fired, Set<Culprit> sides) {
            boolean saysSo = c.way().errorCaptured();
            if (breach.manner() == Manner.CUT) {
                return cutShows(breach, fired, sides);
            }
            for (Side side : Side.values()) {
                if (!saysSo && !alive(side, fired)) {
                    sides.add(Culprit.of(side)); // gone, or silent of its own will
                }
            }
            long ended = lastCaptured();
            return (plan.tap().others() ? end : ended) - fired >= SILENCE_NANOS;
        }

        /// A packet in the capture shows that this end was there and had said what was lost: a copy that the path lost behind the capture
        /// point, or a later number well before a copy came through. Right before it, both may have been said just then.
        private boolean alive(Side side, long fired) {
            long lost = c.way().sent().stream().filter(s -> s.struck() && s.segment().from() == side && s.segment().length() > 0)
                    .mapToLong(s -> s.segment().sequence()).min().orElse(-1);
            long before =
                    c.way().sent().stream().filter(s -> s.captured() && !s.struck() && s.segment().from() == side && s.nanos() < fired)
                            .mapToLong(s -> s.segment().end()).max().orElse(0);
            return lost < 0 ? cameLater(side, fired) : showsLoss(side, fired, Math.max(lost, before));
        }

        private boolean cameLater(Side side, long fired) {
            long later = fired + (long) (plan.road().roundTripMillis() * 1e6) + 500_000_000L;
            return any(s -> s.segment().from() == side && !s.forged() && s.nanos() >= later);
        }

        private boolean showsLoss(Side side, long fired, long lost) {
            long through = c.way().sent().stream().filter(s -> s.captured() && !s.struck() && s.segment().from() == side
                    && s.nanos() >= fired
                    && s.segment().sequence() <= lost && s.segment().end() > lost).mapToLong(Sent::nanos).min().orElse(Long.MAX_VALUE);
            return any(s -> s.segment().from() == side && !s.forged() && s.nanos() >= fired && (s.struck() && s.segment().end() > lost
                    || s.segment().sequence() > lost && s.nanos() < through - REPAIR_NANOS));
        }

        private boolean cutShows(Break breach, long fired, Set<Culprit> sides) {
            boolean seen = false;
            boolean both = true;
            for (Side name : Side.values()) {
                boolean forged = any(s -> s.forged() && s.segment().from() == name);
                seen |= forged;
                both &= forged;
                boolean talksOn = any(s -> s.segment().from() == name && !s.forged() && !ends(s) && s.nanos() >= fired + 5_000_000L);
                if (forged && alike(breach, name) && !talksOn) {
                    sides.add(Culprit.of(name));
                }
            }
            if (both) {
                sides.retainAll(Set.of(Culprit.PATH)); // no two ends give up at the same moment
            } else if (!seen) {
                sides.addAll(Set.of(Culprit.CLIENT, Culprit.SERVER)); // what it did to the other end is not seen from here
            }
            return seen;
        }

        /// It looks from the capture point as far away as the end whose name it bears, or that end said nothing else.
        private boolean alike(Break breach, Side name) {
            double way = name == Side.CLIENT ? plan.tap().place() : 1 - plan.tap().place();
            int end = plan.host(name).stack().hopLimit() - hops(way);
            int device = breach.device().hopLimit() - hops(Math.abs(plan.tap().place() - breach.device().place()));
            boolean known = any(s -> s.segment().from() == name && !s.forged());
            return !known || Math.abs(Attribution.hopsAway(device) - Attribution.hopsAway(end)) <= ROUTE_CHANGE_HOPS;
        }

        private int hops(double part) {
            return (int) Math.round(plan.road().hops() * part);
        }

        // ---- both ----

        private static boolean acts(Manner manner) {
            return manner == Manner.FIN || manner == Manner.RESET || manner == Manner.GOODBYE;
        }

        private static boolean ends(Sent sent) {
            return sent.segment().is(Segment.FIN) || sent.segment().is(Segment.RST);
        }

        private boolean any(Predicate<Sent> what) {
            return c.way().sent().stream().anyMatch(s -> s.captured() && what.test(s));
        }

        private long lastCaptured() {
            return c.way().sent().stream().filter(Sent::captured).mapToLong(Sent::nanos).max().orElse(0);
        }

        private static Culprit fault(Guilty culprit) {
            return switch (culprit) {
                case CLIENT -> Culprit.CLIENT;
                case SERVER -> Culprit.SERVER;
                case PATH -> Culprit.PATH;
                case NONE -> Culprit.NONE;
            };
        }

        /// Between the last message that arrived and the first that did not.
        private Set<Phase> phases(Break breach) {
            boolean path = breach.culprit() == Guilty.PATH;
            int missing = path ? stuck() : breach.stage();
            int before = missing - (plan.person().cancelMillis() > 0 && !path ? 2 : 1);
            return EnumSet.range(before < 0 ? Phase.TCP : line(before).phase(), line(missing).phase());
        }

        private int stuck() {
            return Math.min(Math.min(c.person().at(), c.service().at()), plan.script().lines().size() - 1);
        }

        private Script.Line line(int at) {
            return plan.script().lines().get(at);
        }

        private String what(Break breach) {
            boolean ofOne = breach.of() != null && breach.manner() != Manner.MESSAGE;
            boolean path = breach.culprit() == Guilty.PATH;
            return breach.culprit() + " " + breach.manner() + (path && ofOne ? " of " + breach.of() : "") + " at "
                    + (path && stuck() == 0 ? "SYN or " : "") + line(path ? stuck() : breach.stage());
        }
    }
}
