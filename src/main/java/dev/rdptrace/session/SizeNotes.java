package dev.rdptrace.session;

import dev.rdptrace.timeline.Event.Kind;
import dev.rdptrace.timeline.Happening;
import dev.rdptrace.timeline.Happening.Note;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.SizedRecord;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.x224.Protocols;
import java.util.function.LongPredicate;

/// What is known of a connection while its records are judged by size, and where it is noted what they tell.
final class SizeNotes {
    final EventLog story;
    Protocols selected = Protocols.STANDARD;
    boolean known = true; // the negotiation was seen; otherwise `selected` is a guess that the first record may correct
    boolean tls13;
    boolean tls10;
    boolean lossy; // order proves less from now on
    boolean quiet; // what is inside is read by others
    LongPredicate heard = _ -> true; // by the server, of the client's stream up to an offset
    long clientEnd; // offset behind the client's last record
    final boolean[] splits = new boolean[2]; // each side puts a record of one byte or none in front of another

    // the previous record from the server, as numbers: one after the other comes by
    private long previousFrame;
    private long previousNanos;
    private int previousMin;
    private int previousMax;

    SizeNotes(EventLog story) {
        this.story = story;
    }

    void fromServer(SizedRecord record) {
        previousFrame = record.at().frame();
        previousNanos = record.at().nanos();
        previousMin = record.plainMin();
        previousMax = record.plainMax();
    }

    /// When the previous record from the server came; never where there was none.
    Moment previousAt() {
        return previousFrame == 0 ? Moment.NEVER : new Moment(previousFrame, previousNanos);
    }

    boolean sameSizeAsPrevious(SizedRecord record) {
        return previousFrame != 0 && previousMin == record.plainMin() && previousMax == record.plainMax();
    }

    boolean has(Step step) {
        return story.has(step);
    }

    boolean inferred(Step step, Moment at) {
        return quiet ? !story.has(step) : story.inferred(step, at);
    }

    void withdraw(Step step) {
        if (!quiet) {
            story.withdraw(step);
        }
    }

    void says(SizedRecord record, Phase phase, Kind kind, String text) {
        says(record, phase, kind, Note.of(text));
    }

    void says(SizedRecord record, Phase phase, Kind kind, Happening what) {
        if (!quiet) {
            story.event(record.at(), record.from(), kind, phase, what);
        }
    }

    /// What [#says] has noted at `at` was wrong.
    void withdraw(Moment at, Kind kind) {
        if (!quiet) {
            story.withdraw(at, kind);
        }
    }
}
