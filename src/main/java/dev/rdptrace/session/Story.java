package dev.rdptrace.session;

import dev.rdptrace.timeline.Details;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.Event.Kind;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.SizedRecord;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;

/// The notebook of one connection while it is being followed. Bounded: what does not fit is counted.
final class Story {
    private static final int EVENT_LIMIT = 300;
    private static final int RECORD_LIMIT = 400;

    private final Map<Step, Moment> steps = new EnumMap<>(Step.class);
    private final EnumSet<Step> inferred = EnumSet.noneOf(Step.class);
    private final List<Event> events = new ArrayList<>();
    private final List<SizedRecord> records = new ArrayList<>();
    private int eventsDropped;

    /// `step` was read at `at`; the first time counts.
    void reached(Step step, Moment at) {
        if (steps.putIfAbsent(step, at) == null || inferred.contains(step)) {
            inferred.remove(step);
        }
    }

    /// `step` is judged to have been taken at `at`. Answers whether this is news.
    boolean inferred(Step step, Moment at) {
        if (steps.putIfAbsent(step, at) == null) {
            inferred.add(step);
            return true;
        }
        return false;
    }

    /// A judgement that later records disproved.
    void withdraw(Step step) {
        if (inferred.remove(step)) {
            steps.remove(step);
        }
    }

    /// Replaces the moment of a step that is taken several times and counts by its last time.
    void again(Step step, Moment at) {
        steps.put(step, at);
    }

    boolean has(Step step) {
        return steps.containsKey(step);
    }

    Moment at(Step step) {
        return steps.getOrDefault(step, Moment.NEVER);
    }

    /// Notes an event; `details` are names and values in turn.
    void event(Moment at, Side from, Kind kind, Phase phase, String says, Object... details) {
        event(at, from.toString(), kind, phase, says, details);
    }

    void event(Moment at, String from, Kind kind, Phase phase, String says, Object... details) {
        if (events.size() >= EVENT_LIMIT) {
            eventsDropped++;
            return;
        }
        events.add(new Event(at, from, kind, phase, says, Details.of(details)));
    }

    void record(SizedRecord record) {
        if (records.size() < RECORD_LIMIT) {
            records.add(record);
        }
    }

    Map<Step, Moment> steps() {
        return new EnumMap<>(steps);
    }

    List<Step> inferredSteps() {
        return List.copyOf(inferred);
    }

    List<Event> events() {
        if (eventsDropped > 0) {
            Event last = events.getLast();
            List<Event> all = new ArrayList<>(events);
            all.add(new Event(last.at(), "", Kind.UNEXPECTED, last.phase(), eventsDropped + " more events are not listed",
                    Map.of("dropped", eventsDropped)));
            return List.copyOf(all);
        }
        return List.copyOf(events);
    }

    List<SizedRecord> records() {
        return List.copyOf(records);
    }
}
