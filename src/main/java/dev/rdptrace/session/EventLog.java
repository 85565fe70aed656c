package dev.rdptrace.session;

import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.Event.Kind;
import dev.rdptrace.timeline.Happening;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SizedRecord;
import dev.rdptrace.timeline.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The notebook of one connection while it is being followed. Bounded: what does not fit is counted.
final class EventLog {
    private static final int EVENT_LIMIT = 300;

    private final StepLog steps = new StepLog();
    private final List<Event> events = new ArrayList<>();
    private final RecordLog records = new RecordLog();
    private int eventsDropped;

    /// `step` was read at `at`; the first time counts.
    void reached(Step step, Moment at) {
        if (!steps.has(step)) {
            steps.take(step, at);
        }
        steps.judge(step, false);
    }

    /// `step` is judged to have been taken at `at`. Answers whether this is news.
    boolean inferred(Step step, Moment at) {
        if (steps.has(step)) {
            return false;
        }
        steps.take(step, at);
        steps.judge(step, true);
        return true;
    }

    /// A judgement that later records disproved.
    void withdraw(Step step) {
        if (steps.isJudged(step)) {
            steps.withdraw(step);
        }
    }

    /// The client sends one more token of the logon: whatever the server answered before does not answer this one.
    void anotherToken(Moment at) {
        if (steps.has(Step.CHALLENGE)) {
            steps.withdraw(Step.CHALLENGE);
        }
        steps.take(Step.TOKEN, at);
    }

    /// Replaces the moment of a step that is taken several times and counts by its last time.
    void again(Step step, Moment at) {
        steps.take(step, at);
    }

    boolean has(Step step) {
        return steps.has(step);
    }

    /// The furthest step so far.
    Step furthest() {
        return steps.furthest();
    }

    /// Notes an event.
    ///
    /// @param what see [Event#what]
    void event(Moment at, Side from, Kind kind, Phase phase, Object what) {
        event(new Event(at, from.toString(), kind, phase, false, what));
    }

    void event(Event event) {
        if (events.size() >= EVENT_LIMIT) {
            eventsDropped++;
            return;
        }
        events.add(event);
    }

    /// A sentence without parts.
    void event(Moment at, Side from, Kind kind, Phase phase, String says) {
        event(at, from, kind, phase, Happening.Note.of(says));
    }

    /// The last event of a kind, where it was at `at`: later records disproved it.
    void withdraw(Moment at, Kind kind) {
        for (int i = events.size() - 1; i >= 0; i--) {
            if (events.get(i).kind() == kind) {
                if (events.get(i).at().equals(at)) {
                    events.remove(i);
                    return;
                }
                break;
            }
        }
        eventsDropped = Math.max(0, eventsDropped - 1); // there was no room for it
    }

    void record(SizedRecord record) {
        records.add(record);
    }

    Map<Step, Moment> steps() {
        return steps.all();
    }

    List<Step> inferredSteps() {
        return steps.allJudged();
    }

    List<Event> events() {
        if (eventsDropped > 0) {
            Event last = events.getLast();
            List<Event> all = new ArrayList<>(events);
            all.add(new Event(last.at(), "", Kind.UNEXPECTED, last.phase(), false,
                    Happening.Note.of("{dropped} more events are not listed", eventsDropped)));
            return List.copyOf(all);
        }
        return List.copyOf(events);
    }

    List<SizedRecord> records() {
        return records.all();
    }
}
